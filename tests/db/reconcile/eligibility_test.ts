import { assertEquals } from "@std/assert";
import { add, type Books, createBooks } from "./crm.ts";
import { advanceAll, openBreaks } from "./support.ts";

type Days = readonly [from: string, to: string | null];

/** Plan and a member, with these coverages. */
async function addMember(books: Books, number: string, ours: readonly Days[]): Promise<string> {
  const { sql, org } = books;
  const [plan] =
    await sql`insert into public.plans (org_id, name, code) values (${org}, 'Medical', 'MED') on conflict do nothing returning id`;
  const plan_id = plan?.id ?? (await sql`select id from public.plans where org_id = ${org}`)[0]!.id;
  const member_id = await add(sql, "members", { org_id: org, member_number: number });
  for (const [starts_on, ends_on] of ours) {
    await add(sql, "coverages", { org_id: org, member_id, plan_id, starts_on, ends_on });
  }
  return member_id;
}

let files = 0;
async function addFile(
  { sql, org }: Books,
  asOf: string,
  lines: readonly (readonly [number: string, ...Days])[],
  more: Record<string, unknown> = {},
): Promise<string> {
  const file_id = await add(sql, "eligibility_files", {
    org_id: org,
    source: "carrier",
    as_of: asOf,
    status: "complete",
    received_at: `${asOf}T12:00:00Z`,
    checksum: `sum-${++files}`,
    expected_count: lines.length,
    ...more,
  });
  for (const [index, [member_number, starts_on, ends_on]] of lines.entries()) {
    await add(sql, "eligibility_records", {
      org_id: org,
      file_id,
      line_number: index + 1,
      member_number,
      plan_code: "med",
      starts_on,
      ends_on,
    });
  }
  return file_id;
}

async function reconcile({ sql, org }: Books): Promise<Record<string, unknown>[]> {
  await sql`select governance.request_reconciliation('eligibility', ${org})`;
  await advanceAll(sql);
  return await openBreaks(sql);
}

/** What the file of 2026-03-01 says, what we hold, and what is to be said of it. */
const calendars: readonly (readonly [
  name: string,
  theirs: readonly Days[],
  ours: readonly Days[],
  string | null,
  days?: string,
])[] = [
  ["the same days", [["2026-01-01", null]], [["2026-01-01", null]], null],
  ["days before the file's day are not its business", [["2026-02-01", null]], [["2025-01-01", null]], null],
  [
    "a leap day that was left out",
    [["2027-01-01", "2028-03-31"]],
    [["2027-01-01", "2028-02-28"], ["2028-03-01", "2028-03-31"]],
    "coverage-gap",
    "{[2028-02-29,2028-03-01)}",
  ],
  ["two lines that meet are one period", [["2026-01-01", "2026-03-31"], ["2026-04-01", null]], [[
    "2026-01-01",
    null,
  ]], null],
  [
    "two lines a day apart leave that day out",
    [["2026-01-01", "2026-03-31"], ["2026-04-02", null]],
    [["2026-01-01", null]],
    "coverage-beyond-file",
    "{[2026-04-01,2026-04-02)}",
  ],
  [
    "the last day counts",
    [["2026-01-01", "2026-12-31"]],
    [["2026-01-01", "2026-12-30"]],
    "coverage-gap",
    "{[2026-12-31,2027-01-01)}",
  ],
  ["one day alone", [["2026-05-05", "2026-05-05"]], [["2026-05-05", "2026-05-05"]], null],
  ["lines that overlap cover their days once", [["2026-01-01", "2026-06-30"], ["2026-04-01", null]], [[
    "2026-01-01",
    null,
  ]], null],
  [
    "ended on the day before the file's day",
    [["2026-01-01", "2026-02-28"]],
    [["2026-01-01", null]],
    "terminated-but-active",
    "{[2026-03-01,)}",
  ],
  [
    "ended on the file's day",
    [["2026-01-01", "2026-03-01"]],
    [["2026-01-01", null]],
    "coverage-beyond-file",
    "{[2026-03-02,)}",
  ],
  ["a line that ends before it starts says nothing", [["2026-01-01", null], ["2026-06-01", "2026-05-01"]], [
    ["2026-01-01", null],
  ], null],
  [
    "several holes at once",
    [["2026-01-01", null]],
    [["2026-01-01", "2026-03-31"], ["2026-05-01", "2026-05-31"], ["2026-07-01", null]],
    "coverage-gap",
    "{[2026-04-01,2026-05-01),[2026-06-01,2026-07-01)}",
  ],
  ["a future start", [["2027-01-01", null]], [["2027-01-01", null]], null],
  ["covered there, not here", [["2026-01-01", null]], [], "coverage-missing", "{[2026-03-01,)}"],
];

