import { assertEquals } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs, type ApiClient } from "./support.ts";

const json = { "content-type": "application/json" };
const patch = (client: ApiClient, path: string, body: unknown) =>
  client.send(path, { method: "PATCH", headers: json, body: JSON.stringify(body) });

const policy = {
  policy_key: "large-deal-amount",
  org_id: harborLane,
  entity_type: "deal",
  guarded_fields: ["amount"],
  message: "The amount of a deal takes approval.",
};

Deno.test("admins make, change and remove change policies through the API, and those who must act are told", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const rep = await apiAs(stack, "rep@harbor-lane.example.com");
  const outsider = await apiAs(stack, "admin@kestrel.example.com");

  let id = "";
  await t.step("every fault of a policy is named at once", async () => {
    const { status, body } = await admin.post("/change-policies", {
      ...policy,
      guarded_fields: ["amount", "no_such_field", "id"],
      amount_field: "name",
    });
    assertEquals([status, body.code], [422, "policy-invalid"]);
    assertEquals(body.context.faults.map(({ at }: { at: string }) => at), [
      "/guarded_fields",
      "/guarded_fields",
      "/amount_field",
    ]);
  });
  await t.step("an admin makes one, which is a draft until it is set active", async () => {
    const { status, body } = await admin.post("/change-policies", policy);
    assertEquals([status, body.status, body.version, body.mode], [201, "draft", 1, "divert"]);
    assertEquals(body.sentence, "An edit of amount waits for approval.");
    id = body.id;
    const again = await admin.post("/change-policies", policy);
    assertEquals([again.status, again.body.code], [422, "constraint-violated"]);
  });
  await t.step("nobody else does", async () => {
    for (const client of [steward, rep, outsider]) {
      const added = await client.post("/change-policies", { ...policy, policy_key: "another" });
      assertEquals([added.status, added.body.code], [403, "not-allowed"]);
    }
    for (const [client, expected] of [[steward, 403], [rep, 403], [outsider, 404]] as const) {
      assertEquals((await patch(client, `/change-policies/${id}`, { status: "active" })).status, expected);
      const removed = await client.send(`/change-policies/${id}`, { method: "DELETE" });
      assertEquals(removed.status, expected);
    }
    const shared = (await admin.get("/change-policies?entity_type=bank_account&limit=1")).body;
    assertEquals(shared.policies[0].org_id, null);
    assertEquals(shared.next === null, false);
    const refused = await patch(admin, `/change-policies/${shared.policies[0].id}`, { status: "active" });
    assertEquals([refused.status, refused.body.code], [403, "not-allowed"]);
  });
  await t.step("of two who change the same version, the second is told", async () => {
    const active = await patch(admin, `/change-policies/${id}`, { status: "active", expected_version: 1 });
    assertEquals([active.status, active.body.version, active.body.status], [200, 2, "active"]);
    const late = await patch(admin, `/change-policies/${id}`, { message: "x", expected_version: 1 });
    assertEquals([late.status, late.body.code, late.body.context.version], [409, "stale", 2]);
    const listed = (await steward.get(`/change-policies?org_id=${harborLane}&status=active`)).body;
    assertEquals(listed.policies.map((p: { policy_key: string }) => p.policy_key), ["large-deal-amount"]);
  });

  let request = "";
  await t.step("an edit that it holds is validated again on demand", async () => {
    const [contact] =
      await sql`insert into public.contacts (org_id, last_name) values (${harborLane}, 'Lee') returning id`;
    const [deal] = await sql`insert into public.deals (org_id, name, amount, contact_id)
      values (${harborLane}, 'Crane', 10, ${contact!["id"]}) returning id`;
    const records = [{ key: deal!["id"], fields: { amount: "70000" } }];
    const { body } = await rep.post("/records", { entity_type: "deal", org_id: harborLane, records });
    request = body.records[0].diverted.request_id;
    const { status, body: judged } = await steward.post(`/change-requests/${request}/validate`);
    assertEquals([status, judged.status, judged.request_id], [200, "validated", request]);
    assertEquals((await outsider.post(`/change-requests/${request}/validate`)).status, 404);
  });
  await t.step("who may approve has a notification, reads it once, and sees nobody else's", async () => {
    const unread = (client: ApiClient) => client.get("/notifications?unread=true");
    const { body } = await unread(steward);
    const [mine] = body.notifications.filter((n: { subject_id: string }) => n.subject_id === request);
    assertEquals([mine.org_id, mine.read_at], [harborLane, null]);
    assertEquals((await unread(rep)).body.notifications, []);
    assertEquals((await outsider.post("/notifications/read", { ids: [mine.id] })).body.read, []);
    assertEquals((await steward.post("/notifications/read", { ids: [mine.id] })).body.read, [mine.id]);
    assertEquals((await steward.post("/notifications/read", { ids: [mine.id] })).body.read, []);
    assertEquals((await steward.get("/notifications")).body.notifications.length, body.notifications.length);
  });
  await t.step("without it, edits go through again", async () => {
    assertEquals((await admin.send(`/change-policies/${id}`, { method: "DELETE" })).body, { policy_id: id });
    assertEquals((await admin.send(`/change-policies/${id}`, { method: "DELETE" })).status, 404);
  });
});
