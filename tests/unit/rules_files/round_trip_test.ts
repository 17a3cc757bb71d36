import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  readRuleFile,
  type RuleFile,
  rulePath,
  updateRuleFile,
  writeRuleFile,
} from "../../../shared/rules_files/mod.ts";
import { anyFixRule } from "../../conformance/fuzz/fix_rules.ts";
import { anyRule, anyUniqueRule } from "../../conformance/fuzz/rules.ts";

/** Texts as people write them, and what YAML reads as something else. */
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string(),
  fc.lorem({ maxCount: 40 }),
  fc.array(
    fc.constantFrom(
      "a",
      " ",
      "\n",
      "\t",
      ": ",
      " #",
      "- ",
      "'",
      '"',
      "|",
      ">",
      "%",
      "@",
      "\\",
      "{}",
      "\u0085",
      "\u2028",
      "\ufeff",
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join("")),
  fc.constantFrom(
    "no",
    "null",
    "~",
    "1",
    "1e3",
    "0x1",
    "2026-01-01",
    "<<",
    "=",
    "---",
    "...",
    "*a",
    "&a",
    "!x",
    ".inf",
  ),
).filter((value) => value.isWellFormed());
const message = text.filter(({ length }) => length > 0 && length <= 500);

/** Rules of the conformance fuzzer, with everything else that a file may say. */
const rule: fc.Arbitrary<RuleFile> = fc.tuple(
  fc.oneof(anyRule, anyUniqueRule, anyFixRule),
  fc.record({
    rule_key: fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,3}$/),
    org_id: fc.option(text.filter(({ length }) => length > 0), { nil: undefined }),
    message,
    description: fc.option(text, { nil: undefined }),
    severity: fc.constantFrom("critical", "high", "medium", "low"),
    dimension: fc.constantFrom("validity", "uniqueness"),
    status: fc.constantFrom("draft", "shadow", "active", "deprecated"),
    due_in: fc.option(fc.constantFrom("7 days", "1 day 04:00:00"), { nil: undefined }),
    version: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
  }),
).map(([{ override: _, companions: __, ...parts }, own]) =>
  JSON.parse(JSON.stringify({ ...parts, entity_type: "subject", ...own })) as RuleFile
).filter((value) => Object.values(value).every((part) => part !== null));

Deno.test("any rule comes back from its file as it was, and its text is the same again", () => {
  fc.assert(
    fc.property(rule, (rule) => {
      const written = writeRuleFile(rule);
      const read = readRuleFile(rulePath(rule), written);
      assertEquals([read.faults, read.rule], [[], rule]);
      assertEquals(writeRuleFile(read.rule!), written);
      assertEquals(updateRuleFile(written, rule), written);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a file that is brought up to date says what a new one says", () => {
  fc.assert(
    fc.property(rule, rule, (before, after) => {
      const updated = updateRuleFile(`# kept\n${writeRuleFile(before)}`, after);
      const read = readRuleFile(rulePath(after), updated);
      assertEquals([read.faults, read.rule], [[], after]);
      assertEquals(updated.startsWith("# kept\n"), true);
    }),
    { numRuns: 300 },
  );
});

const words: RuleFile = {
  rule_key: "order-has-amount",
  org_id: "acme",
  entity_type: "purchase",
  dimension: "validity",
  status: "active",
  message: "No amount: {amount}",
  description:
    "An order without an amount is in no report, and nobody finds it again before the customer asks what became of it.",
  condition: {
    rules: [{ value: "no", operator: "!=", field: "status" }, { operator: "notNull", field: "amount" }],
    combinator: "or",
  },
  due_in: "7 days",
  version: 3,
};
const expected = `rule_key: order-has-amount
org_id: acme
entity_type: purchase
dimension: validity
status: active
message: "No amount: {amount}"
description: >-
  An order without an amount is in no report, and nobody finds it again before the customer asks
  what became of it.
condition:
  combinator: or
  rules:
    - field: status
      operator: "!="
      value: "no"
    - field: amount
      operator: notNull
due_in: 7 days
version: 3
`;

Deno.test("a file reads as a reviewer would write it", () => {
  assertEquals(writeRuleFile(words), expected);
});

Deno.test("bringing a file up to date keeps comments, and the way in which what is the same is written", () => {
  const mine = expected
    .replace("status: active", "# until the import is clean\nstatus: 'active' # see the meeting")
    .replace("condition:", "# either\ncondition:");
  assertEquals(updateRuleFile(mine, words), mine);
  assertEquals(
    updateRuleFile(mine, { ...words, severity: "low", due_in: null, version: 4 }),
    mine.replace("status:", "severity: low\nstatus:").replace(
      "# until the import is clean\nseverity: low\n",
      "severity: low\n# until the import is clean\n",
    )
      .replace("due_in: 7 days\n", "").replace("version: 3", "version: 4"),
  );
});
