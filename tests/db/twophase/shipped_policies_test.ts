import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { createTestDatabase } from "../../helpers/database.ts";

const org = "00000000-0000-4000-8000-0000000000aa";
const stage = (position: number) => `00000000-0000-4000-8000-00000000010${position}`;
const deal = "00000000-0000-4000-8000-000000000201";

/** An organization with a pipeline of four stages and one to lose in, and a deal in the second. */
async function withDeal(sql: Sql): Promise<void> {
  await sql`insert into public.organizations (id, name) values (${org}, 'Acme')`;
  await sql`insert into public.pipelines (id, org_id, name) values (${stage(0)}, ${org}, 'Sales')`;
  await sql`insert into public.pipeline_stages (id, org_id, pipeline_id, name, position, outcome)
    select ('00000000-0000-4000-8000-00000000010' || n)::uuid, ${org}, ${
    stage(0)
  }, 'Stage ' || n, n * 10, case n when 5 then 'lost' else 'open' end
    from generate_series(1, 5) as n`;
  await sql`insert into public.deals (id, org_id, name, pipeline_id, stage_id) values (${deal}, ${org}, 'Deal', ${
    stage(0)
  }, ${stage(2)})`;
  await sql`update governance.change_policies set status = 'active'`;
}

Deno.test("every shipped policy can be set active; as it ships it is a draft and holds nothing up", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const shipped = await sql`select policy_key, status from governance.change_policies order by 1`;
  assertEquals(shipped.map(({ policy_key, status }) => [policy_key, status]), [
    ["bank-account", "draft"],
    ["bank-account-new", "draft"],
    ["billing-processor", "draft"],
    ["coverage-eligibility", "draft"],
    ["deal-stage-jump", "draft"],
    ["member-eligibility", "draft"],
  ]);
  await sql`update governance.change_policies set status = 'active'`;
  assertEquals([
    ...await sql`select policy_key from governance.change_policies where suspended_reason is not null`,
  ], []);
});

Deno.test("a deal goes one stage on or is lost freely; one that skips a stage or goes backwards waits", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  await withDeal(sql);
  const moves: [to: number, waits: boolean][] = [[3, false], [2, true], [1, true], [4, false], [2, true], [
    5,
    false,
  ]];
  for (const [to, waits] of moves) {
    const before = (await sql`select stage_id from public.deals`)[0]!["stage_id"];
    await sql`update public.deals set stage_id = ${stage(to)}, stage_name = ${`Stage ${to}`}`;
    const [row] = await sql`select stage_id from public.deals`;
    assertEquals(row!["stage_id"], waits ? before : stage(to), `to ${to}`);
  }
  await sql`update public.deals set stage_id = null`;
  await sql`update public.deals set stage_id = ${stage(1)}`;
  await sql`update public.deals set stage_id = ${stage(3)}, amount = 5`;
  const [row] = await sql`select stage_id, amount from public.deals`;
  assertEquals([row!["stage_id"], row!["amount"]], [stage(1), "5.00"]);
});

Deno.test("eligibility, processors and bank accounts wait for those whom their policies name", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  await withDeal(sql);
  await sql`insert into public.members (id, org_id, last_name) values (${stage(1)}, ${org}, 'Lee')`;
  await sql`insert into public.billing_processors (id, org_id, name) values (${stage(2)}, ${org}, 'Cards')`;
  await sql`insert into public.bank_accounts (id, org_id, member_id, account_fingerprint) values (${
    stage(3)
  }, ${org}, ${stage(1)}, 'old')`;
  await sql`update public.members set status = 'terminated', city = 'Kiel'`;
  await sql`update public.billing_processors set settles_within_days = 9`;
  await sql`update public.bank_accounts set account_fingerprint = 'new'`;
  const requests =
    await sql`select policy_key, approver_role, approvals_needed from governance.change_requests order by place`;
  assertEquals(requests.map((row) => Object.values(row)), [
    ["member-eligibility", "steward", 1],
    ["billing-processor", "admin", 1],
    ["bank-account", "admin", 2],
  ]);
  const [left] =
    await sql`select m.status, m.city, b.account_fingerprint from public.members m, public.bank_accounts b`;
  assertEquals({ ...left }, { status: "active", city: "Kiel", account_fingerprint: "old" });
  const [review] =
    await sql`select discriminator from governance.data_quality_issues where rule_key = 'system-change-review'`;
  assertEquals(review!["discriminator"], "bank-account-new");
});
