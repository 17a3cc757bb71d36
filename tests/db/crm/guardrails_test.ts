import { assertEquals } from "@std/assert";
import { books, key, org, other } from "./support.ts";

/** A write that Postgres itself refuses, the row (all in the first organization) and the constraint that says why. */
const refused: [table: string, row: Record<string, unknown>, constraint: string][] = [
  ["team_members", { name: " " }, "team_member_has_a_name"],
  [
    "team_members",
    { name: "A", joined_on: "2026-01-02", left_on: "2026-01-01" },
    "team_member_leaves_after_joining",
  ],
  ["accounts", { name: "A", annual_revenue: -1 }, "account_revenue_is_not_negative"],
  ["pipelines", { name: " sales" }, "pipeline_name_is_used_once"],
  [
    "pipeline_stages",
    { pipeline_id: key(10), name: "OFFER ", position: 9 },
    "stage_name_is_used_once_in_its_pipeline",
  ],
  ["deals", { name: "D", probability: 101 }, "deal_probability_is_between_0_and_100"],
  ["pipeline_stages", {
    pipeline_id: key(10),
    name: "S",
    position: 9,
    probability: -1,
  }, "stage_probability_is_between_0_and_100"],
  [
    "deals",
    { name: "D", pipeline_id: key(11), stage_id: key(12) },
    "deal_stage_belongs_to_its_pipeline",
  ],
  ["deals", { name: "D", stage_id: key(12) }, "deal_stage_comes_with_its_pipeline"],
  ["deals", { name: "D", account_id: key(51) }, "deal_account_is_in_the_same_organization"],
  [
    "pipeline_totals",
    {
      pipeline_id: key(10),
      stage_id: key(14),
      as_of: "2026-01-01",
      currency: "USD",
      deal_count: 1,
      total_amount: 1,
    },
    "pipeline_total_is_of_a_stage_of_its_pipeline",
  ],
  ["plans", { name: "gold " }, "plan_name_is_used_once"],
  ["plans", { name: "P", code: " g" }, "plan_code_is_used_once"],
  ["plans", { name: "P", monthly_price: 1 }, "plan_price_comes_with_its_currency"],
  ["plans", { name: "P", monthly_price: -1, currency: "USD" }, "plan_price_is_not_negative"],
  ["plans", { name: "P", starts_on: "2026-02-01", ends_on: "2026-01-01" }, "plan_ends_after_it_starts"],
  ["members", { member_number: " m1 " }, "member_number_is_used_once"],
  [
    "members",
    { subscriber_id: key(54), relationship: "child" },
    "member_subscriber_is_in_the_same_organization",
  ],
  ["members", { subscriber_id: key(4) }, "subscriber_depends_on_nobody"],
  ["members", { relationship: "aunt" }, "member_relationship_is_known"],
  ["members", { status: "gone" }, "member_status_is_known"],
  ["members", { account_id: key(51) }, "member_account_is_in_the_same_organization"],
  [
    "coverages",
    { member_id: key(4), plan_id: key(2), starts_on: "2026-02-01", ends_on: "2026-01-01" },
    "coverage_ends_after_it_starts",
  ],
  [
    "coverages",
    { member_id: key(4), plan_id: key(52), starts_on: "2026-02-01" },
    "coverage_plan_is_in_the_same_organization",
  ],
  ["eligibility_files", { source: " ", as_of: "2026-01-01" }, "eligibility_file_names_its_source"],
  [
    "eligibility_files",
    { source: "s", as_of: "2026-01-01", kind: "half" },
    "eligibility_file_is_full_or_delta",
  ],
  [
    "eligibility_files",
    { source: "s", as_of: "2026-01-01", status: "complete" },
    "eligibility_file_that_came_says_when",
  ],
  [
    "eligibility_files",
    { source: "s", as_of: "2026-01-01", received_count: -1 },
    "eligibility_file_counts_are_not_negative",
  ],
  ["eligibility_records", { file_id: key(6), line_number: 0 }, "eligibility_record_line_is_counted_from_1"],
  ["billing_processors", { name: "TILL" }, "processor_name_is_used_once"],
  [
    "processor_settlements",
    { processor_id: key(57), settled_on: "2026-01-01", currency: "USD" },
    "settlement_processor_is_in_the_same_organization",
  ],
  [
    "processor_settlements",
    { processor_id: key(7), settled_on: "2026-01-01", currency: "USD", refund_amount: -1 },
    "settlement_amounts_are_not_negative",
  ],
  ["bank_accounts", { member_id: key(4), account_fingerprint: "" }, "bank_account_has_a_fingerprint"],
  [
    "bank_accounts",
    { member_id: key(4), account_fingerprint: "f", last_four: "12345" },
    "bank_account_shows_four_digits",
  ],
  ["invoices", { currency: "USD", number: 7 }, "invoice_number_is_used_once"],
  ["invoices", { currency: "USD", number: 0 }, "invoice_number_is_counted_from_1"],
  ["invoices", { currency: "usd" }, "invoice_currency_is_three_capital_letters"],
  ["invoices", { currency: "USD", total_amount: -1 }, "invoice_total_is_not_negative"],
  [
    "invoices",
    { currency: "USD", issued_on: "2026-02-01", due_on: "2026-01-01" },
    "invoice_is_due_after_it_is_issued",
  ],
  [
    "invoices",
    { currency: "USD", period_starts_on: "2026-02-01", period_ends_on: "2026-01-01" },
    "invoice_period_ends_after_it_starts",
  ],
  ["invoices", { currency: "USD", total_amount: "1.00001" }, "an_amount_has_at_most_four_decimals"],
  ["invoices", { currency: "USD", total_amount: "NaN" }, "an_amount_is_a_number_below_a_hundred_trillion"],
  [
    "invoices",
    { currency: "USD", total_amount: "Infinity" },
    "an_amount_is_a_number_below_a_hundred_trillion",
  ],
  [
    "invoice_lines",
    { invoice_id: key(8), position: 1, unit_price: 1, amount: 1, quantity: "NaN" },
    "invoice_line_quantity_is_a_number_of_at_least_0",
  ],
  [
    "invoice_lines",
    { invoice_id: key(58), position: 1, unit_price: 1, amount: 1 },
    "invoice_line_invoice_is_in_the_same_organization",
  ],
  ["payments", { amount: 0, currency: "USD" }, "payment_amount_is_above_0"],
  [
    "payments",
    { amount: 1, currency: "USD", invoice_id: key(58) },
    "payment_invoice_is_in_the_same_organization",
  ],
  [
    "payments",
    { amount: 1, currency: "USD", refunds_payment_id: key(9) },
    "only_a_refund_refunds_a_payment",
  ],
  [
    "payments",
    { amount: 1, currency: "USD", kind: "refund", refunds_payment_id: key(59) },
    "refund_is_of_a_payment_in_the_same_organization",
  ],
];

