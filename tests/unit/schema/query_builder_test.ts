import { assertEquals } from "@std/assert";
import { formatQuery, prepareRuleGroup, type RuleGroupType, type RuleType } from "@react-querybuilder/core";
import { ruleGroupSchema } from "../../../shared/schema/rule_group.ts";

const labelled: RuleType & { label: string } = {
  field: "email",
  operator: "matches",
  value: "^a",
  label: "an a",
};

const group: RuleGroupType = {
  combinator: "and",
  rules: [
    { field: "due_on", operator: "<", value: "today-P30D" },
    { field: "due_on", operator: "between", value: ["today-P1M", "2026-11-23"] },
    labelled,
    { field: "postal_code", operator: "agreesWith", value: { field: "state", mapping: "us_zip_states" } },
    { field: "postal_code", operator: "isPostalCode", value: "country", valueSource: "field" },
    {
      field: "tasks",
      operator: "=",
      match: { mode: "atLeast", threshold: 1 },
      value: { combinator: "or", rules: [{ field: "status", operator: "=", value: "open" }] },
    },
  ],
};

Deno.test("the query builder keeps moments, pairs, labels and matches as they are written", () => {
  const edited = prepareRuleGroup(group);
  assertEquals(JSON.parse(formatQuery(edited, "json_without_ids")), group);
  // With the ids that the query builder gives to everything, it is still a group.
  assertEquals(ruleGroupSchema.safeParse(edited).error, undefined);
});
