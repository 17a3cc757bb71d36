import { assertEquals, assertStringIncludes } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { allOf, amountRule, assertRefused, faultsOf, signInAskers } from "./rule_support.ts";

Deno.test("a rule is drafted, checked and tried on history through the API before anything of it is saved", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const { admin, steward, rep, outsider } = await signInAskers(stack);
  await sql`insert into public.deals ${
    sql(Array.from({ length: 9 }, (_, n) => ({
      org_id: harborLane,
      name: `Crane ${n}`,
      account_name: "Acme",
      amount: n < 5 ? 1 : 500,
    })))
  }`;
  const rules = async () =>
    Number((await sql`select count(*) from governance.data_quality_rules`)[0]!["count"]);
  const before = await rules();

  await t.step("every pattern has its parameters and an example that becomes a draft", async () => {
    const patterns = await allOf(rep, "/rule-patterns", "patterns", 4);
    assertEquals(patterns.length >= 15, true);
    for (const { pattern, example } of patterns) {
      const { status, body } = await rep.post("/rule-drafts", { pattern, ...example });
      assertEquals([status, body.draft?.status], [200, "draft"], JSON.stringify(body));
    }
  });
  await t.step("a draft with an organization is what checking and making a rule take", async () => {
    const call = { pattern: "range", entity_type: "deal", parameters: { field: "amount", least: "0" } };
    const { draft, sentence } = (await admin.post("/rule-drafts", call)).body;
    const rule = { ...draft, org_id: harborLane };
    const checked = await steward.post("/rules/check", { rule });
    assertEquals([checked.status, checked.body.sentence], [200, sentence]);
    assertEquals(await rules(), before);
    const made = await admin.post("/rules", rule);
    assertEquals([made.status, made.body.sentence], [201, sentence]);
    await sql`delete from governance.data_quality_rules where id = ${made.body.id}`;
  });
  await t.step("what does not fit a pattern is named by parameter", async () => {
    const wrong = { pattern: "range", entity_type: "deal", parameters: { fild: "amount" } };
    const answer = await rep.post("/rule-drafts", wrong);
    assertRefused(answer, 422, "rule-invalid");
    assertEquals(faultsOf(answer), ["/field", "/fild"]);
    assertRefused(await rep.post("/rule-drafts", { ...wrong, pattern: "no_such" }), 404, "not-found");
    assertRefused(await rep.post("/rule-drafts", { ...wrong, entity_type: "no_such" }), 404, "not-found");
    assertRefused(await rep.post("/rule-drafts", { pattern: "range" }), 422, "request-invalid");
  });
  await t.step("checking tells a block that most records violate, and every fault at once", async () => {
    const { body } = await steward.post("/rules/check", { rule: { ...amountRule, enforcement: "block" } });
    assertEquals(body.warnings[0].code, "most-records-violate");
    const rule = {
      ...amountRule,
      due_in: "soon",
      condition: { combinator: "and", rules: [{ field: "gone" }] },
    };
    const answer = await steward.post("/rules/check", { rule });
    assertRefused(answer, 422, "rule-invalid");
    assertEquals(faultsOf(answer), ["/due_in", "/condition/rules/0"]);
    assertRefused(
      await steward.post("/rules/check", { rule: { ...amountRule, colour: "red" } }),
      422,
      "request-invalid",
    );
    assertRefused(await steward.post("/rules/check", { rule: {} }), 422, "request-invalid");
    assertRefused(await rep.post("/rules/check", { rule: amountRule }), 403, "not-allowed");
    assertRefused(await outsider.post("/rules/check", { rule: amountRule }), 403, "not-allowed");
    assertEquals(await rules(), before);
  });
  await t.step("a backtest counts records and writes, and its keys come page by page", async () => {
    const trial = { rule: amountRule, org_id: harborLane };
    const { status, body } = await steward.post("/rule-backtests", { ...trial, days: 7 });
    assertEquals([status, body.current.violations, body.current.complete], [200, 5, true]);
    assertEquals([body.replay.violations, body.replay.by_source[0].violations], [5, 5]);
    assertEquals(body.current.samples.length, 5);
    const keys: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await steward.post("/rule-backtests/keys", {
        ...trial,
        limit: 2,
        ...(cursor !== "" && { cursor }),
      });
      assertEquals(page.status, 200);
      keys.push(...page.body.keys);
      cursor = page.body.next;
    }
    const violating = await sql`select id from public.deals where amount <= 100 order by id`;
    assertEquals(keys, violating.map(({ id }) => id));
    assertEquals(await rules(), before);
  });
  await t.step("a backtest that ends at its budget goes on where it stopped", async () => {
    const trial = { rule: amountRule, org_id: harborLane, days: 7, budget_ms: 1 };
    const sum = { violations: 0, hits: 0, calls: 0 };
    for (let cursor: string | null = ""; cursor !== null; sum.calls++) {
      const { status, body } = await steward.post("/rule-backtests", { ...trial, ...(cursor && { cursor }) });
      assertEquals(status, 200, JSON.stringify(body));
      sum.violations += body.current.violations;
      sum.hits += body.replay.violations;
      if (body.next !== null) {
        const other = await steward.post("/rule-backtests", { ...trial, days: 8, cursor: body.next });
        assertRefused(other, 409, "stale");
      }
      cursor = body.next;
    }
    assertEquals([sum.violations, sum.hits, sum.calls >= 2], [5, 5, true]);
    assertRefused(
      await steward.post("/rule-backtests", { ...trial, cursor: "W3t9XQ" }),
      422,
      "invalid-value",
    );
    assertRefused(
      await steward.post("/rule-backtests", { ...trial, cursor: "bm9uZQ" }),
      422,
      "request-invalid",
    );
  });
  await t.step("a saved rule is tried with what is to be different", async () => {
    const { id } = (await admin.post("/rules", amountRule)).body;
    const looser = { combinator: "and", rules: [{ field: "amount", operator: ">", value: "0" }] };
    const call = { rule: { id, condition: looser }, org_id: harborLane, days: 0 };
    const { body } = await steward.post("/rule-backtests", call);
    assertEquals([body.current.violations, body.replay], [0, null]);
    assertRefused(
      await outsider.post("/rule-backtests", { ...call, org_id: "00000000-0000-4000-8000-00000000b000" }),
      404,
      "not-found",
    );
    const moved = await steward.post("/rule-backtests", { ...call, rule: { id, entity_type: "lead" } });
    assertRefused(moved, 422, "rule-invalid");
    assertStringIncludes(moved.body.detail, "entity type");
  });
  await t.step("only stewards try rules, each in the own organization", async () => {
    for (const path of ["/rule-backtests", "/rule-backtests/keys"]) {
      const call = { rule: amountRule, org_id: harborLane };
      assertRefused(await rep.post(path, call), 403, "not-allowed");
      assertRefused(await outsider.post(path, call), 403, "not-allowed");
      assertRefused(await admin.post(path, { rule: amountRule }), 403, "not-allowed");
      const condition = { combinator: "and", rules: [{ field: "gone", operator: "isFilled" }] };
      assertRefused(
        await steward.post(path, { ...call, rule: { ...amountRule, condition } }),
        422,
        "rule-invalid",
      );
      assertRefused(await steward.post(path, { ...call, days: -1, limit: 0 }), 422, "request-invalid");
    }
    const foreign = { rule: amountRule, org_id: harborLane, cursor: "bm9uZQ" };
    assertEquals(faultsOf(await steward.post("/rule-backtests/keys", foreign)), ["/body/cursor"]);
  });
});
