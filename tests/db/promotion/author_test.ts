import { assertEquals, assertStringIncludes } from "@std/assert";
import { and, type Caller, createWorld, is, refused, saveRule, type World } from "../support/mod.ts";

const definition = {
  rule_key: "amount-positive",
  org_id: "acme",
  entity_type: "purchase",
  dimension: "validity",
  message: "{amount} is not positive.",
  condition: and(is("amount", ">", "0")),
};

const save = (world: World, rule: unknown, expected: number | null = null, caller: Caller = "admin") =>
  world.as(caller, async (own) => {
    const [row] = await own`select governance.save_rule(${
      own.json(rule as never)
    }, null, ${expected}) as saved`;
    return row!.saved;
  });
const faults = async (call: Promise<unknown>) => {
  const { detail } = await refused(call);
  assertEquals(detail.code, "rule-invalid");
  return (detail.faults as { at: string; message: string }[]).map(({ at, message }) => `${at} ${message}`);
};

Deno.test("a rule that must be new never overwrites another", async () => {
  await using world = await createWorld();
  const saved = await save(world, definition, 0);
  assertEquals(saved.version, 1);
  const again = await refused(save(world, { ...definition, message: "Other." }, 0));
  assertEquals([again.state, again.detail.code, again.detail.id, again.detail.version], [
    "PT409",
    "rule-exists",
    saved.id,
    1,
  ]);
  assertEquals((await save(world, { ...definition, message: "Other." })).version, 2);
});

Deno.test("of two who create one rule at once, one is told", async () => {
  await using world = await createWorld();
  const made = await Promise.allSettled(
    ["One.", "Two."].map((message) => save(world, { ...definition, message }, 0)),
  );
  assertEquals(made.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const [lost] = made.filter((one) => one.status === "rejected");
  assertStringIncludes(String(lost!.reason), 'There is a rule "amount-positive" already');
});

Deno.test("of two who change the same version, the second is told both versions and nothing of its change is saved", async () => {
  await using world = await createWorld();
  const { id } = await save(world, definition, 0);
  assertEquals((await save(world, { id, severity: "high" }, 1)).version, 2);
  const late = await refused(save(world, { id, message: "Late." }, 1));
  assertEquals([late.state, late.detail.code, late.detail.version, late.detail.expected_version], [
    "PT409",
    "stale",
    2,
    1,
  ]);
  const [row] = await world.sql`select message, severity from governance.data_quality_rules where id = ${id}`;
  assertEquals([row!["message"], row!["severity"]], [definition.message, "high"]);
  assertEquals((await refused(save(world, { ...definition, rule_key: "gone" }, 1))).state, "PT404");
});

Deno.test("changes that cross each other never take one another back", async () => {
  await using world = await createWorld();
  const { id } = await save(world, definition, 0);
  const changes = [{ severity: "high" }, { description: "A." }, { message: "B." }, { due_in: "3 days" }];
  const done = await Promise.allSettled(changes.map((change) => save(world, { id, ...change })));
  const [row] = await world
    .sql`select severity, description, message, due_in::text, version from governance.data_quality_rules where id = ${id}`;
  const saved = changes.filter((_, n) => done[n]!.status === "fulfilled");
  for (const change of saved) {
    for (const [name, value] of Object.entries(change)) assertEquals(row![name], value);
  }
  assertEquals(row!["version"], 1 + saved.length);
});

Deno.test("unknown fields, impossible values, what is missing and faults of the condition are named at once", async () => {
  await using world = await createWorld();
  const wrong = {
    org_id: "acme",
    entity_type: "purchase",
    dimension: "beauty",
    severity: "urgent",
    enforcment: "block",
    rule: 1,
    due_in: "soon",
    description: 3,
    message: "",
    condition: and(is("no_such_field", ">", "0")),
  };
  const named = await faults(save(world, wrong));
  assertEquals(named.map((fault) => fault.split(" ")[0]), [
    "/enforcment",
    "/rule",
    "/message",
    "/rule_key",
    "/description",
    "/dimension",
    "/severity",
    "/due_in",
    "/condition/rules/0/field",
  ]);
  const check = world.as(
    "steward",
    (own) => own`select governance.check_rule(${own.json(wrong as never)})`,
  );
  assertEquals(await faults(check), named);
});

Deno.test("what a rule is does not change: its key, organization, entity and kind", async () => {
  await using world = await createWorld();
  const id = await saveRule(world.sql, { org_id: "acme" });
  const named = await faults(
    save(world, { id, rule_key: "other", org_id: "globex", entity_type: "customer", kind: "unique" }),
  );
  assertEquals(named.map((fault) => fault.split(" ")[0]), ["/entity_type", "/kind", "/org_id", "/rule_key"]);
  assertEquals(
    (await faults(save(world, { rule_key: "order-has-amount", org_id: "acme", kind: "unique" }))).length,
    1,
  );
});

Deno.test("a rule that was read can be given back with a change", async () => {
  await using world = await createWorld();
  const id = await saveRule(world.sql, { org_id: "acme" });
  const [row] = await world
    .sql`select to_jsonb(r) as rule from governance.data_quality_rules r where id = ${id}`;
  assertEquals((await save(world, row!["rule"], 1)).version, 1);
  assertEquals((await save(world, { ...row!["rule"], severity: "low" }, 1)).version, 2);
});
