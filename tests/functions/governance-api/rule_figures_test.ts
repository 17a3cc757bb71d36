import { assertEquals } from "@std/assert";
import { harborLane, kestrel, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { amountRule, assertRefused, signInAskers } from "./rule_support.ts";

const nobody = "00000000-0000-4000-8000-0000000000ff";

Deno.test("whom a rule hits is told through the API: refused writes, and what a shadow counts", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const { admin, steward, rep, outsider } = await signInAskers(stack);
  const block = { ...amountRule, enforcement: "block", status: "active" };
  const { id } = (await admin.post("/rules", block)).body;
  const write = (amount: number) =>
    rep.post("/records", {
      entity_type: "deal",
      org_id: harborLane,
      records: [{ fields: { name: "Crane", account_name: "Acme", amount } }],
    });
  const [user] = await sql`select id from auth.users where email = 'rep@harbor-lane.example.com'`;

  await t.step("refusals: an upper bound, and exactly what the API was refused, by actor", async () => {
    for (const amount of [1, 2, 500]) await write(amount);
    const { status, body } = await steward.get(`/rules/${id}/refusals`);
    assertEquals([status, body.calls, body.records, body.at_most >= 2], [200, 2, 2, true]);
    assertEquals(
      body.by_actor.map((x: Record<string, unknown>) => [x["actor"], x["rule_version"], x["records"]]),
      [[user!["id"], 1, 2]],
    );
    assertEquals(body.by_day.length, 1);
    assertEquals(body.at_most_is_of_all_organizations, false);
  });
  await t.step("shadow: what it would have refused, by day, source and actor, with samples", async () => {
    await admin.post(`/rules/${id}/promote`, { to: "shadow" });
    assertEquals((await write(3)).status, 200);
    const { status, body } = await steward.get(`/rules/${id}/shadow?days=1`);
    assertEquals([status, body.hits, body.status], [200, 1, "shadow"]);
    assertEquals([body.by_day[0].hits, body.by_source.length, body.by_actor], [1, 1, [{
      actor: user!["id"],
      hits: 1,
    }]]);
    assertEquals(body.by_version, [{ rule_version: 2, hits: 1 }]);
    assertEquals(body.samples.map(({ message }: { message: string }) => message), ["3.00 is not above 100."]);
  });
  await t.step("of a shared rule each organization is told its own, and no more", async () => {
    const shared = (await rep.get("/rules/deal-is-about-something")).body;
    await rep.post("/records", {
      entity_type: "deal",
      org_id: harborLane,
      records: [{ fields: { amount: 1 } }],
    });
    const path = `/rules/${shared.id}/refusals`;
    const mine = (await steward.get(`${path}?org_id=${harborLane}`)).body;
    assertEquals([mine.records, mine.at_most_is_of_all_organizations], [1, true]);
    assertEquals((await outsider.get(`${path}?org_id=${kestrel}`)).body.records, 0);
    for (const place of ["refusals", "shadow"]) {
      assertRefused(await steward.get(`/rules/${shared.id}/${place}`), 403, "not-allowed");
      assertRefused(
        await outsider.get(`/rules/${shared.id}/${place}?org_id=${harborLane}`),
        403,
        "not-allowed",
      );
    }
  });
  await t.step("only stewards of the organization are told", async () => {
    for (const place of ["refusals", "shadow"]) {
      assertRefused(await rep.get(`/rules/${id}/${place}`), 403, "not-allowed");
      assertRefused(await outsider.get(`/rules/${id}/${place}`), 404, "not-found");
      assertRefused(await steward.get(`/rules/${nobody}/${place}`), 404, "not-found");
      assertRefused(await steward.get(`/rules/${id}/${place}?org_id=${kestrel}`), 404, "not-found");
      assertRefused(await steward.get(`/rules/${id}/${place}?days=0&x=1`), 422, "request-invalid");
    }
  });
});
