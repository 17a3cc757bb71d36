import { assertEquals } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { allOf, assertRefused, faultsOf, signInAskers } from "./rule_support.ts";

const nobody = "00000000-0000-4000-8000-0000000000ff";
const waiver = {
  org_id: harborLane,
  rule_key: "deal-needs-account-or-contact",
  scope: "rule",
  reason: "Tenders have no customer yet.",
  expires_at: "2099-01-01T00:00:00Z",
};

Deno.test("stewards grant, list and revoke waivers through the API", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const { steward, rep, outsider } = await signInAskers(stack);
  const [deal] =
    await sql`insert into public.deals (org_id, name) values (${harborLane}, 'Crane') returning id`;
  const record_key = deal!["id"] as string;

  let id = "";
  await t.step("a steward grants one with a reason and an end", async () => {
    const { status, body } = await steward.post("/waivers", { ...waiver, scope: "record", record_key });
    assertEquals(status, 201);
    id = body.waiver_id;
    const { body: listed } = await rep.get(`/waivers?record_key=${record_key}&in_force=true`);
    const [granted] = listed.waivers;
    assertEquals([granted.id, granted.reason, granted.granted_role], [id, waiver.reason, "authenticated"]);
  });
  await t.step("nobody else does", async () => {
    assertRefused(await rep.post("/waivers", waiver), 403, "not-allowed");
    assertRefused(await outsider.post("/waivers", waiver), 403, "not-allowed");
  });
  await t.step(
    "a waiver says for what, why and until when, and nothing that does not go with its scope",
    async () => {
      const without = await steward.post("/waivers", { ...waiver, reason: " ", expires_at: "soon" });
      assertRefused(without, 422, "request-invalid");
      assertEquals(faultsOf(without), ["/body/reason", "/body/expires_at"]);
      assertRefused(await steward.post("/waivers", { ...waiver, record_key }), 422, "request-invalid");
      assertRefused(await steward.post("/waivers", { ...waiver, scope: "actor" }), 422, "request-invalid");
      assertRefused(await steward.post("/waivers", { ...waiver, scope: "moon" }), 422, "request-invalid");
      const ended = await steward.post("/waivers", { ...waiver, expires_at: "2020-01-01T00:00:00Z" });
      assertRefused(ended, 422, "invalid-value");
      assertRefused(
        await steward.post("/waivers", { ...waiver, rule_key: "no-such-rule" }),
        404,
        "not-found",
      );
    },
  );
  await t.step("page by page, the newest first, each once; another organization sees none", async () => {
    for (const scope of ["rule", "organization"]) await steward.post("/waivers", { ...waiver, scope });
    await steward.post("/waivers", { ...waiver, scope: "source", source: "sync:erp" });
    const waivers = await allOf(rep, `/waivers?org_id=${harborLane}`, "waivers", 1);
    assertEquals(waivers.map(({ scope }) => scope), ["source", "organization", "rule", "record"]);
    assertEquals((await outsider.get("/waivers")).body.waivers, []);
    assertRefused(await rep.get("/waivers?in_force=perhaps"), 422, "request-invalid");
  });
  await t.step(
    "while one is in force, a call of which nothing is stored is answered as any other",
    async () => {
      const call = { entity_type: "deal", org_id: harborLane, records: [{ fields: { amount: 1 } }] };
      const tried = await rep.post("/validate", call);
      assertEquals([tried.status, tried.body.records?.[0].verdict], [200, "blocked"]);
      const written = await rep.post("/records", { ...call, all_or_nothing: false });
      assertEquals([written.status, written.body.records?.[0].verdict], [200, "blocked"]);
    },
  );
  await t.step("a steward ends one before its time, once", async () => {
    const revoke = (client = steward, of = id) =>
      client.post(`/waivers/${of}/revoke`, { reason: "The customer is known." });
    assertRefused(await revoke(rep), 403, "not-allowed");
    assertRefused(await revoke(outsider), 404, "not-found");
    assertRefused(await revoke(steward, nobody), 404, "not-found");
    assertRefused(await steward.post(`/waivers/${id}/revoke`, {}), 422, "request-invalid");
    assertEquals((await revoke()).body, { waiver_id: id });
    assertRefused(await revoke(), 409, "stale");
    const left = (await rep.get("/waivers?in_force=true")).body.waivers;
    assertEquals(left.some((one: { id: string }) => one.id === id), false);
  });
});
