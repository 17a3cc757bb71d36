import { assertEquals } from "@std/assert";
import { startTestStack } from "../helpers/stack.ts";
import { harborLane, kestrel, openSql, untilDrained } from "./support.ts";

Deno.test("the demo data shows every shipped rule at work, and loading them again changes nothing", async (t) => {
  await using stack = await startTestStack({ seed: true });
  await using sql = openSql(stack);
  await untilDrained(sql, 120_000);

  await t.step("every shipped rule that blocks nothing has an open issue or a recorded fix", async () => {
    const silent = await sql`
      select r.rule_key from governance.data_quality_rules r
      where r.org_id is null and r.status = 'active' and r.enforcement <> 'block'
        and not exists (select from governance.data_quality_issues i where i.rule_key = r.rule_key and i.status = 'open')
        and not exists (select from governance.fixes f where f.rule_key = r.rule_key and f.reverted_at is null)
      order by 1`;
    assertEquals(silent.map((row) => row["rule_key"]), []);
  });

  await t.step("both organizations have issues, and no fix was refused or chased another", async () => {
    const orgs = await sql`select distinct org_id from governance.data_quality_issues order by 1`;
    assertEquals(orgs.map((row) => row["org_id"]), [harborLane, kestrel]);
    const odd = await sql`select rule_key, message from governance.data_quality_issues
      where rule_key like 'system-%' or message like 'This record could not be corrected%'`;
    assertEquals([...odd], []);
  });

  await t.step("a second load changes nothing", async () => {
    const state = async () => {
      const [row] = await sql`select (select count(*)::int from governance.audit_events) as events,
        (select count(*)::int from governance.data_quality_issues) as issues, (select count(*)::int from members) as members`;
      return { ...row };
    };
    const before = await state();
    await sql.unsafe(await Deno.readTextFile(new URL("../../supabase/seed.sql", import.meta.url))).simple();
    await untilDrained(sql);
    assertEquals(await state(), before);
  });
});
