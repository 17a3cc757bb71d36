import { assert, assertEquals } from "@std/assert";
import { harborLane, kestrel, openSql, signedIn, untilDrained } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs, apiClient } from "./support.ts";

/** Leads of every fate: clean, corrected, with issues, refused by a rule, by a constraint, by their form. */
function leads(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const good = {
      first_name: "Ann",
      last_name: `Lee ${index}`,
      company: "Acme",
      email: `ann.${index}@example.com`,
    };
    switch (index % 6) {
      case 0:
        return good;
      case 1:
        return { ...good, email: ` ANN.${index}@EXAMPLE.COM ` };
      case 2:
        return { ...good, email: "no address at all", country: "Philipines" };
      case 3:
        return { status: "new" };
      case 4:
        return { ...good, owner_user_id: "nobody" };
      default:
        return {
          ...good,
          phone: "(212) 555-01" + String(index % 100).padStart(2, "0"),
          country: "united states",
        };
    }
  });
}

Deno.test("validate says of records that are not written what then becomes of them when they are", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const rep = await apiAs(stack, "rep@harbor-lane.example.com");
  const records = leads(60).map((fields) => ({ fields: { id: crypto.randomUUID(), ...fields } }));
  const call = { entity_type: "lead", org_id: harborLane, records };
  const said = await rep.post("/validate", call);
  assertEquals(said.status, 200, JSON.stringify(said.body));

  await t.step("nothing was written", async () => {
    assertEquals(Number((await sql`select count(*) from public.leads`)[0]!["count"]), 0);
    assertEquals(
      Number(
        (await sql`select count(*) from governance.audit_events where entity_type = 'lead'`)[0]!["count"],
      ),
      0,
    );
    assertEquals((await rep.post("/validate", call)).body, said.body, "and the second time it says the same");
  });

  await t.step("each record has the verdict that writing it has", async () => {
    const client = await signedIn(stack, "rep@harbor-lane.example.com");
    const refused = new Set<number>();
    for (const [n, { fields }] of records.entries()) {
      const { error } = await client.from("leads").insert({ org_id: harborLane, ...fields });
      if (error !== null) refused.add(n);
    }
    await untilDrained(sql);
    const issues =
      await sql`select record_key, rule_key, message from governance.data_quality_issues where status = 'open' order by 1, 2`;
    const fixes =
      await sql`select record_key, rule_key, patch from governance.fixes where cause = 'auto' order by record_key, place`;
    for (const [n, record] of said.body.records.entries()) {
      assertEquals(record.verdict === "blocked", refused.has(n), JSON.stringify(record));
      if (record.verdict === "blocked") {
        assert(record.reasons.length > 0);
        continue;
      }
      const key = records[n]!.fields.id;
      assertEquals(record.key, key);
      const found = issues.filter(({ record_key }) => record_key === key);
      assertEquals(
        record.issues.map(({ rule_key, message }: Record<string, string>) => [rule_key, message]).sort(),
        found.map(({ rule_key, message }) => [rule_key, message]),
      );
      const done = fixes.filter(({ record_key }) => record_key === key);
      assertEquals(
        record.fixes.map(({ rule_key, patch }: Record<string, unknown>) => [rule_key, patch]).sort(),
        done.map(({ rule_key, patch }) => [rule_key, patch]).sort(),
      );
      assertEquals(record.verdict, found.length > 0 ? "issues" : done.length > 0 ? "fixed" : "written");
    }
    const verdicts = new Set(said.body.records.map(({ verdict }: { verdict: string }) => verdict));
    assertEquals(
      [...verdicts].sort(),
      ["blocked", "fixed", "issues", "written"],
      "the test sees every verdict",
    );
  });

  await t.step("a known key is judged as the change that it would be", async () => {
    const [first] = records;
    const answer = await rep.post("/validate", {
      ...call,
      records: [
        { key: first!.fields.id, fields: { email: "broken" } },
        { key: first!.fields.id, fields: { email: "a@example.com" } },
        { key: first!.fields.id.toUpperCase(), fields: { last_name: "Lee 0" } },
      ],
    });
    const [changed, again, upper] = answer.body.records;
    assertEquals([changed.operation, changed.verdict], ["update", "issues"]);
    assertEquals([again.verdict, again.same_as], ["same_key", 0]);
    assertEquals([upper.operation, upper.key], ["none", first!.fields.id]);
    const [stored] = await sql`select email from public.leads where id = ${first!.fields.id}`;
    assertEquals(stored!["email"], "ann.0@example.com");
  });

  await t.step("a thousand records a call, and not one more", async () => {
    const many = leads(1000).map((fields) => ({ fields }));
    const before = performance.now();
    const answer = await rep.post("/validate", { ...call, records: many });
    assertEquals([answer.status, answer.body.records.length], [200, 1000]);
    const stats = stack.functions.stats().find(({ name }) => name === "governance-api")!;
    console.log(
      `      1,000 records: ${Math.round(performance.now() - before)} ms, CPU at most ${stats.maxCpuMs} ms`,
    );
    const more = await rep.post("/validate", { ...call, records: [...many, { fields: {} }] });
    assertEquals([more.status, more.body.context.faults[0].at], [422, "/body/records"]);
    const huge = await rep.post("/validate", {
      ...call,
      records: [{ fields: { notes: "x".repeat(5_100_000) } }],
    });
    assertEquals([huge.status, huge.body.context], [413, { limit_bytes: 5_000_000 }]);
  });

  await t.step("a viewer, an outsider and a stranger learn nothing", async () => {
    const viewer = await (await apiAs(stack, "viewer@harbor-lane.example.com")).post("/validate", {
      ...call,
      records: [{ fields: { last_name: "New" } }],
    });
    assertEquals(viewer.body.records[0].reasons[0].code, "not-allowed");
    const outsider = await apiAs(stack, "admin@kestrel.example.com");
    assertEquals((await outsider.post("/validate", { ...call, records: [records[0]] })).status, 404);
    const foreign = await outsider.post("/validate", {
      entity_type: "lead",
      org_id: kestrel,
      records: [{ key: records[0]!.fields.id, fields: { last_name: "Mine" } }],
    });
    assertEquals(foreign.body.records[0].verdict, "blocked");
    assertEquals((await apiClient(stack).post("/validate", call)).status, 401);
    assertEquals((await rep.post("/validate", { ...call, entity_type: "unicorn" })).body.code, "not-found");
  });
});
