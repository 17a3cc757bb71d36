import { assertEquals } from "@std/assert";
import { createTestDatabase } from "../../helpers/database.ts";
import { and, createWorld, is, or, type RuleInput, saveRule } from "../support/mod.ts";

const LIST = new URL("./shipped_sentences.txt", import.meta.url);

Deno.test("every shipped rule reads as it was read and approved", async () => {
  await using database = await createTestDatabase();
  const rules = await database.sql`select rule_key, sentence from governance.data_quality_rules
    order by rule_key collate "C"`;
  const sentences = rules.map(({ rule_key, sentence }) => `${rule_key}\n  ${sentence}\n`).join("");
  assertEquals(sentences, await Deno.readTextFile(LIST));
});

/** An issue rule's sentence, from its condition on. */
const issues: [condition: unknown, words: string][] = [
  [is("due_on", "<", "today-P30D"), "the due date is more than 30 days ago"],
  [is("due_on", "<=", "today-P1Y2M"), "the due date is at least 1 year and 2 months ago"],
  [is("due_on", ">", "today-P1W"), "the due date is less than 7 days ago"],
  [is("due_on", ">=", "today+P1M"), "the due date is at least 1 month from today"],
  [is("due_on", "<=", "today"), "the due date is today or earlier"],
  [is("due_on", ">", "today"), "the due date is after today"],
  [is("paid_at", "<", "now-PT1H30M"), "the paid time is more than 1 hour and 30 minutes ago"],
  [is("paid_at", ">=", "now"), "the paid time is now or later"],
  [is("due_on", "between", ["today-P30D", "today"]), "the due date is between 30 days ago and today"],
  [is("due_on", "in", ["today", "2026-11-23"]), "the due date is today or 23 November 2026"],
  [is("due_on", ">=", "2026-01-05"), "the due date is on or after 5 January 2026"],
  [is("paid_at", "<", "2026-01-05T10:30:00+01:00"), "the paid time is before 5 January 2026, 09:30 UTC"],
  [is("amount", ">=", "1250000.50"), "the amount is at least 1,250,000.50"],
  [is("amount", "between", ["1000", "10000"]), "the amount is between 1000 and 10,000"],
  [
    is("status", "in", ["won", "in_progress", "lost or so"]),
    'the status is won, in progress or "lost or so"',
  ],
  [is("status", "notIn", ["won", "lost"]), "the status is neither won nor lost"],
  [is("status", "notIn", ["won"]), "the status is not won"],
  [is("customer.name", "isBlank"), "the customer's name is empty"],
  [
    { ...is("note", "matches", "^\\d+$"), label: "a number of digits" },
    "the note looks like a number of digits",
  ],
  [is("note", "matches", "^\\d+$"), "the note looks like the pattern ^\\d+$"],
  [is("note", "isPostalCode", "US"), "the note is a postal code of the country US"],
  [
    is("note", "isPostalCode", "customer.state", "field"),
    "the note is a postal code of its customer's state",
  ],
  [is("note", "inReference", "countries"), "the note is in the list of countries"],
  [
    or(is("note", "isFilled"), is("status", "isFilled"), is("amount", "notNull"), is("amount", ">", "0")),
    "(the note, status or amount is filled in or the amount is more than 0)",
  ],
  [
    or(is("note", "isFilled"), and(is("amount", "notNull"), is("amount", ">", "0"))),
    "(the note is filled in or (the amount is filled in and is more than 0))",
  ],
  [
    { combinator: "and", not: true, rules: [is("note", "isFilled")] },
    "it is not so that (the note is filled in)",
  ],
];

Deno.test("conditions are told in plain English", async () => {
  await using world = await createWorld();
  for (const [condition, words] of issues) {
    const id = await saveRule(world.sql, { condition: and(condition) });
    const [rule] = await world
      .sql`delete from governance.data_quality_rules where id = ${id} returning sentence`;
    assertEquals(rule!.sentence, `An issue is opened for a purchase unless ${words}.`);
  }
});

Deno.test("matches, booleans and fixes are told in plain English", async () => {
  await using world = await createWorld();
  const orders = (mode: string, threshold?: number) =>
    and({
      field: "orders",
      operator: "=",
      match: { mode, threshold: threshold ?? null },
      value: and(is("status", "=", "open")),
    });
  const customer = { entity_type: "customer", message: "M." };
  const table: [RuleInput, string][] = [
    [
      { ...customer, condition: orders("all") },
      "An issue is opened for a customer unless for every purchase, the status is open.",
    ],
    [
      { ...customer, condition: orders("some") },
      "An issue is opened for a customer unless it has a purchase where the status is open.",
    ],
    [
      { ...customer, condition: orders("none") },
      "An issue is opened for a customer unless it has no purchase where the status is open.",
    ],
    [
      { ...customer, condition: orders("atLeast", 1) },
      "An issue is opened for a customer unless it has at least 1 purchase where the status is open.",
    ],
    [
      { ...customer, condition: orders("exactly", 2) },
      "An issue is opened for a customer unless it has exactly 2 orders where the status is open.",
    ],
    [
      {
        ...customer,
        enforcement: "block",
        applies_when: and(is("is_active", "=", true)),
        condition: and(is("name", "isFilled")),
      },
      "When it is active, a customer cannot be saved unless the name is filled in.",
    ],
    [
      {
        ...customer,
        enforcement: "fix",
        condition: and(is("is_hidden", "=", false)),
        fix: [
          { step: "normalize", field: "name", using: "trim" },
          { step: "set", field: "state", value: "50% off" },
          { step: "copy", field: "email", from: "name" },
          { step: "set", field: "owner_user_id", value: null },
        ],
      },
      'A customer is corrected unless it is not hidden: blanks around the name are removed; the state is set to "50% off"; ' +
      "the email is copied from the name; the owner user is emptied.",
    ],
  ];
  for (const [rule, sentence] of table) {
    const id = await saveRule(world.sql, rule);
    const [saved] = await world
      .sql`delete from governance.data_quality_rules where id = ${id} returning sentence`;
    assertEquals(saved!.sentence, sentence);
  }
});
