import { assertEquals, assertStringIncludes } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { allOf, amountRule, assertRefused, faultsOf, sendJson, signInAskers } from "./rule_support.ts";

const nobody = "00000000-0000-4000-8000-0000000000ff";

Deno.test("admins write rules through the API, with the version that they have seen", async (t) => {
  await using stack = await startTestStack();
  const { admin, steward, rep, outsider } = await signInAskers(stack);

  let id = "";
  await t.step("an admin makes a draft, and hears what it says and what speaks against it", async () => {
    const { status, body } = await admin.post("/rules", amountRule);
    assertEquals([status, body.rule_key, body.version, body.status], [201, amountRule.rule_key, 1, "draft"]);
    assertStringIncludes(body.sentence, "more than 100");
    assertEquals(Array.isArray(body.warnings), true);
    id = body.id;
  });
  await t.step("a key that is taken is refused, and the rule stays what it was", async () => {
    const again = await admin.post("/rules", { ...amountRule, message: "Other." });
    assertRefused(again, 409, "rule-exists");
    assertEquals([again.body.context.id, again.body.context.version], [id, 1]);
    assertEquals((await admin.get(`/rules/${id}`)).body.message, amountRule.message);
  });
  await t.step("nobody else makes one there, and no admin one for everybody", async () => {
    for (const client of [steward, rep, outsider]) {
      assertRefused(await client.post("/rules", { ...amountRule, rule_key: "another" }), 403, "not-allowed");
    }
    assertRefused(await admin.post("/rules", { ...amountRule, org_id: null }), 403, "not-allowed");
  });
  await t.step("what is not as described is named, each with its place", async () => {
    const wrong = { ...amountRule, rule_key: "No Key", severity: "urgent", enforcment: "block", message: "" };
    const answer = await admin.post("/rules", wrong);
    assertRefused(answer, 422, "request-invalid");
    assertEquals(faultsOf(answer).sort(), ["/body", "/body/message", "/body/rule_key", "/body/severity"]);
    assertStringIncludes(JSON.stringify(answer.body), "enforcment");
  });
  await t.step("so is every fault that only the database sees", async () => {
    const condition = {
      combinator: "and",
      rules: [{ field: "no_such_field", operator: "isFilled" }, { field: "amount", operator: "like" }],
    };
    const answer = await admin.post("/rules", { ...amountRule, rule_key: "faulty", condition });
    assertRefused(answer, 422, "rule-invalid");
    assertEquals(faultsOf(answer).map((at) => at.split("/")[3]), ["0", "1"]);
  });
  await t.step("of two who change the same version, the second is told both", async () => {
    const changed = await sendJson(admin, "PATCH", `/rules/${id}`, { severity: "high", expected_version: 1 });
    assertEquals([changed.status, changed.body.version], [200, 2]);
    const late = await sendJson(admin, "PATCH", `/rules/${id}`, { message: "Late.", expected_version: 1 });
    assertRefused(late, 409, "stale");
    assertEquals([late.body.context.version, late.body.context.expected_version], [2, 1]);
    const { body } = await admin.get(`/rules/${id}`);
    assertEquals([body.severity, body.message, body.version], ["high", amountRule.message, 2]);
  });
  await t.step("a change without the version, or of what a rule is, is no change", async () => {
    const blind = await sendJson(admin, "PATCH", `/rules/${id}`, { severity: "low" });
    assertEquals(faultsOf(blind), ["/body/expected_version"]);
    const moved = await sendJson(admin, "PATCH", `/rules/${id}`, {
      entity_type: "lead",
      expected_version: 2,
    });
    assertRefused(moved, 422, "request-invalid");
  });
  await t.step("who may not change it is refused; to whom it does not exist it is not there", async () => {
    const change = { severity: "low", expected_version: 2 };
    for (const client of [steward, rep]) {
      assertRefused(await sendJson(client, "PATCH", `/rules/${id}`, change), 403, "not-allowed");
    }
    assertRefused(await sendJson(outsider, "PATCH", `/rules/${id}`, change), 404, "not-found");
    assertRefused(await sendJson(admin, "PATCH", `/rules/${nobody}`, change), 404, "not-found");
    assertRefused(await outsider.get(`/rules/${id}`), 404, "not-found");
    assertRefused(await outsider.get(`/rules/${amountRule.rule_key}`), 404, "not-found");
    assertRefused(await admin.get("/rules/Not-A-Key"), 422, "request-invalid");
  });
  await t.step("rules are listed by key, each once, and found by key and organization", async () => {
    const rules = await allOf(rep, "/rules?entity_type=deal", "rules", 3);
    const keys = rules.map(({ rule_key }) => rule_key);
    assertEquals(keys, keys.toSorted());
    assertEquals(new Set(rules.map((rule) => rule.id)).size, rules.length);
    const mine = (await rep.get(`/rules?org_id=${harborLane}&status=draft`)).body.rules;
    assertEquals(mine.map((rule: { id: string }) => rule.id), [id]);
    assertEquals((await allOf(outsider, "/rules", "rules", 200)).some((rule) => rule.id === id), false);
    const shared = (await rep.get(`/rules/deal-needs-account-or-contact?org_id=${harborLane}`)).body;
    assertEquals([shared.org_id, shared.rule_key], [null, "deal-needs-account-or-contact"]);
    assertRefused(await rep.get("/rules?status=gone&colour=red"), 422, "request-invalid");
    assertRefused(await rep.get("/rules?cursor=bm9uZQ"), 422, "request-invalid");
  });
  await t.step("the same call under one key makes one rule", async () => {
    const send = () =>
      admin.send("/rules", {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": "rule-1" },
        body: JSON.stringify({ ...amountRule, rule_key: "made-once" }),
      });
    const [first, second] = [await send(), await send()];
    assertEquals([first.status, second.status, second.body.id], [201, 201, first.body.id]);
  });
});

