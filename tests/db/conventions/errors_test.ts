import { assert, assertEquals } from "@std/assert";
import { ERRORS } from "../../../shared/errors.ts";
import { createTestDatabase } from "../../helpers/database.ts";

const project = new URL("../../../", import.meta.url);

/** The rows of the table in `docs/errors.md`: code, status, meaning, what to do. */
async function documented(): Promise<Record<string, { status: number; title: string; hint: string }>> {
  const page = await Deno.readTextFile(new URL("docs/errors.md", project));
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.*?) \| (.*?) \|$/gm)];
  return Object.fromEntries(
    rows.map((
      [, code, status, title, hint],
    ) => [code, { status: Number(status), title: title!, hint: hint! }]),
  );
}

Deno.test("docs/errors.md has the same table of codes as shared/errors.ts", async () => {
  assertEquals(await documented(), ERRORS as Record<string, unknown>);
});

Deno.test("every error that SQL raises for people is in the table, with its status", async () => {
  await using database = await createTestDatabase();
  const rows = await database.sql`
    select distinct p.proname, raised[1] as status, raised[2] as code
    from pg_proc p cross join regexp_matches(p.prosrc, 'raise_error\\(\\s*''PT(\\d{3})'',\\s*''([a-z-]+)''', 'g') as raised
    where p.pronamespace in ('governance'::regnamespace, 'governance_private'::regnamespace, 'public'::regnamespace)`;
  assert(rows.length > 20);
  for (const { proname, status, code } of rows) {
    assertEquals(`${ERRORS[code as keyof typeof ERRORS]?.status} ${code}`, `${status} ${code}`, proname);
  }
});

Deno.test("no function raises an HTTP status past raise_error", async () => {
  await using database = await createTestDatabase();
  const rows = await database.sql`
    select p.proname from pg_proc p
    where p.pronamespace in ('governance'::regnamespace, 'governance_private'::regnamespace, 'public'::regnamespace)
      and (regexp_count(p.prosrc, '''PT[0-9]') > regexp_count(p.prosrc, 'raise_error\\(\\s*''PT[0-9]')
        or p.prosrc ~* 'sqlstate\\s+''PT')`;
  assertEquals([...rows], []);
});
