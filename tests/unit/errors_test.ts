import { assertEquals } from "@std/assert";
import { ERRORS, EvaluationBrokeError, RecordChangedError, RuleNotValidError } from "../../shared/errors.ts";

Deno.test("each error class has its entry in the table of codes", () => {
  const errors = [new RuleNotValidError([]), new EvaluationBrokeError("x"), new RecordChangedError("x")];
  assertEquals(errors.map(({ entry }) => entry.status), [422, 500, 409]);
});

Deno.test("every code says what cannot be done and what to do, in sentences", () => {
  for (const [code, { status, title, hint }] of Object.entries(ERRORS)) {
    assertEquals(/^[a-z]+(-[a-z]+)*$/.test(code), true, code);
    assertEquals(
      status >= 400 && status < 600 && /^[A-Z].*\.$/.test(title) && /^[A-Z].*\.$/.test(hint),
      true,
      code,
    );
  }
});

Deno.test("a rule's error lists every fault with its place", () => {
  const error = new RuleNotValidError([{ at: "/condition", message: "First." }, {
    at: "",
    message: "Second.",
  }]);
  assertEquals(error.message, "/condition: First. Second.");
});

Deno.test("SQL raises only codes of the table, each with its status", async () => {
  const migrations = new URL("../../supabase/migrations/", import.meta.url);
  let raised = 0;
  for await (const { name } of Deno.readDir(migrations)) {
    const source = await Deno.readTextFile(new URL(name, migrations));
    for (const [, status, code = ""] of source.matchAll(/raise_error\(\s*'PT(\d{3})',\s*'([^']+)'/g)) {
      assertEquals(
        (ERRORS as Record<string, { status: number }>)[code]?.status,
        Number(status),
        `${code} in ${name}`,
      );
      raised++;
    }
  }
  assertEquals(raised > 0, true);
});
