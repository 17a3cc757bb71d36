import { assertEquals, assertStringIncludes } from "@std/assert";
import { people } from "../support/mod.ts";
import { refused } from "../support/refused.ts";
import { add, type Books, createBooks } from "./crm.ts";
import { advanceAll, openBreaks } from "./support.ts";

async function reconcile({ sql, org }: Books, job: string): Promise<Record<string, unknown>[]> {
  await sql`select governance.request_reconciliation(${job}, ${org})`;
  await advanceAll(sql);
  return await openBreaks(sql);
}

/** An invoice of 100.00 whose one line says otherwise. */
async function addInvoice(
  { sql, org }: Books,
  lines: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const id = await add(sql, "invoices", {
    org_id: org,
    number: 1,
    currency: "USD",
    total_amount: "100.00",
    ...more,
  });
  await add(sql, "invoice_lines", {
    org_id: org,
    invoice_id: id,
    position: 1,
    unit_price: lines,
    amount: lines,
  });
  return id;
}

Deno.test("a break is an issue with both amounts, the difference and its age, and closes when the books agree again", async () => {
  await using books = await createBooks();
  const id = await addInvoice(books, "93.10", { issued_on: "2026-01-05" });
  await reconcile(books, "billing");
  const [seen] = await books
    .sql`select break_class, record_key, expected::text, actual::text, difference::text, currency, since::text, age_days > 100 as is_old, message from governance.breaks`;
  assertEquals({ ...seen }, {
    break_class: "invoice-off-lines",
    record_key: id,
    expected: "93.10",
    actual: "100.00",
    difference: "6.90",
    currency: "USD",
    since: "2026-01-05",
    is_old: true,
    message: "Invoice 1 says 100 USD, its lines come to 93.1.",
  });
  await books.sql`update public.invoice_lines set unit_price = 100, amount = 100`;
  assertEquals(await reconcile(books, "billing"), []);
  const [issue] = await books
    .sql`select status, resolution from governance.data_quality_issues where rule_key = 'system-break-billing'`;
  assertEquals({ ...issue }, { status: "fixed", resolution: "data_changed" });
});

Deno.test("what was touched within the settle window is in flight: no break yet, and one that stands stays", async () => {
  await using books = await createBooks();
  await books.sql`update governance.reconcile_jobs set settle_window = '1 hour' where job = 'billing'`;
  await addInvoice(books, "90");
  assertEquals(await reconcile(books, "billing"), []);
  const [run] = await books.sql`select summary from governance.runs where job = 'billing'`;
  assertStringIncludes(run!.summary, "Still in flight: 1.");
  await books.sql`update governance.reconcile_jobs set settle_window = '0' where job = 'billing'`;
  assertEquals((await reconcile(books, "billing")).length, 1);
  await books.sql`update governance.reconcile_jobs set settle_window = '1 hour' where job = 'billing'`;
  assertEquals((await reconcile(books, "billing")).length, 1);
});

Deno.test("a correction is suggested, applied only where a policy turns it on, can be undone, and is then not applied again", async () => {
  await using books = await createBooks();
  const { sql, org } = books;
  const id = await addInvoice(books, "99.98");
  const total = async () =>
    (await sql`select total_amount::text from public.invoices where id = ${id}`)[0]!.total_amount;
  assertEquals((await reconcile(books, "billing")).map(({ break_class }) => break_class), [
    "invoice-rounding",
  ]);
  assertEquals(await total(), "100.00");
  await sql`insert into governance.reconcile_policies (org_id, break_class, is_corrected) values (${org}, 'invoice-rounding', true)`;
  assertEquals(await reconcile(books, "billing"), []);
  assertEquals(await total(), "99.98");
  const [fix] = await sql`select id, cause from governance.fixes where rule_key = 'system-break-billing'`;
  const [event] =
    await sql`select cause_kind from governance.audit_events where entity_type = 'invoice' and operation = 'update' order by id desc limit 1`;
  assertEquals([fix!.cause, event!.cause_kind], ["auto", "fix"]);
  await sql`select governance.undo_fix(${fix!.id})`;
  assertEquals(await total(), "100.00");
  assertEquals((await reconcile(books, "billing")).length, 1);
  assertEquals(await total(), "100.00");
});

Deno.test("a policy cannot turn on a correction that no class offers, and can silence a class", async () => {
  await using books = await createBooks();
  const { sql, org } = books;
  const refusal = await refused(
    sql`insert into governance.reconcile_policies (org_id, break_class, is_corrected) values (${org}, 'underpaid', true)`,
  );
  assertEquals([refusal.state, refusal.detail.field], ["PT422", "is_corrected"]);
  await addInvoice(books, "50");
  assertEquals((await reconcile(books, "billing")).length, 1);
  await sql`insert into governance.reconcile_policies (org_id, break_class, is_ignored) values (${org}, 'invoice-off-lines', true)`;
  assertEquals(await reconcile(books, "billing"), []);
});

