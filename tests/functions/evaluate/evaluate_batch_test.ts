import { assertEquals } from "@std/assert";
import { planRules } from "../../../shared/rules/mod.ts";
import { type Lookups, lookupsSchema } from "../../../shared/schema/claim.ts";
import { evaluateBatch } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { batch, record } from "./build.ts";

const nearest = (rule_key: string, using?: string) => ({
  id: rule_key,
  rule_key,
  version: 1,
  org_id: null,
  enforcement: "fix",
  severity: "low",
  status: "active",
  applies_when: null,
  condition: null,
  message: "A fix.",
  fix: [
    using === undefined
      ? { step: "nearest", field: "name", in: "products", apply: true }
      : { step: "normalize", field: "name", using },
  ],
});

const lookups = (values: Record<string, unknown>): Lookups =>
  lookupsSchema.parse({ products: { org: values } });

Deno.test("a value that a fix has just made is asked about, and judged when the answer is there", async () => {
  const answers: Record<string, unknown> = {
    GTXPro: { member: false, candidates: ["GTX Pro"] },
    "GTX Pro": { member: true },
  };
  const claimed = batch([], {
    rules: [nearest("a-tidy", "trim"), nearest("b-name")],
    records: [record("1", { name: " GTXPro" }), record("2", { name: "GTX Pro" })],
    lookups: { products: { org: { " GTXPro": answers["GTXPro"], "GTX Pro": { member: true } } } },
  });
  const asked: (readonly string[])[] = [];
  const { verdicts, broken } = await evaluateBatch(planOf(claimed), claimed, {
    lookUp: (values) => {
      asked.push(values.map(([, , value]) => value));
      return Promise.resolve(
        lookups(Object.fromEntries(values.map(([, , value]) => [value, answers[value]]))),
      );
    },
  });
  assertEquals([broken, asked], [[], [["GTXPro"]]]);
  assertEquals(
    verdicts.map(({ key, fixes }) => [key, fixes.flatMap(({ patch }) => patch.at(-1)?.value)]),
    [["2", []], ["1", ["GTXPro", "GTX Pro"]]],
  );
});

Deno.test("a set that does not answer is asked once, and the rule is unevaluated", async () => {
  const claimed = batch([], {
    rules: [nearest("b-name")],
    records: [record("1", { name: "x" }), record("2", { name: "x" })],
  });
  let calls = 0;
  const { verdicts } = await evaluateBatch(planOf(claimed), claimed, {
    lookUp: (values) => {
      calls++;
      assertEquals(values, [["products", "org", "x"]]);
      return Promise.resolve(new Map());
    },
  });
  assertEquals([calls, verdicts.map(({ unevaluated }) => unevaluated.length)], [1, [1, 1]]);
});

function planOf({ rules, classes }: ReturnType<typeof batch>) {
  return planRules(rules ?? [], classes ?? new Map());
}