for (const [name, theirs, ours, expected, days] of calendars) {
  Deno.test(`coverage against the file: ${name}`, async () => {
    await using books = await createBooks();
    await addMember(books, "M1", ours);
    await addFile(books, "2026-03-01", theirs.map((line) => ["m1", ...line] as const));
    const breaks = (await reconcile(books)).filter(({ break_class }) =>
      !/^file-|^coverage-hole/.test(String(break_class))
    );
    assertEquals(breaks.map(({ break_class }) => break_class), expected === null ? [] : [expected]);
    if (days !== undefined) {
      const [issue] = await books
        .sql`select observed ->> 'days' as days from governance.data_quality_issues where status = 'open' and discriminator like ${`${expected}%`}`;
      assertEquals(issue!.days, days);
    }
  });
}

Deno.test("a file that shrank suspiciously terminates nobody: one critical issue, until a person rejects it or the next one comes", async () => {
  await using books = await createBooks();
  const numbers = Array.from({ length: 20 }, (_, n) => `M${n}`);
  for (const number of numbers) await addMember(books, number, [["2026-01-01", null]]);
  const line = (number: string) => [number, "2026-01-01", null] as const;
  await addFile(books, "2026-02-01", numbers.map(line));
  const short = await addFile(books, "2026-03-01", numbers.slice(0, 12).map(line));
  const [only, ...others] = await reconcile(books);
  assertEquals([only!.break_class, only!.record_key, others.length], ["file-shrank", short, 0]);
  const [issue] = await books.sql`select severity from governance.data_quality_issues where status = 'open'`;
  assertEquals(issue!.severity, "critical");
  // A person says that it is right after all: then it counts.
  await books
    .sql`insert into governance.reconcile_policies (org_id, break_class, settings) values (${books.org}, 'file-shrank', '{"share": 0.5}')`;
  const breaks = await reconcile(books);
  assertEquals(new Set(breaks.map(({ break_class }) => break_class)), new Set(["missing-from-file"]));
  assertEquals(breaks.length, 8);
});

Deno.test("a file with fewer records than it announces is not used", async () => {
  await using books = await createBooks();
  await addMember(books, "M1", [["2026-01-01", null]]);
  await addMember(books, "M2", [["2026-01-01", null]]);
  await addFile(books, "2026-03-01", [["M1", "2026-01-01", null]], { expected_count: 2 });
  assertEquals((await reconcile(books)).map(({ break_class }) => break_class), ["file-incomplete"]);
});

Deno.test("a delta file replaces what the full file said of a member, and its silence says nothing", async () => {
  await using books = await createBooks();
  await addMember(books, "M1", [["2026-01-01", "2026-06-30"]]);
  await addMember(books, "M2", [["2026-01-01", null]]);
  await addFile(books, "2026-03-01", [["M1", "2026-01-01", null], ["M2", "2026-01-01", null]]);
  assertEquals((await reconcile(books)).map(({ break_class }) => break_class), ["coverage-gap"]);
  await addFile(books, "2026-03-05", [["M1", "2026-01-01", "2026-06-30"]], { kind: "delta" });
  assertEquals(await reconcile(books), []);
});