Deno.test("a run that waits is the answer to whoever asks again, and only stewards may ask", async () => {
  await using books = await createBooks();
  const { sql, org, database } = books;
  for (const [person, role] of [["steward", "steward"], ["member", "member"]] as const) {
    await sql`insert into governance.memberships (user_id, org_id, role) values (${
      people[person]
    }, ${org}, ${role})`;
  }
  const ask = (person: keyof typeof people) =>
    database.as(
      "authenticated",
      { sub: people[person] },
      (sql) => sql`select governance.request_reconciliation('billing', ${org}) as id`,
    );
  assertEquals((await ask("steward"))[0]!.id, (await ask("steward"))[0]!.id);
  for (const person of ["member", "outsider"] as const) {
    assertEquals((await refused(() => ask(person))).state, "PT403");
  }
  assertEquals(
    (await refused(sql`select governance.request_reconciliation('nonsense', ${org})`)).state,
    "PT404",
  );
  const seen = (person: keyof typeof people) =>
    database.as(
      "authenticated",
      { sub: people[person] },
      (sql) => sql`select job from governance.runs where org_id is not null`,
    );
  assertEquals([(await seen("member")).length, (await seen("outsider")).length], [1, 0]);
});

Deno.test("a step that breaks fails its run, says why in an issue, and the next run that works closes it", async () => {
  await using books = await createBooks();
  const { sql, org } = books;
  await sql`alter function governance_private.reconcile_billing_numbers(text, text, text, jsonb) rename to away`;
  await reconcile(books, "billing");
  const [run] = await sql`select status, error from governance.runs where org_id = ${org}`;
  assertEquals(run!.status, "failed");
  assertStringIncludes(run!.error, "reconcile_billing_numbers");
  const issue = () =>
    sql`select status from governance.data_quality_issues where rule_key = 'system-run-failed' and org_id = ${org}`;
  assertEquals((await issue())[0]!.status, "open");
  await sql`alter function governance_private.away(text, text, text, jsonb) rename to reconcile_billing_numbers`;
  await reconcile(books, "billing");
  assertEquals((await issue())[0]!.status, "fixed");
});

Deno.test("a reported total is held against the deals of that day, not of today", async () => {
  await using books = await createBooks();
  const { sql, org } = books;
  await sql`update governance.entities set registered_at = now() - interval '10 days' where entity_type = 'deal'`;
  const pipeline_id = await add(sql, "pipelines", { org_id: org, name: "Sales" });
  const stage_id = await add(sql, "pipeline_stages", { org_id: org, pipeline_id, name: "New", position: 1 });
  const deal = { org_id: org, pipeline_id, stage_id, account_name: "A" };
  const one = await add(sql, "deals", { ...deal, name: "one", amount: 100 });
  const two = await add(sql, "deals", { ...deal, name: "two", amount: 50 });
  await sql`update governance.audit_events set occurred_at = now() - interval '5 days'`;
  // Since then: another amount, one gone, one new.
  await sql`update public.deals set amount = 900 where id = ${one}`;
  await sql`delete from public.deals where id = ${two}`;
  await add(sql, "deals", { ...deal, name: "three", amount: 7 });
  const yesterday = {
    org_id: org,
    pipeline_id,
    as_of: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
    currency: "USD",
  };
  await add(sql, "pipeline_totals", { ...yesterday, deal_count: 2, total_amount: 150, source: "right" });
  await add(sql, "pipeline_totals", { ...yesterday, deal_count: 2, total_amount: 907, source: "wrong" });
  const breaks = (await reconcile(books, "pipeline")).filter(({ break_class }) =>
    break_class === "pipeline-total-differs"
  );
  assertEquals(breaks.map(({ expected, actual }) => [expected, actual]), [["150.00", "907"]]);
});

Deno.test("every night all jobs run over the books of each organization, and none fails for want of anything to do", async () => {
  await using books = await createBooks();
  const { sql, org } = books;
  await sql`select governance_private.reconcile_all()`;
  await advanceAll(sql);
  const runs = await sql`select job, status from governance.runs where org_id = ${org} order by job`;
  assertEquals(runs.map(({ job, status }) => [job, status]), [
    ["billing", "succeeded"],
    ["eligibility", "succeeded"],
    ["pipeline", "succeeded"],
  ]);
  assertEquals(
    (await refused(sql`select governance.request_reconciliation('extract', ${org})`)).state,
    "PT404",
  );
});
