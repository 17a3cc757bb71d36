import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../local/cli/flags.ts";
import { readOptions } from "../../../local/rules/options.ts";
import { runRules } from "./support.ts";

const read = (line: string, env: Record<string, string> = {}) =>
  readOptions(line.split(" "), (name) => env[name]);

Deno.test("the running product is the default; flags come before the environment, its URL before its database", () => {
  assertEquals(read("diff")!.target, { kind: "running", port: 54321 });
  const env = { SUPABASE_URL: "http://a", SUPABASE_SECRET_KEY: "s", SUPABASE_DB_URL: "postgres://d" };
  assertEquals(read("diff", env)!.target, { kind: "rest", url: "http://a", key: "s" });
  assertEquals(read("diff --url http://b --key k", env)!.target, { kind: "rest", url: "http://b", key: "k" });
  assertEquals(read("diff --database postgres://e", env)!.target, { kind: "database", url: "postgres://e" });
  assertEquals(read("diff --port 1", env)!.target, { kind: "running", port: 1 });
  assertEquals(read("diff", { SUPABASE_DB_URL: "postgres://d" })!.target, {
    kind: "database",
    url: "postgres://d",
  });
  const person = { SUPABASE_EMAIL: "a@b.c", SUPABASE_PASSWORD: "p", SUPABASE_PUBLISHABLE_KEY: "pub" };
  assertEquals(read("diff", { ...env, ...person })!.target, {
    kind: "rest",
    url: "http://a",
    key: "pub",
    person: { email: "a@b.c", password: "p" },
  });
});

Deno.test("a command line that means nothing is refused", () => {
  for (
    const line of [
      "",
      "push",
      "diff export",
      "diff --yes",
      "import --prune",
      "export --reason x",
      "diff --org a --shared",
      "diff --url http://a",
      "diff --key k",
      "diff --port 1 --database x",
      "diff --port many",
      "diff --nothing",
      "diff --dir",
    ]
  ) assertThrows(() => read(line), UsageError, undefined, line);
});

Deno.test("what is run wrongly exits with 2 and says how; --help tells everything", async () => {
  const wrong = await runRules(["push"]);
  assertEquals([wrong.code, wrong.stderr], [2, "Say export, import or diff. See --help."]);
  const help = await runRules(["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "deno task rules export");
});