Deno.test("Postgres refuses what cannot be, in constraints that say why", async (t) => {
  await using database = await books();
  for (const [table, row, constraint] of refused) {
    await t.step(`${table}: ${constraint}`, async () => {
      const error = await database.sql`insert into ${database.sql(table)} ${
        database.sql({ org_id: org, ...row } as never)
      }`.then(() => undefined, (error) => error);
      assertEquals(error?.constraint_name, constraint, error?.message ?? "it was let in");
    });
  }
});

Deno.test("one member's coverages of a plan do not overlap; adjacent ones, other plans and cancelled ones may", async () => {
  await using database = await books();
  const { sql } = database;
  const cover = (row: Record<string, unknown>) =>
    sql`insert into coverages ${sql({ org_id: org, member_id: key(4), plan_id: key(2), ...row } as never)}`
      .then(() => "let in", (error) => error.constraint_name);
  assertEquals(await cover({ starts_on: "2026-01-01", ends_on: "2026-01-31" }), "let in");
  assertEquals(await cover({ starts_on: "2026-02-01" }), "let in");
  assertEquals(
    await cover({ starts_on: "2026-06-01", ends_on: "2026-06-01" }),
    "coverages_of_one_plan_do_not_overlap",
  );
  assertEquals(
    await cover({ starts_on: "2025-01-01", ends_on: "2026-01-01" }),
    "coverages_of_one_plan_do_not_overlap",
  );
  assertEquals(await cover({ starts_on: "2026-06-01", status: "cancelled" }), "let in");
  assertEquals(await cover({ starts_on: "2026-06-01", plan_id: key(3) }), "let in");
  assertEquals(await cover({ starts_on: "2026-06-01", member_id: key(5) }), "let in");
});

