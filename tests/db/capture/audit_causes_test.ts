import { assertEquals } from "@std/assert";
import { addOrders, createWorld, quiet, type World } from "../support/mod.ts";

async function last({ sql }: World) {
  const [event] = await sql`select cause_kind, cause_id, reason, request_id from governance.audit_events
    where entity_type = 'purchase' order by id desc limit 1`;
  return event!;
}

Deno.test("an event names the request that it belongs to, as REST has its headers, and none in plain SQL", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1" });
  assertEquals((await last(world)).request_id, null);
  for (
    const [headers, expected] of [
      [JSON.stringify({ accept: "*/*", "x-request-id": "call-7:a" }), "call-7:a"],
      [JSON.stringify({ accept: '"x-request-id": "in a value"' }), null],
      ["no json at all", null],
      [JSON.stringify({ "x-request-id": "x".repeat(500) }), null],
    ] as const
  ) {
    await world.as("member", async (own) => {
      await own`select set_config('request.headers', ${headers}, true)`;
      await own`update shop.orders set note = ${crypto.randomUUID()}`;
    });
    assertEquals((await last(world)).request_id, expected);
  }
});

Deno.test("an event has the reason that was given to the product, and never one that a session sets", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", note: "a" });
  await quiet(world.sql);
  await world.as("steward", async (own) => {
    await own`select set_config('governance.reason', 'because I say so', true)`;
    await own`update shop.orders set note = 'b'`;
  });
  assertEquals(
    await last(world),
    { cause_kind: null, cause_id: null, reason: null, request_id: null } as never,
  );
  const [request] = await world.as(
    "steward",
    (own) =>
      own`select governance.propose_change('purchase', '1', '{"note": "c"}', 'As agreed by mail.') as made`,
  );
  const id = request!.made.request_id;
  await world.as("admin", (own) => own`select governance.approve_change(${id}, null, true)`);
  assertEquals(
    await last(world),
    { cause_kind: "change_request", cause_id: id, reason: "As agreed by mail.", request_id: null } as never,
  );
});
