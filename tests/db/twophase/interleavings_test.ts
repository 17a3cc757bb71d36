import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import postgres, { type TransactionSql } from "postgres";
import { addOrders, createWorld, type Person, type World } from "../support/mod.ts";
import { savePolicy } from "./support.ts";

const RECORDS = ["1", "2", "3"];

/** What one person does in one transaction; requests are picked by their place among those that exist then. */
const step = fc.tuple(
  fc.constantFrom(
    "edit",
    "edit",
    "propose",
    "propose",
    "approve",
    "approve",
    "approve",
    "approve",
    "approve",
    "commit",
    "commit",
    "reject",
    "revise",
  ),
  fc.constantFrom<Person>("member", "colleague", "member", "steward"),
  fc.constantFrom<Person>("steward", "admin", "steward", "admin", "member"),
  fc.subarray(RECORDS, { minLength: 1 }),
  fc.constantFrom("amount", "note", "note"),
  fc.integer({ min: 1, max: 4 }),
  fc.constantFrom(0, 0, 0, 1, 2),
  fc.constantFrom(true, true, false),
  fc.integer({ min: 0, max: 3 }),
).map(([verb, asker, decider, records, field, value, pick, also, pause]) => ({
  who: /edit|propose|revise/.test(verb) ? asker : decider,
  verb,
  records,
  field,
  value,
  pick,
  also,
  pause,
}));
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function pick(sql: TransactionSql, place: number): Promise<string | null> {
  const rows = await sql`select id from governance.change_requests
    where status in ('proposed', 'validated', 'approved', 'changes_requested') order by place desc`;
  return rows.length === 0 ? null : rows[place % rows.length]!["id"];
}

async function run(
  sql: TransactionSql,
  { verb, records, field, value, pick: place, also }: Step,
): Promise<void> {
  const values = { [field]: String(value), ...(also && verb === "propose" && { status: String(value) }) };
  if (verb === "edit") {
    // One record: an update of several holds them in the order of the table, and can wait in a circle with anybody.
    await sql`update shop.orders set ${sql(values)} where id = ${records[0]!}`;
    return;
  } else if (verb === "propose") {
    const changes = records.map((key: string) => ({ key, values }));
    await sql`select governance.propose_changes('purchase', ${sql.json(changes as never)}, 'because')`;
    return;
  }
  const id = await pick(sql, place);
  if (id === null) return;
  if (verb === "approve") await sql`select governance.approve_change(${id}, 'fine', ${also})`;
  if (verb === "commit") await sql`select governance.commit_change(${id})`;
  if (verb === "reject") await sql`select governance.reject_change(${id}, 'no')`;
  if (verb === "revise") await sql`select governance.revise_change(${id})`;
}

/** One session: its steps after each other, each a transaction that stays open for a moment. */
async function session(world: World, steps: Step[]): Promise<string[]> {
  const refusals: string[] = [];
  for (const each of steps) {
    try {
      await world.as(each.who, async (sql) => {
        await run(sql, each);
        if (each.pause > 0) await sql`select pg_sleep(${each.pause / 1000})`;
      });
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      // A deadlock takes one of the two back whole: it commits nothing.
      assert(/^PT4|^40P01$/.test(error.code), `${error.code} ${error.message}`);
      refusals.push(error.code);
    }
  }
  return refusals;
}

/** Every write of a guarded field that no approved, fresh request explains; as the audit and the decisions have it. */
const unexplained = (world: World) =>
  world.sql`
  with events as (
    select e.id, e.record_key, e.before, e.after, e.cause_kind, e.cause_id from governance.audit_events e
    where e.entity_type = 'purchase' and e.operation = 'update' and (e.after ? 'amount' or e.cause_kind is not null)
  ), judged as (
    select e.*, q.status, q.approvals_needed, r.before as pre_image, r.after as asked, c.id as committed, q.revision,
      (select count(*) from governance.change_request_decisions d where d.request_id = q.id and d.decision = 'committed') as commits,
      (select count(distinct d.decided_by) from governance.change_request_decisions d
       where d.request_id = q.id and d.revision = q.revision and d.decision = 'approved' and d.id < c.id
         and d.decided_by is not null and d.decided_by is distinct from q.proposed_by
         and exists (select from governance.memberships m where m.user_id = d.decided_by and m.role in ('steward', 'admin'))) as approvals
    from events e
    left join governance.change_requests q on q.id::text = e.cause_id
    left join governance.change_request_records r on r.request_id = q.id and r.record_key = e.record_key
    left join governance.change_request_decisions c on c.request_id = q.id and c.decision = 'committed'
  )
  select * from judged j
  where j.cause_kind is distinct from 'change_request' or j.status <> 'committed' or j.commits <> 1
    or j.approvals < case when j.after ? 'amount' then 2 else 1 end
    -- Stale: what was overwritten is not what was there when it was asked; or something else was written than asked.
    or exists (select from jsonb_each_text(j.before) b where j.pre_image ->> b.key is distinct from
        case b.key when 'amount' then to_char(b.value::numeric, 'FM990.00') else b.value end)
    or exists (select from jsonb_each_text(j.after) a where j.asked ->> a.key is distinct from
        case a.key when 'amount' then to_char(a.value::numeric, 'FM990.00') else a.value end)`;

Deno.test("no interleaving of two sessions commits an unapproved or stale change: 200 random schedules", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await savePolicy(sql, { approvals_needed: 2 });
  const schedules = fc.sample(
    fc.tuple(
      fc.array(step, { minLength: 8, maxLength: 12 }),
      fc.array(step, { minLength: 8, maxLength: 12 }),
    ),
    {
      numRuns: 200,
      seed: 20261126,
    },
  );
  let committed = 0, sentBack = 0, refused = 0;
  for (const [one, two] of schedules) {
    await sql`truncate governance.change_requests, governance.notifications cascade`;
    await sql`delete from shop.orders`;
    await sql`delete from governance.audit_events`;
    await addOrders(sql, ...RECORDS.map((id) => ({ id, amount: "0", note: "0", status: "0" })));
    const refusals = await Promise.all([session(world, one), session(world, two)]);
    refused += refusals.flat().length;
    assertEquals([...await unexplained(world)], [], JSON.stringify([one, two]));
    const [left] = await sql`select
      (select count(*)::int from governance.change_requests where status = 'committed') as committed,
      (select count(*)::int from governance.change_request_decisions where decision = 'changes_requested') as back,
      (select count(*)::int from governance_private.committing_changes) as passes`;
    assertEquals(left!["passes"], 0);
    committed += left!["committed"];
    sentBack += left!["back"];
  }
  // The schedules are worth something only where all of it happens.
  assert(
    committed > 50 && sentBack > 3 && refused > 100,
    `${committed} committed, ${sentBack} sent back, ${refused} refused`,
  );
});