Deno.test("rules are promoted on evidence or with a reason, and taken back to what they were", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const { admin, steward, rep, outsider } = await signInAskers(stack);
  const { id } = (await admin.post("/rules", amountRule)).body;
  const promote = (to: string, reason?: string, client = admin) =>
    client.post(`/rules/${id}/promote`, { to, ...(reason !== undefined && { reason }) });

  await t.step("stewards shadow it, others do not", async () => {
    assertRefused(await promote("shadow", undefined, rep), 403, "not-allowed");
    assertRefused(await promote("shadow", undefined, outsider), 404, "not-found");
    assertEquals((await promote("shadow", undefined, steward)).body, { rule_id: id, version: 2 });
  });
  await t.step("the evidence names what is missing, to stewards", async () => {
    const { status, body } = await steward.get(`/rules/${id}/evidence`);
    assertEquals([status, body.to, body.is_offered, body.missing.length > 0], [200, "active", false, true]);
    assertRefused(await rep.get(`/rules/${id}/evidence`), 403, "not-allowed");
    assertRefused(await outsider.get(`/rules/${id}/evidence`), 404, "not-found");
    assertRefused(await steward.get(`/rules/${id}/evidence?to=deprecated`), 422, "request-invalid");
  });
  await t.step("without evidence it takes a reason, which stays; a steward's is not enough", async () => {
    const early = await promote("active");
    assertRefused(early, 409, "evidence-missing");
    assertEquals(early.body.context.to, "active");
    assertRefused(await promote("active", "I insist.", steward), 403, "not-allowed");
    const late = { to: "active", reason: "Agreed with sales.", expected_version: 1 };
    assertRefused(await admin.post(`/rules/${id}/promote`, late), 409, "stale");
    const seen = await admin.post(`/rules/${id}/promote`, { ...late, expected_version: 2 });
    assertEquals([seen.status, seen.body.version], [200, 3]);
    assertRefused(await promote("nowhere"), 422, "request-invalid");
  });
  await t.step("its versions say who, when, why and what, in words, the newest first", async () => {
    const versions = await allOf(rep, `/rules/${id}/versions`, "versions", 1);
    assertEquals(versions.map(({ version, changes, reason }) => [version, changes[0], reason]), [
      [3, 'status changed from "shadow" to "active"', "Agreed with sales."],
      [2, 'status changed from "draft" to "shadow"', null],
      [1, "made", null],
    ]);
    const [{ id: adminId }] =
      await sql`select id from auth.users where email = 'admin@harbor-lane.example.com'` as unknown as [
        { id: string },
      ];
    assertEquals(versions[0].changed_by, adminId);
    assertRefused(await outsider.get(`/rules/${id}/versions`), 404, "not-found");
  });
  await t.step("an earlier version is restored, unless the rule changed meanwhile", async () => {
    const restore = (body: unknown, client = admin) => client.post(`/rules/${id}/restore`, body);
    assertRefused(await restore({ version: 1, expected_version: 2 }), 409, "stale");
    assertRefused(await restore({ version: 9 }), 404, "not-found");
    assertRefused(await restore({ version: 1 }, rep), 403, "not-allowed");
    assertRefused(await restore({ version: 1 }, outsider), 404, "not-found");
    assertRefused(await restore({ version: 0, expected_version: "x" }), 422, "request-invalid");
    assertEquals((await restore({ version: 1, expected_version: 3 })).body, { rule_id: id, version: 4 });
    assertEquals((await admin.get(`/rules/${id}`)).body.status, "draft");
  });
  await t.step("retiring it is a step as the others, and its health is told to stewards", async () => {
    assertEquals((await promote("deprecated", "Nobody needs it.")).body.version, 5);
    const health = await allOf(steward, `/rule-health?org_id=${harborLane}`, "rules", 7);
    const keys = health.map(({ rule_key }) => rule_key);
    assertEquals(keys, keys.toSorted());
    assertEquals(health.find((rule) => rule.rule_id === id).status, "deprecated");
    assertRefused(await rep.get(`/rule-health?org_id=${harborLane}`), 403, "not-allowed");
    assertRefused(await outsider.get(`/rule-health?org_id=${harborLane}`), 403, "not-allowed");
    assertRefused(await steward.get("/rule-health"), 403, "not-allowed");
  });
});
