import { assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  createWorld,
  evaluate,
  is,
  people,
  quiet,
  refused,
  replace,
  saveRule,
  violation,
  type World,
} from "../support/mod.ts";
import { order, requests, savePolicy } from "./support.ts";

/** An order whose note a fix rule corrects, on a policy that guards notes. */
async function withFix(world: World, enforcement: "fix" | "issue", holds_for_fixes = true): Promise<string> {
  const rule = await saveRule(world.sql, {
    rule_key: "note-is-trimmed",
    enforcement,
    condition: and(is("note", "=", "x")),
    fix: [{ step: "normalize", field: "note", using: "trim" }],
    message: "Spaces around.",
  });
  await savePolicy(world.sql, { guarded_fields: ["note"], holds_for_fixes });
  await quiet(world.sql);
  await addOrders(world.sql, { id: "1", note: " x" });
  return rule;
}

Deno.test("an auto-fix of a guarded field waits in a change request, and is no fix before it is committed", async () => {
  await using world = await createWorld();
  const rule = await withFix(world, "fix");
  await evaluate(world, () => ({ fixes: [{ rule_id: rule, patch: replace("note", " x", "x") }] }));
  assertEquals((await order(world.sql, "1"))["note"], " x");
  assertEquals((await requests(world.sql, "note")).map(({ records }) => records), [{ "1": [" x", "x"] }]);
  const [row] = await world.sql`select reason from governance.change_requests`;
  assertEquals(row!["reason"], "A rule corrects it");
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
});

Deno.test("a policy that does not hold for fixes lets the product correct, and holds people up all the same", async () => {
  await using world = await createWorld();
  const rule = await withFix(world, "fix", false);
  await evaluate(world, () => ({ fixes: [{ rule_id: rule, patch: replace("note", " x", "x") }] }));
  assertEquals((await order(world.sql, "1"))["note"], "x");
  assertEquals((await world.sql`select from governance.fixes`).length, 1);
  await world.as("member", (own) => own`update shop.orders set note = 'y'`);
  assertEquals((await order(world.sql, "1"))["note"], "x");
});

Deno.test("accepting a suggestion for a guarded field answers with the change request that holds it", async () => {
  await using world = await createWorld();
  const rule = await withFix(world, "issue");
  await evaluate(
    world,
    () => ({ violations: [violation(rule, { suggested_fix: replace("note", " x", "x") })] }),
  );
  const [issue] = await world.sql`select id from governance.data_quality_issues`;
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fix(${issue!["id"]}) as answer`,
  );
  const [request] = await requests(world.sql, "note");
  assertEquals(row!["answer"].diverted, { request_id: request!.id, fields: ["note"] });
  assertEquals([request!.proposed_by, request!.records], [people.steward, { "1": [" x", "x"] }]);
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
  const [bulk] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fixes(array[${issue!["id"]}]::uuid[]) as answer`,
  );
  assertEquals(bulk!["answer"].failed, [{ key: "1", error: "it waits for approval" }]);
});

Deno.test("undoing a fix of a field that is guarded by now is refused, and says how to propose it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const rule = await withFix(world, "fix", false);
  await evaluate(world, () => ({ fixes: [{ rule_id: rule, patch: replace("note", " x", "x") }] }));
  await sql`update governance.change_policies set holds_for_fixes = true`;
  const [fix] = await sql`select id from governance.fixes`;
  const refusal = await refused(world.as("steward", (own) => own`select governance.undo_fix(${fix!["id"]})`));
  assertEquals([refusal.state, refusal.detail.code], ["PT409", "policy-refused"]);
  assertEquals((await order(sql, "1"))["note"], "x");
});
