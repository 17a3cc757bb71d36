import { assertEquals } from "@std/assert";
import { harborLane, openSql, until } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { assertRefused, faultsOf, signInAskers } from "./rule_support.ts";

Deno.test("an admin has an entity swept through the API, and sees when it is done", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const { admin, steward, rep, outsider } = await signInAskers(stack);
  await sql.begin(async (silent) => {
    await silent`alter table public.deals disable trigger user`;
    await silent`insert into public.deals (org_id, name) values (${harborLane}, 'Crane')`;
    await silent`alter table public.deals enable trigger user`;
  });

  await t.step("others may not, and what is no entity is named", async () => {
    for (const client of [steward, rep]) {
      assertRefused(await client.post("/sweeps", { entity_type: "deal" }), 403, "not-allowed");
    }
    assertRefused(await admin.post("/sweeps", { entity_type: "moon" }), 404, "not-found");
    const wrong = await admin.post("/sweeps", { entity_type: "Deal!", everything: true });
    assertRefused(wrong, 422, "request-invalid");
    assertEquals(faultsOf(wrong).sort(), ["/body", "/body/entity_type"]);
    assertEquals((await sql`select from governance.runs where reason = 'on demand'`).length, 0);
  });
  await t.step("what nobody captured is found", async () => {
    const { status, body } = await admin.post("/sweeps", { entity_type: "deal" });
    assertEquals([status, body.entity_type], [202, "deal"]);
    const read = () => admin.get(`/sweeps/${body.run_id}`);
    await until("the sweep is done", 60_000, async () => (await read()).body.status === "succeeded");
    const { body: done } = await read();
    assertEquals(Object.keys(done).filter((name) => done[name] === null), []);
    const found = await sql`
      select rule_key from governance.data_quality_issues where entity_type = 'deal' and status = 'open' order by 1`;
    assertEquals(found.map(({ rule_key }) => rule_key), [
      "deal-needs-account-or-contact",
      "open-deal-has-owner",
    ]);
  });
  await t.step("how far it is, admins may know, of a sweep that there is", async () => {
    const { body } = await outsider.post("/sweeps", { entity_type: "lead" });
    assertEquals((await admin.get(`/sweeps/${body.run_id}`)).status, 200);
    assertRefused(await rep.get(`/sweeps/${body.run_id}`), 403, "not-allowed");
    assertRefused(await admin.get(`/sweeps/${crypto.randomUUID()}`), 404, "not-found");
    assertRefused(await admin.get("/sweeps/first"), 422, "request-invalid");
  });
});
