import { assertEquals } from "@std/assert";
import { harborLane, kestrel } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { allOf, assertRefused, faultsOf, sendJson, signInAskers } from "./rule_support.ts";

const overrides = `/organizations/${harborLane}/rule-overrides`;
const path = `${overrides}/deal-is-about-something`;
const deal = { entity_type: "deal", records: [{ fields: { amount: 1 } }] };

Deno.test("an organization lets a shared rule hold otherwise through the API, and takes it back", async (t) => {
  await using stack = await startTestStack();
  const { admin, steward, rep, outsider } = await signInAskers(stack);
  const writes = (client: typeof rep, org_id: string) => client.post("/records", { ...deal, org_id });

  await t.step("the shared rule bites everywhere", async () => {
    assertRefused(await writes(rep, harborLane), 422, "records-refused");
    assertRefused(await writes(outsider, kestrel), 422, "records-refused");
  });
  await t.step("only admins of the organization override it, and not what it judges", async () => {
    for (const client of [steward, rep, outsider]) {
      assertRefused(await sendJson(client, "PUT", path, { status: "shadow" }), 403, "not-allowed");
      assertRefused(await client.send(path, { method: "DELETE" }), 403, "not-allowed");
    }
    const wrong = await sendJson(admin, "PUT", path, { status: "off", condition: null, severity: 1 });
    assertRefused(wrong, 422, "request-invalid");
    assertEquals(faultsOf(wrong).sort(), ["/body", "/body/severity", "/body/status"]);
    assertRefused(
      await sendJson(admin, "PUT", `${overrides}/no-such-rule`, { status: "shadow" }),
      404,
      "not-found",
    );
    assertRefused(await admin.send(path, { method: "DELETE" }), 404, "not-found");
  });
  await t.step("as an issue it lets the write in, here and nowhere else", async () => {
    const { status, body } = await sendJson(admin, "PUT", path, { enforcement: "issue" });
    assertEquals([status, body.version, body.status], [200, 1, "active"]);
    assertEquals((await writes(rep, harborLane)).status, 200);
    assertRefused(await writes(outsider, kestrel), 422, "records-refused");
  });
  await t.step("what differs is listed in words", async () => {
    const [mine, ...others] = await allOf(rep, overrides, "overrides", 1);
    assertEquals([mine.rule_key, mine.enforcement, mine.shared_enforcement, others.length], [
      "deal-is-about-something",
      "issue",
      "block",
      0,
    ]);
    assertEquals(mine.differences, [
      'enforcement changed from "block" to "issue"',
      'timing changed from "write" to "async"',
    ]);
    assertEquals((await outsider.get(overrides)).body.overrides, []);
  });
  await t.step("it is changed in the version that the admin has seen", async () => {
    const change = { severity: "low", expected_version: 1 };
    assertEquals((await sendJson(admin, "PUT", path, change)).body.version, 2);
    assertRefused(await sendJson(admin, "PUT", path, change), 409, "stale");
  });
  await t.step("taken back, the shared rule bites again", async () => {
    const { status, body } = await admin.send(path, { method: "DELETE" });
    assertEquals([status, body.enforcement, body.org_id], [200, "block", harborLane]);
    assertRefused(await writes(rep, harborLane), 422, "records-refused");
    assertRefused(await admin.send(path, { method: "DELETE" }), 404, "not-found");
  });
  await t.step(
    "to bite harder than the shared rule takes evidence from the organization, or a reason",
    async () => {
      const harder = `${overrides}/deal-needs-account-or-contact`;
      const early = await sendJson(admin, "PUT", harder, { enforcement: "block" });
      assertRefused(early, 409, "evidence-missing");
      assertEquals([early.body.context.to, early.body.context.decided], ["block", 0]);
      const forced = await sendJson(admin, "PUT", harder, {
        enforcement: "block",
        reason: "Agreed with sales.",
      });
      assertEquals([forced.status, forced.body.version], [200, 1]);
      const { versions } = (await admin.get(`/rules/${forced.body.id}/versions`)).body;
      assertEquals(versions[0].reason, "Agreed with sales.");
      const removed = await admin.send(harder, { method: "DELETE" });
      assertEquals(removed.status, 200, JSON.stringify(removed.body));
    },
  );
  await t.step("a rule that is the organization's alone is no override", async () => {
    const own = {
      rule_key: "deal-has-amount",
      org_id: harborLane,
      entity_type: "deal",
      dimension: "completeness",
      message: "No amount.",
      condition: { combinator: "and", rules: [{ field: "amount", operator: "notNull" }] },
    };
    const drafted = await admin.post("/rules", own);
    assertEquals(drafted.status, 201, JSON.stringify(drafted.body));
    assertRefused(await admin.send(`${overrides}/deal-has-amount`, { method: "DELETE" }), 404, "not-found");
    assertEquals((await allOf(admin, overrides, "overrides", 5)).length, 0);
  });
});
