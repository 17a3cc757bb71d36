import { assertEquals, assertStringIncludes } from "@std/assert";
import { addOrders, and, createWorld, is, people, refused, saveRule } from "../support/mod.ts";

Deno.test("a write is explained by the rules, waivers and policies in the versions of then", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, {
    rule_key: "has-note",
    enforcement: "block",
    condition: and(is("note", "notNull")),
    message: "Note.",
  });
  await saveRule(sql, {
    rule_key: "has-status",
    enforcement: "block",
    condition: and(is("status", "notNull")),
    message: "Status.",
  });
  await saveRule(sql, { rule_key: "later-draft", status: "draft" });
  await sql`insert into governance.change_policies (policy_key, entity_type, mode, operations, guarded_fields, message, status, condition)
    values ('big-orders', 'purchase', 'refuse', '{update}', '{amount}', 'Too big.', 'active', ${
    sql.json(and(is("amount", ">", 1000)) as never)
  })`;
  await sql`insert into governance.waivers (org_id, rule_key, entity_type, scope, reason, expires_at, actor)
    values ('acme', 'has-status', 'purchase', 'actor', 'A pilot.', now() + interval '1 day', ${people.member})`;
  await addOrders(sql, { id: "1", note: "a", status: "open" });
  await world.as("member", (own) => own`update shop.orders set amount = 10, status = null where id = '1'`);
  const [event] = await sql`select max(id) as id from governance.audit_events where entity_type = 'purchase'`;
  await sql`update governance.data_quality_rules set message = 'Another one.' where id = ${id}`;
  await sql`update governance.change_policies set status = 'retired' where policy_key = 'big-orders'`;
  const [row] = await world.as("viewer", (own) => own`select governance.explain_write(${event!.id}) as why`);
  const why = row!.why;
  assertEquals(
    why.rules.map((
      rule: Record<string, unknown>,
    ) => [rule.rule_key, rule.version, rule.message, rule.outcome]),
    [["has-note", 1, "Note.", "satisfied"], ["has-status", 1, "Status.", "waived"]],
  );
  assertEquals(why.waivers.map((waiver: Record<string, unknown>) => waiver.reason), ["A pilot."]);
  assertEquals(why.policies.map((policy: Record<string, unknown>) => [policy.policy_key, policy.version]), [[
    "big-orders",
    1,
  ]]);
  assertEquals(
    why.sentence,
    "Allowed: a person wrote it; 1 block rules were satisfied, 1 waived; 1 change policies looked at these fields.",
  );
  for (const caller of ["outsider", "nobody"] as const) {
    assertEquals(
      (await refused(world.as(caller, (own) => own`select governance.explain_write(${event!.id})`))).state,
      "PT404",
    );
  }
});

Deno.test("a refusal through the API is explained by the rule as it was then", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, {
    rule_key: "has-note",
    enforcement: "block",
    condition: and(is("note", "notNull")),
    message: "Note.",
  });
  await world.as(
    "member",
    (own) =>
      own`select governance.store_records('purchase', 'acme', '[{"n": 1, "key": "9", "values": {"id": "9", "org_id": "acme"}}]')`,
  );
  await sql`update governance.data_quality_rules set message = 'Another one.' where id = ${id}`;
  const [refusal] = await sql`select id from governance.refused_writes`;
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.explain_refusal(${refusal!.id}) as why`,
  );
  assertEquals([row!.why.rule.version, row!.why.rule.message], [1, "Note."]);
  assertStringIncludes(
    row!.why.sentence,
    'Refused: one record of the call broke the rule "has-note" (version 1): ',
  );
  assertEquals(
    (await refused(world.as("member", (own) => own`select governance.explain_refusal(${refusal!.id})`)))
      .state,
    "PT404",
  );
});
