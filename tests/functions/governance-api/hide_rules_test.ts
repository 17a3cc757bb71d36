import { assertEquals } from "@std/assert";
import { verdictSchema } from "../../../shared/schema/verdict.ts";
import { hideFrom } from "../../../supabase/functions/governance-api/hide_rules.ts";

const violation = (rule_id: string) => ({
  rule_id,
  rule_key: rule_id,
  fields: ["name"],
  message: "Secret",
  observed: { name: "Secret" },
  suggested_fix: [{ op: "replace", path: "/name", value: "Secret" }],
});

const verdict = verdictSchema.parse({
  key: "1",
  token: 0,
  event_id: null,
  queue_ids: [],
  violations: [violation("shown"), violation("hidden")],
  unevaluated: [{ rule_id: "hidden", reason: "Secret" }],
  fixes: [{ rule_id: "hidden", patch: [{ op: "replace", path: "/name", value: "Secret" }] }],
  shadow: [],
  if_unfixed: null,
});

for (const [name, key] of [["of every record", null], ["of this record", "1"]] as const) {
  Deno.test(`of a rule that is hidden ${name} a verdict says that it objects, and nothing else`, () => {
    const shown = hideFrom([["hidden", key]]).verdict(verdict)!;
    assertEquals(shown.violations.map(({ message }) => message), [
      "Secret",
      "This rule reads what you may not read.",
    ]);
    assertEquals(
      JSON.stringify({ ...shown, violations: shown.violations.slice(1) }).includes("Secret"),
      false,
    );
  });
}

Deno.test("a rule that is hidden of another record is shown of this one", () => {
  assertEquals(hideFrom([["hidden", "2"]]).verdict(verdict), verdict);
});
