import { assert, assertEquals } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs } from "./support.ts";

Deno.test("what was, who changed it and why is asked through the API, and erased through it", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const member = await apiAs(stack, "rep@harbor-lane.example.com");
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const outsider = await apiAs(stack, "admin@kestrel.example.com");
  const [account] =
    await sql`insert into public.accounts (org_id, name, website) values (${harborLane}, 'Old', 'https://zqold.example.com') returning id`;
  const id: string = account!["id"];
  const from = new Date(Date.now() - 60_000).toISOString();
  const [{ before }] = await sql`select clock_timestamp()::text as before` as unknown as [{ before: string }];
  const at = encodeURIComponent(before.replace(" ", "T").replace(/\+00$/, "Z"));
  const records = [{ key: id, fields: { website: "https://zqnew.example.com" } }];

  await t.step("a write keeps the id of its request, the caller's or a new one", async () => {
    const sent = await member.send("/records", {
      method: "POST",
      body: JSON.stringify({ entity_type: "account", org_id: harborLane, records }),
      headers: { "content-type": "application/json", "x-request-id": "call-42" },
    });
    assertEquals([sent.status, sent.headers.get("x-request-id")], [200, "call-42"]);
    const [event] =
      await sql`select request_id from governance.audit_events where record_key = ${id} order by id desc limit 1`;
    assertEquals(event!["request_id"], "call-42");
    assert((await member.get("/issues")).headers.get("x-request-id")!.length > 30);
  });
  await t.step("a record is shown as it was, to those who may read it", async () => {
    const { status, body } = await member.get(`/records/account/${id}/as-of?at=${at}`);
    assertEquals([status, body.existed, body.record.website], [200, true, "https://zqold.example.com"]);
    assertEquals((await outsider.get(`/records/account/${id}/as-of?at=${at}`)).status, 404);
    assertEquals((await member.get(`/records/account/${id}/as-of?at=1999-01-01T00:00:00Z`)).status, 422);
    assertEquals((await member.get(`/records/account/no-uuid/as-of?at=${at}`)).status, 404);
  });
  let eventId = 0;
  await t.step("the history of a field and the changes of a record come in pages", async () => {
    const first = (await member.get(`/records/account/${id}/history?field=website&limit=1`)).body;
    assertEquals([first.changes[0].old_value, first.changes[0].new_value], [
      "https://zqold.example.com",
      "https://zqnew.example.com",
    ]);
    const second =
      (await member.get(`/records/account/${id}/history?field=website&limit=1&cursor=${first.next}`)).body;
    assertEquals([second.changes[0].operation, second.next], ["insert", null]);
    const events = (await member.get(`/records/account/${id}/audit-events`)).body.events;
    assertEquals(events.map(({ operation }: { operation: string }) => operation), ["insert", "update"]);
    eventId = events[1].id;
  });
  await t.step("what somebody changed in a span of time is listed", async () => {
    const to = new Date(Date.now() + 60_000).toISOString();
    const { status, body } = await admin.get(
      `/audit-events?from=${from}&to=${to}&source=person&entity_type=account`,
    );
    assertEquals([status, body.events.map(({ id }: { id: number }) => id)], [200, [eventId]]);
    assertEquals((await admin.get(`/audit-events?from=${from}&to=${to}`)).status, 422);
  });
  await t.step("why a write was allowed is told with the rules of then", async () => {
    const { status, body } = await member.get(`/audit-events/${eventId}/why`);
    assertEquals(status, 200);
    assert(body.sentence.startsWith("Allowed: a person wrote it"));
    assert(body.rules.length > 0);
    assertEquals((await outsider.get(`/audit-events/${eventId}/why`)).status, 404);
    assertEquals((await admin.get("/refused-writes/999999/why")).status, 404);
  });
  await t.step("an admin erases values, and nobody else", async () => {
    const erasure = {
      entity_type: "account",
      record_key: id,
      columns: ["website"],
      reason: "Asked by letter.",
    };
    assertEquals((await member.post("/erasures", erasure)).status, 403);
    assertEquals((await outsider.post("/erasures", erasure)).status, 404);
    const { status, body } = await admin.post("/erasures", erasure);
    assertEquals([status, body.fields, body.still_held], [201, ["website"], ["website"]]);
    const { changes } = (await member.get(`/records/account/${id}/history?field=website`)).body;
    assert(changes.every((change: Record<string, unknown>) => change.is_erased && change.new_value === null));
  });
});
