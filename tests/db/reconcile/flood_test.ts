import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sql } from "postgres";
import { addOrders, createWorld, type World } from "../support/mod.ts";
import { add, type Books, createBooks } from "./crm.ts";
import { advanceAll, settle } from "./support.ts";

const LIMIT = 4;

/** Open issues of breaks, and the counting ones with what they count. */
async function queue(sql: Sql) {
  const [row] = await sql`
    select count(*) filter (where not i.observed ? 'further')::int as issues,
      coalesce(jsonb_object_agg(b.break_class, i.observed -> 'further') filter (where i.observed ? 'further'), '{}') as further
    from governance.breaks b join governance.data_quality_issues i on i.id = b.issue_id where b.status = 'open'`;
  return { issues: row!["issues"], further: row!["further"] };
}

async function limit(sql: Sql): Promise<void> {
  await sql`update governance_private.queue_settings set issues_per_sweep = ${LIMIT}`;
}

/** Eleven orders of ours, of which another system has none. */
async function compareWithNothing(world: World, source = "ledger"): Promise<string> {
  const { sql } = world;
  const [begun] = await sql`select governance.begin_extract('acme', 'purchase', ${source}, 'id', ${[
    "amount",
  ]}) as id`;
  const [run] = await sql`select governance.reconcile_extract(${begun!["id"]}) as id`;
  await advanceAll(sql);
  return run!["id"];
}

async function invoices({ sql, org }: Books, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const id = await add(sql, "invoices", { org_id: org, number, currency: "USD", total_amount: 100 });
    await add(sql, "invoice_lines", {
      org_id: org,
      invoice_id: id,
      position: 1,
      unit_price: 50,
      amount: 50,
    });
  }
}

Deno.test("a run that finds a flood opens a limited number of issues a class and counts the rest in one, chunk by chunk", async () => {
  await using books = await createBooks();
  const { sql, org } = books;
  await limit(sql);
  await sql`update governance.reconcile_jobs set chunk_size = 3`;
  await invoices(books, 11);
  const reconcile = async () => {
    await sql`select governance.request_reconciliation('billing', ${org})`;
    await advanceAll(sql);
    const [run] =
      await sql`select counts, summary from governance.runs where job = 'billing' order by created_at desc limit 1`;
    return run!;
  };
  const run = await reconcile();
  assertEquals(await queue(sql), { issues: LIMIT, further: { "invoice-off-lines": 7 } });
  assertEquals([run["counts"].found, run["counts"].opened, run["counts"].further], [11, 4, {
    "invoice-off-lines": 7,
  }]);
  assertStringIncludes(run["summary"], "11 ×");
  assertStringIncludes(run["summary"], "Counted only: 7.");

  const state = () =>
    sql`select id, status, message, observed, occurrence_count, (select count(*) from governance.data_quality_issue_events e where e.issue_id = i.id) as events
      from governance.data_quality_issues i order by id`;
  const before = await state();
  await reconcile();
  assertEquals([...await state()], [...before], "a second run changes nothing");

  await sql`update public.invoices set total_amount = 50 where number <= 9`;
  await reconcile();
  await reconcile();
  assertEquals(await queue(sql), { issues: 2, further: {} }, "who is done makes room for the next");
  await sql`update public.invoices set total_amount = 50`;
  await reconcile();
  assertEquals(await queue(sql), { issues: 0, further: {} });
});

Deno.test("the extracts of two sources count their own, and a source that agrees closes its own", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await limit(sql);
  await addOrders(sql, ...Array.from({ length: 11 }, (_, n) => ({ id: `k${n}`, amount: "1" })));
  await settle(sql);
  await compareWithNothing(world);
  assertEquals(await queue(sql), { issues: LIMIT, further: { "missing-there": 7 } });
  await sql`delete from shop.orders where id in ('k1', 'k2')`;
  await compareWithNothing(world, "bank");
  const counting = await sql`select discriminator, observed, status from governance.data_quality_issues
    where record_key = '' order by discriminator`;
  assertEquals(counting.map(({ discriminator, observed, status }) => [discriminator, observed, status]), [
    ["missing-there:bank", { further: 9 }, "open"],
    ["missing-there:ledger", { further: 7 }, "open"],
  ]);
  await sql`delete from shop.orders`;
  await compareWithNothing(world, "bank");
  assertEquals(
    (await sql`select discriminator from governance.data_quality_issues where record_key = '' and status = 'open'`)
      .map(({ discriminator }) => discriminator),
    ["missing-there:ledger"],
  );
});

Deno.test("a job that is killed between chunks goes on, and two that advance it at once double nothing", async () => {
  await using books = await createBooks();
  const { sql, org, database } = books;
  await sql`update governance.reconcile_jobs set chunk_size = 2`;
  await invoices(books, 11);
  const ids = await Promise.all(
    [1, 2].map(() => sql`select governance.request_reconciliation('billing', ${org}) as id`),
  );
  assertEquals(ids[0]![0]!["id"], ids[1]![0]!["id"], "two that are started at once are one");
  const killed = database.connect();
  for (let chunk = 0; chunk < 5; chunk++) {
    await killed.begin(async (own) => {
      await own`select governance.advance_reconciliation()`;
      throw new Error("killed");
    }).catch(() => {});
    await sql`select governance.advance_reconciliation()`;
  }
  const [one, two] = [database.connect(), database.connect()];
  await Promise.all([advanceAll(one), advanceAll(two)]);
  await advanceAll(sql);
  const runs =
    await sql`select status, counts ->> 'found' as found, counts ->> 'opened' as opened from governance.runs where org_id = ${org}`;
  assertEquals(runs.map((run) => ({ ...run })), [{ status: "succeeded", found: "11", opened: "11" }]);
  assertEquals(await queue(sql), { issues: 11, further: {} });
});
