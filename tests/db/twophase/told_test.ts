import { assert, assertEquals } from "@std/assert";
import { addOrders, createWorld, type World } from "../support/mod.ts";
import { act, edit, propose, requests, savePolicy } from "./support.ts";

async function listen(world: World, org: string, events: string[]): Promise<void> {
  await world.sql`insert into governance.webhook_endpoints (org_id, label, url, events)
    values (${org}, ${org}, 'https://hooks.example.org/', ${events})`;
}

/** What the endpoints of an organization were told, in order. */
// deno-lint-ignore no-explicit-any -- a message is as free as JSON is
async function told(world: World, org = "acme"): Promise<any[]> {
  const rows = await world
    .sql`select body from governance.webhook_deliveries where org_id = ${org} order by delivery_id`;
  return rows.map(({ body }) => JSON.parse(body));
}

Deno.test("every transition of a change request is told once, and what is asked of which record never", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "secret-key", amount: "5" });
  await savePolicy(sql);
  await listen(world, "acme", ["change_request.changed"]);
  await listen(world, "globex", ["change_request.changed"]);
  await edit(world, "member", "secret-key", { amount: "98765" });
  const { id } = (await requests(sql))[0]!;
  const statuses = async () => (await told(world)).map(({ data }) => [data.status, data.revision]);
  assertEquals(await statuses(), [["proposed", 1]]);
  await act(world, "member", "validate", id);
  await act(world, "member", "validate", id);
  await act(world, "steward", "request", id, { reason: "hush" });
  await act(world, "member", "revise", id, { changes: [{ key: "secret-key", values: { amount: "98764" } }] });
  await act(world, "steward", "approve", id, { commit: true });
  assertEquals(await statuses(), [
    ["proposed", 1],
    ["validated", 1],
    ["changes_requested", 1],
    ["proposed", 2],
    ["validated", 2],
    ["approved", 2],
    ["committed", 2],
  ]);
  const messages = await told(world);
  for (const { type, data } of messages) {
    assertEquals(
      [type, data.request_id, data.org_id, data.entity_type, data.record_count, data.policy_key],
      ["change_request.changed", id, "acme", "purchase", 1, "order-amount"],
    );
  }
  assert(!/9876|secret-key|hush/.test(JSON.stringify(messages)));
  assertEquals(await told(world, "globex"), []);
});

Deno.test("requests that are superseded, rejected, withdrawn or expire are told, those that are only tried or refused are not", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ..."abcd".split("").map((id) => ({ id, amount: "5" })));
  await savePolicy(sql);
  await listen(world, "acme", ["change_request.changed", "issue.opened"]);
  await edit(world, "member", "a", { amount: "7" });
  await edit(world, "member", "a", { amount: "8" });
  await act(world, "steward", "reject", (await propose(world, "member", "b", { amount: "7" })).request_id);
  await act(world, "member", "withdraw", (await propose(world, "member", "c", { amount: "7" })).request_id);
  const late = (await propose(world, "member", "d", { amount: "7" })).request_id;
  await sql`update governance.change_requests set expires_at = now() where id = ${late}`;
  await sql`select governance_private.expire_changes()`;
  const seen = await told(world);
  const [first, second] = await requests(sql);
  assertEquals(
    seen.filter(({ data }) => data.request_id === first!.id).map(({ data }) => [
      data.status,
      data.superseded_by,
    ]),
    [["proposed", null], ["superseded", second!.id]],
  );
  const ends = seen.map(({ data }) => data.status).filter((status) => !/posed|valid/.test(status));
  assertEquals(ends, ["superseded", "rejected", "withdrawn", "expired"]);
  await world.as(
    "member",
    (own) =>
      own`select governance.try_records('purchase', 'acme', ${
        own.json([{ n: 0, values: { id: "b", amount: 9 } }])
      })`,
  );
  assertEquals((await told(world)).length, seen.length);
});
