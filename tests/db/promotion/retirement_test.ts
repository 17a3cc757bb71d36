import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { and, createWorld, evaluateAll, is, quiet, saveRule, type World } from "../support/mod.ts";

const good = ["good-amount", "good-status", "good-critical"];

/** Ten rules, three good and seven bad, on two thousand orders; people decide as they would. */
async function simulate(world: World): Promise<void> {
  const { sql } = world;
  const rule = (rule_key: string, field: string, operator: string, value?: unknown, more = {}) =>
    saveRule(sql, {
      rule_key,
      org_id: "acme",
      condition: and(is(field, operator, value)),
      message: `${rule_key}.`,
      ...more,
    });
  await rule("good-amount", "amount", ">", "0");
  await rule("good-status", "status", "in", ["open", "won", "lost"]);
  await rule("good-critical", "due_on", ">=", "2000-01-01", { severity: "critical" });
  await rule("noisy-note", "note", "notNull");
  await rule("noisy-critical", "note", "!=", "y", { severity: "critical" });
  await rule("silent-key", "id", "notNull");
  await rule("silent-high-amount", "amount", "<", "1000000");
  await rule("redundant-amount", "amount", ">", "0.5");
  await rule("redundant-status", "status", "!=", "opne", { severity: "low" });
  await quiet(sql);
  await sql`insert into shop.orders (id, org_id, amount, status, note, due_on) select n::text, 'acme',
    case when n <= 60 then -n else n end, case when n between 100 and 180 then 'opne' else 'open' end,
    case when n between 300 and 400 then null when n between 500 and 560 then 'y' else 'x' end,
    case when n between 700 and 730 then date '1910-01-01' else date '2026-01-01' end
    from generate_series(1, 2000) n`;
  await evaluateAll(world);
  // Some of what is right is corrected, the rest waits; what is noise is waved off.
  await sql`update shop.orders set amount = 5 where id::int <= 30`;
  await sql`update shop.orders set status = 'open' where id::int between 100 and 140`;
  await sql`update shop.orders set due_on = '2026-01-01' where id::int between 700 and 720`;
  await evaluateAll(world);
  await sql`update governance.data_quality_issues set status = 'ignored', resolution = 'false_alarm', ignored_reason = 'It is right.'
    where rule_key like 'noisy-%' and record_key::int % 10 < 8`;
  await sql`update shop.orders set note = 'x' where id::int between 300 and 560 and id::int % 10 = 9`;
  await evaluateAll(world);
  await sql`update governance.data_quality_rule_versions set changed_at = changed_at - interval '100 days'`;
}

const propose = async (sql: Sql) =>
  (await sql`select governance_private.propose_retirements() as n`)[0]!.n as number;
const proposals = async (sql: Sql) =>
  (await sql`select discriminator, rule_key, status, resolution from governance.data_quality_issues where rule_key ~ '^system-rule-(noisy|silent|redundant)' order by 1`)
    .map((row) => Object.values(row).filter((value) => value !== null).join(" "));

Deno.test("of planted good and bad rules all the bad are proposed for retirement, and none of the good", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await simulate(world);
  await propose(sql);
  const bad = [
    "noisy-critical system-rule-noisy open",
    "noisy-note system-rule-noisy open",
    "redundant-amount system-rule-redundant open",
    "redundant-status system-rule-redundant open",
    "silent-high-amount system-rule-silent open",
    "silent-key system-rule-silent open",
  ];
  assertEquals(await proposals(sql), bad);
  // A proposal changes no rule.
  const rules =
    await sql`select rule_key from governance.data_quality_rules where org_id = 'acme' and status = 'active'`;
  assertEquals(rules.length, good.length + bad.length);

  // Who may see it: stewards and admins of the organization.
  for (
    const [caller, seen] of [["viewer", 0], ["member", 0], ["steward", 6], ["admin", 6], [
      "outsider",
      0,
    ]] as const
  ) {
    const rows = await world.as(
      caller,
      (own) => own`select from governance.data_quality_issues where rule_key like 'system-rule-%'`,
    );
    assertEquals(rows.length, seen, caller);
  }

  // What a person has answered stays answered; what is retired, or better, closes.
  await sql`update governance.data_quality_issues set status = 'ignored', resolution = 'wont_fix', ignored_reason = 'It is a guard.' where discriminator = 'silent-key'`;
  await sql`update governance.data_quality_rules set status = 'deprecated' where rule_key = 'noisy-note'`;
  await sql`update shop.orders set amount = 2000000 where id = '1999'`;
  await evaluateAll(world);
  await propose(sql);
  await propose(sql);
  assertEquals(await proposals(sql), [
    "noisy-critical system-rule-noisy open",
    "noisy-note system-rule-noisy fixed rule_retired",
    "redundant-amount system-rule-redundant open",
    "redundant-status system-rule-redundant open",
    "silent-high-amount system-rule-silent fixed data_changed",
    "silent-key system-rule-silent ignored wont_fix",
  ]);
  const [critical] =
    await sql`select message from governance.data_quality_issues where discriminator = 'noisy-critical' and rule_key = 'system-rule-noisy'`;
  assertEquals(critical!.message.endsWith("It is critical: only a person may retire it."), true);
});

Deno.test("a young rule, or one that few records have met, is not silent", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { org_id: "acme" });
  await sql`insert into shop.orders (id, org_id, amount) select n::text, 'acme', 1 from generate_series(1, 1500) n`;
  await evaluateAll(world);
  await propose(sql);
  assertEquals(await proposals(sql), []);
  await sql`update governance.data_quality_rule_versions set changed_at = changed_at - interval '100 days'`;
  await sql`update governance_private.evidence_settings set silent_records = 10000`;
  await propose(sql);
  assertEquals(await proposals(sql), []);
  await sql`update governance_private.evidence_settings set silent_records = 1000`;
  await propose(sql);
  assertEquals(await proposals(sql), ["order-has-amount system-rule-silent open"]);
});
