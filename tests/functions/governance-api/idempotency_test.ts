import { assert, assertEquals } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs, type ApiClient, apiClient } from "./support.ts";

const json = { "content-type": "application/json" };
const post = (api: ApiClient, path: string, key: string, body: unknown) =>
  api.send(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { ...json, "idempotency-key": key },
  });
const lead = (last_name: string) => ({
  entity_type: "lead",
  org_id: harborLane,
  records: [{ fields: { last_name, company: "Acme" } }],
});

Deno.test("a call with an idempotency key is done once for its caller, whatever the client fears", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const count = async (name: string) =>
    Number((await sql`select count(*) from public.leads where last_name = ${name}`)[0]!["count"]);

  await t.step("the same call again gets the first one's answer and writes nothing", async () => {
    const first = await post(steward, "/records", "k1", lead("Once"));
    const again = await post(steward, "/records", "k1", lead("Once"));
    assertEquals([first.status, again.status], [200, 200]);
    assertEquals(again.body, first.body);
    assertEquals(await count("Once"), 1);
  });
  await t.step("without a key, under another one, or by somebody else it is another call", async () => {
    await steward.post("/records", lead("Once"));
    await post(steward, "/records", "k2", lead("Once"));
    await post(admin, "/records", "k1", lead("Once"));
    assertEquals(await count("Once"), 4);
  });
  await t.step("another request under the same key is refused", async () => {
    const other = await post(steward, "/records", "k1", lead("Other"));
    assertEquals([other.status, other.body.code], [422, "key-reused"]);
    assertEquals((await post(steward, "/validate", "k1", lead("Once"))).body.code, "key-reused");
    assertEquals(await count("Other"), 0);
  });
  await t.step("a refused call has done nothing and frees its key", async () => {
    const blocked = {
      ...lead("Free"),
      records: [{ fields: { last_name: "Free", owner_user_id: "nobody" } }],
    };
    assertEquals((await post(steward, "/records", "k3", blocked)).status, 422);
    assertEquals((await post(steward, "/records", "k3", lead("Free"))).status, 200);
    assertEquals(await count("Free"), 1);
  });
  await t.step("of many at once one is done", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(steward, "/records", "k4", lead("Rush"))),
    );
    assertEquals(await count("Rush"), 1);
    assert(
      answers.every(({ status, body }) => status === 200 || body.code === "call-unfinished"),
      JSON.stringify(answers),
    );
    assert(answers.some(({ status }) => status === 200));
  });
  await t.step("one that broke off is not done again by itself", async () => {
    await post(steward, "/records", "k5", lead("Broken"));
    await sql`update governance_private.idempotent_calls set status = null, answer = null`;
    const again = await post(steward, "/records", "k5", lead("Broken"));
    assertEquals([again.status, again.body.code, again.body.context.is_done], [
      409,
      "call-unfinished",
      false,
    ]);
    assertEquals(await count("Broken"), 1);
  });
  await t.step("secrets are not kept, and keys only as hashes, for 24 hours", async () => {
    const wanted = { org_id: harborLane, source_key: "sync:erp", label: "ERP", scopes: ["ingest"] };
    const issued = await post(admin, "/keys", "my-secret-key", wanted);
    assertEquals(issued.status, 201);
    const again = await post(admin, "/keys", "my-secret-key", wanted);
    assertEquals([again.body.code, again.body.context.is_done], ["call-unfinished", true]);
    const [kept] =
      await sql`select jsonb_agg(to_jsonb(c))::text as calls from governance_private.idempotent_calls c`;
    assert(!kept!["calls"].includes(issued.body.key) && !kept!["calls"].includes("my-secret-key"));
    await sql`update governance_private.idempotent_calls set begun_at = now() - interval '25 hours'`;
    assertEquals((await post(steward, "/records", "k1", lead("Later"))).status, 200);
    await sql`select governance_private.purge_idempotent_calls()`;
    assertEquals((await sql`select from governance_private.idempotent_calls`).length, 1);
  });
  await t.step("a key that is none, and one of somebody who is nobody, are refused as such", async () => {
    assertEquals(
      (await post(steward, "/records", "ü", lead("None")).catch(() => ({
        body: { code: "request-invalid" },
      }))).body.code,
      "request-invalid",
    );
    assertEquals(
      (await post(steward, "/records", "x".repeat(201), lead("None"))).body.code,
      "request-invalid",
    );
    assertEquals((await post(apiClient(stack), "/records", "k1", lead("None"))).status, 401);
    assertEquals(await count("None"), 0);
  });
});