Deno.test("invoices are numbered by organization, without a gap, by two writers at once", async () => {
  await using database = await books();
  const { sql } = database;
  await sql`insert into invoices (org_id, currency) select ${org}, 'USD' from generate_series(1, 3)`;
  const [one, two] = [database.connect(), database.connect()];
  await Promise.all([one, two].map((writer) =>
    writer.begin(async (sql) => {
      await sql`insert into invoices (org_id, currency) select ${org}, 'USD' from generate_series(1, 20)`;
    })
  ));
  await sql.begin(async (sql) => {
    await sql`insert into invoices (org_id, currency) values (${org}, 'USD')`;
    throw new Error("rolled back");
  }).catch(() => {});
  await sql`insert into invoices (org_id, currency) values (${org}, 'USD'), (${other}, 'USD')`;
  const numbers = await sql`select number::int from invoices where org_id = ${org} order by number`;
  assertEquals(numbers.map(({ number }) => number), Array.from({ length: 45 }, (_, n) => n + 7));
  assertEquals(
    (await sql`select number::int from invoices where org_id = ${other} order by number`).map((r) =>
      r.number
    ),
    [1, 2],
  );
});

Deno.test("what a member leaves behind: the family stays, the bank account goes, the books forbid it", async () => {
  await using database = await books();
  const { sql } = database;
  await sql`insert into members (org_id, member_number, relationship, subscriber_id) values (${org}, 'M3', 'child', ${
    key(4)
  })`;
  await sql`insert into bank_accounts (id, org_id, member_id, account_fingerprint) values (${
    key(20)
  }, ${org}, ${key(4)}, 'f')`;
  await sql`update payments set bank_account_id = ${key(20)} where id = ${key(9)}`;
  await sql`delete from members where id = ${key(4)}`;
  const [left] = await sql`
    select m.subscriber_id, m.relationship, p.bank_account_id, (select count(*)::int from bank_accounts) as accounts
    from members m cross join payments p where m.member_number = 'M3' and p.id = ${key(9)}`;
  assertEquals(left, { subscriber_id: null, relationship: "child", bank_account_id: null, accounts: 0 });
  await sql`insert into coverages (org_id, member_id, plan_id, starts_on) values (${org}, ${key(5)}, ${
    key(2)
  }, '2026-01-01')`;
  const error = await sql`delete from members where id = ${key(5)}`.catch((error) => error);
  assertEquals(error.constraint_name, "coverage_member_is_in_the_same_organization");
});

Deno.test("an external id is used once per source, and a blank one is none", async () => {
  await using database = await books();
  const { sql } = database;
  const add = (row: Record<string, unknown>) =>
    sql`insert into accounts ${sql({ org_id: org, name: "A", ...row } as never)}`
      .then(() => "let in", (error) => error.constraint_name);
  assertEquals(await add({ external_id: "17", source: "erp" }), "let in");
  const refusal = "accounts_external_id_is_used_once_per_source";
  assertEquals(await add({ external_id: " 17", source: "erp " }), refusal);
  assertEquals(await add({ external_id: "17", source: "crm" }), "let in");
  assertEquals(await add({ external_id: "17", source: null }), "let in");
  assertEquals(await add({ external_id: "17", source: " " }), refusal);
  assertEquals(await add({ external_id: "17", source: "erp", org_id: other }), "let in");
  for (const external_id of ["", " ", null, ""]) {
    assertEquals(await add({ external_id, source: "erp" }), "let in");
  }
});

Deno.test("every table with an external id keeps it unique", async () => {
  await using database = await books();
  const rows = await database.sql`
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'external_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indisunique
        and pg_get_indexdef(i.indexrelid) like '%btrim(external_id)%')`;
  assertEquals([...rows], []);
});

Deno.test("people are found however their name, address and number are written", async () => {
  await using database = await books();
  const { sql } = database;
  await sql`insert into contacts ${
    sql({
      org_id: org,
      first_name: " José ",
      last_name: "Ångström",
      email: " Jose@X.Example ",
      phone: "+46 (0)8-123 45",
    })
  }`;
  await sql`insert into leads ${sql({ org_id: org, last_name: " ", email: "  ", phone: "ask" })}`;
  const [contact] = await sql`select name_search, email_key, phone_digits from contacts`;
  assertEquals({ ...contact }, {
    name_search: "jose angstrom",
    email_key: "jose@x.example",
    phone_digits: "460812345",
  });
  const [lead] = await sql`select name_search, email_key, phone_digits from leads`;
  assertEquals({ ...lead }, { name_search: null, email_key: null, phone_digits: null });
});
