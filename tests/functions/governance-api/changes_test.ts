import { assertEquals } from "@std/assert";
import { harborLane, openSql, signedIn } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { commit, judge, rowsOf, stage } from "./import_support.ts";
import { apiAs, apiClient } from "./support.ts";

Deno.test("a risky edit goes through the API: the receipt names what waits, and people decide on it", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`update governance.change_policies set status = 'active' where policy_key = 'member-eligibility'`;
  const [member] =
    await sql`insert into public.members (org_id, last_name) values (${harborLane}, 'Lee') returning id`;
  const id: string = member!["id"];
  const asMember = await apiAs(stack, "rep@harbor-lane.example.com");
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const outsider = await apiAs(stack, "admin@kestrel.example.com");
  const records = [{ key: id, fields: { status: "terminated", city: "Kiel" } }];
  const stored = async () => {
    const [row] = await sql`select status, city from public.members where id = ${id}`;
    return [row!["status"], row!["city"]];
  };

  let request = "";
  await t.step("validate says what would wait, and opens nothing", async () => {
    const { status, body } = await asMember.post("/validate", {
      entity_type: "member",
      org_id: harborLane,
      records,
    });
    assertEquals([status, body.records[0].diverted], [200, { request_id: null, fields: ["status"] }]);
    assertEquals((await asMember.get("/change-requests")).body.changes, []);
  });
  await t.step("the receipt of a write names the request", async () => {
    const { status, body } = await asMember.post("/records", {
      entity_type: "member",
      org_id: harborLane,
      records,
    });
    assertEquals([status, body.records[0].operation, body.records[0].diverted.fields], [200, "update", [
      "status",
    ]]);
    assertEquals(await stored(), ["active", "Kiel"]);
    request = body.records[0].diverted.request_id;
  });
  await t.step("it is listed and shown to those who may read the record", async () => {
    const { body } = await steward.get("/change-requests?status=proposed&entity_type=member");
    assertEquals(body.changes.map(({ id }: { id: string }) => id), [request]);
    const shown = (await steward.get(`/change-requests/${request}`)).body;
    assertEquals(shown.records[0].patch[1], { op: "replace", path: "/status", value: "terminated" });
    assertEquals(shown.decisions.map(({ decision }: { decision: string }) => decision), ["proposed"]);
    const hidden = await outsider.get(`/change-requests/${request}`);
    assertEquals([hidden.status, hidden.body.code], [404, "not-found"]);
    const stranger = await apiClient(stack, { apikey: stack.publishableKey }).get("/change-requests");
    assertEquals(stranger.status, 401);
  });
  await t.step("its proposer cannot approve it, and nobody commits it before that", async () => {
    const decide = { decision: "approve", commit: true };
    const own = await asMember.post(`/change-requests/${request}/decisions`, decide);
    assertEquals([own.status, own.body.code], [403, "not-allowed"]);
    const early = await steward.post(`/change-requests/${request}/commit`);
    assertEquals([early.status, early.body.code, early.body.context.needs.approvals], [
      409,
      "not-approved",
      1,
    ]);
    const done = await steward.post(`/change-requests/${request}/decisions`, decide);
    assertEquals([done.status, done.body.status], [200, "committed"]);
    assertEquals(await stored(), ["terminated", "Kiel"]);
    const again = await steward.post(`/change-requests/${request}/commit`);
    assertEquals([again.status, again.body.code], [409, "change-closed"]);
  });
  await t.step("a proposal is sent back, revised, rejected or withdrawn", async () => {
    const propose = async (status: string) => {
      const changes = [{ key: id, values: { status } }];
      const { status: code, body } = await asMember.post("/change-requests", {
        entity_type: "member",
        changes,
        reason: "x",
      });
      assertEquals([code, body.requests[0].status], [201, "validated"]);
      return body.requests[0].request_id as string;
    };
    const first = await propose("active");
    const back = await steward.post(`/change-requests/${first}/decisions`, {
      decision: "request_changes",
      reason: "no",
    });
    assertEquals(back.body.status, "changes_requested");
    const changes = [{ key: id, values: { status: "suspended" } }];
    assertEquals(
      (await asMember.post(`/change-requests/${first}/revise`, { changes })).body.status,
      "validated",
    );
    assertEquals((await asMember.post(`/change-requests/${first}/withdraw`, {})).body.status, "withdrawn");
    const second = await propose("pending");
    const no = await steward.post(`/change-requests/${second}/decisions`, {
      decision: "reject",
      reason: "no",
    });
    assertEquals([no.status, no.body.status], [200, "rejected"]);
    const unsaid = await steward.post(`/change-requests/${second}/decisions`, { decision: "reject" });
    assertEquals([unsaid.status, unsaid.body.code], [422, "request-invalid"]);
  });
  await t.step("REST names the request in a header", async () => {
    const { data } = await (await signedIn(stack, "rep@harbor-lane.example.com")).auth.getSession();
    const response = await fetch(`${stack.apiUrl}/rest/v1/members?id=eq.${id}`, {
      method: "PATCH",
      headers: {
        apikey: stack.publishableKey,
        authorization: `Bearer ${data.session!.access_token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ status: "active" }),
    });
    await response.body?.cancel();
    const [open] = await sql`select id from governance.change_requests where status = 'proposed'`;
    assertEquals([response.status, response.headers.get("x-governance-change-request")], [204, open!["id"]]);
  });
  await t.step(
    "a sync and an import are told what waits, and the rest of what they bring is written",
    async () => {
      const admin = await apiAs(stack, "admin@harbor-lane.example.com");
      const key = { org_id: harborLane, source_key: "sync:erp", label: "ERP", scopes: ["ingest"] };
      const erp = apiClient(stack, { "x-integration-key": (await admin.post("/keys", key)).body.key });
      const fields = { status: "pending", city: "Bonn" };
      const { body } = await erp.post("/ingest", {
        entity_type: "member",
        records: [{ external_id: "M-1", version: 1, key: id, fields }],
      });
      assertEquals(
        [body.records[0].outcome, body.records[0].diverted.fields],
        ["updated", ["status"]],
        JSON.stringify(body),
      );
      assertEquals(await stored(), ["terminated", "Bonn"]);

      const file = `id,city,status\n${id},Ulm,pending\n`;
      const { import_id } = await stage(steward, harborLane, file, { entity_type: "member", mode: "upsert" });
      const waits = async () => (await rowsOf(steward, import_id))[0].diverted;
      assertEquals((await judge(steward, import_id)).counts.diverted, 1);
      assertEquals(await waits(), { request_id: null, fields: ["status"] });
      const { counts } = await commit(steward, import_id);
      assertEquals([counts.states, counts.diverted], [{ written: 1 }, 1]);
      const { request_id } = await waits();
      const [request] = await sql`select status from governance.change_requests where id = ${request_id}`;
      assertEquals(request!["status"], "proposed");
      assertEquals(await stored(), ["terminated", "Ulm"]);
    },
  );
});
