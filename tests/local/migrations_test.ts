import { assert } from "@std/assert";
import { isUnchanged } from "../../local/migrations/plan.ts";

const file = `-- What: a test.
create table public.a (n int); -- a comment; with a semicolon

/* and; another */
create function public.f() returns int language plpgsql as $$ begin return 1; end $$;
`;
const statements = [
  "-- What: a test.\ncreate table public.a (n int)",
  "-- a comment; with a semicolon\n\n/* and; another */\n" +
  "create function public.f() returns int language plpgsql as $$ begin return 1; end $$",
];

Deno.test("a migration that says what was applied is unchanged", () => {
  assert(isUnchanged(file, statements));
  assert(
    isUnchanged(`${file}\n-- an afterthought\n`, statements),
    "comments behind the last statement do nothing",
  );
});

Deno.test("a migration with a statement more, less or different has changed", () => {
  assert(!isUnchanged(`${file}select 1;`, statements));
  assert(!isUnchanged(`select 1;\n${file}`, statements));
  assert(!isUnchanged(file, statements.slice(0, 1)));
  assert(!isUnchanged(file, [...statements, "select 1"]));
  assert(!isUnchanged(file.replace("n int", "n bigint"), statements));
});
