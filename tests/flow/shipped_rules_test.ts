import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { startTestStack } from "../helpers/stack.ts";
import { harborLane, openSql, untilDrained } from "./support.ts";

interface Case {
  readonly table: "accounts" | "contacts" | "leads" | "deals";
  readonly what: string;
  readonly record: Readonly<Record<string, string | number | null>>;
  /** Rules that open an issue. */
  readonly issues?: readonly string[];
  /** Columns as they are afterwards, where a fix rule changes them. */
  readonly becomes?: Readonly<Record<string, string | null>>;
}

let people = 0;
/** Each time with an address of her own, because shared ones are a defect. */
const ann = {
  first_name: "Ann",
  get email() {
    return `ann.${++people}@example.com`;
  },
};
const deal = { name: "A deal", account_name: "Acme", owner_name: "Riley" };

const cases: readonly Case[] = [
  { table: "deals", what: "an open deal needs no amount and no dates", record: deal },
  {
    table: "deals",
    what: "a deal without customer",
    record: { name: "x", owner_name: "Riley" },
    issues: ["deal-needs-account-or-contact"],
  },
  {
    table: "deals",
    what: "a blank customer is none",
    record: { name: "x", account_name: " \t", owner_name: "Riley" },
    issues: ["deal-needs-account-or-contact"],
    becomes: { account_name: null },
  },
  { table: "deals", what: "a product in the catalogue", record: { ...deal, product_name: "Pallet Lift" } },
  {
    table: "deals",
    what: "a product that only blanks keep apart",
    record: { ...deal, product_name: " Pallet  Lift " },
    becomes: { product_name: "Pallet Lift" },
  },
  {
    table: "deals",
    what: "a product almost in the catalogue",
    record: { ...deal, product_name: "PalletLift" },
    issues: ["deal-product-in-catalogue"],
  },
  {
    table: "deals",
    what: "a product in another letter case",
    record: { ...deal, product_name: "pallet lift" },
    issues: ["deal-product-in-catalogue"],
  },
  {
    table: "deals",
    what: "a lost deal worth nothing",
    record: { ...deal, status: "lost", amount: 0, closed_on: "2026-01-02" },
  },
  {
    table: "deals",
    what: "a won deal worth nothing",
    record: { ...deal, status: "won", amount: 0, closed_on: "2026-01-02" },
    issues: ["won-deal-has-amount"],
  },
  {
    table: "deals",
    what: "a won deal without amount",
    record: { ...deal, status: "won", closed_on: "2026-01-02" },
    issues: ["won-deal-has-amount"],
  },
  {
    table: "deals",
    what: "a won deal without day",
    record: { ...deal, status: "won", amount: 5 },
    issues: ["closed-deal-has-close-date"],
  },
  {
    table: "deals",
    what: "a lost deal without day",
    record: { ...deal, status: "lost" },
    issues: ["closed-deal-has-close-date"],
  },
  {
    table: "deals",
    what: "opened and closed on one day",
    record: { ...deal, opened_on: "2026-01-02", closed_on: "2026-01-02" },
  },
  {
    table: "deals",
    what: "closed before it was opened",
    record: { ...deal, opened_on: "2026-01-03", closed_on: "2026-01-02" },
    issues: ["deal-dates-in-order"],
  },
  {
    table: "accounts",
    what: "a known industry in small letters",
    record: { name: "A", industry: "telecommunications" },
  },
  { table: "accounts", what: "an abbreviated industry", record: { name: "A", industry: "IT" } },
  {
    table: "accounts",
    what: "a misspelt industry",
    record: { name: "A", industry: "Helthcare" },
    issues: ["account-industry-known"],
  },
  { table: "accounts", what: "a country's short form", record: { name: "A", country: "u.s.a." } },
  { table: "accounts", what: "a country in its own language", record: { name: "A", country: "Deutschland" } },
  {
    table: "accounts",
    what: "a misspelt country",
    record: { name: "A", country: "Swizerland" },
    issues: ["account-country-known"],
  },
  {
    table: "accounts",
    what: "an account without name",
    record: { website: "https://example.com" },
    issues: ["account-has-name"],
  },
  {
    table: "accounts",
    what: "founded in a year of five digits",
    record: { name: "A", founded_year: 20011 },
    issues: ["account-founded-year-plausible"],
  },
  {
    table: "accounts",
    what: "a number in national form",
    record: { name: "A", phone: "(410) 555-0142" },
    becomes: { phone: "+14105550142" },
  },
  { table: "contacts", what: "a contact in order", record: { ...ann, country: "England" } },
  {
    table: "contacts",
    what: "a contact's misspelt country",
    record: { ...ann, country: "Candada" },
    issues: ["contact-country-known"],
  },
  {
    table: "contacts",
    what: "no address",
    record: { first_name: "Ann", email: "ann.example.com" },
    issues: ["contact-email-looks-valid"],
  },
  {
    table: "contacts",
    what: "an address in capitals",
    record: { first_name: "Ann", email: " ANN@Example.COM" },
    becomes: { email: "ann@example.com" },
  },
  {
    table: "contacts",
    what: "a name in capitals",
    record: { ...ann, last_name: "O'NEIL" },
    becomes: { last_name: "O'Neil" },
  },
  {
    table: "contacts",
    what: "a name that means its letters",
    record: { ...ann, last_name: "McAllister de Vries" },
  },
  {
    table: "contacts",
    what: "a number with an extension stays",
    record: { ...ann, phone: "(757) 555-0171 ext. 4" },
  },
  { table: "leads", what: "a lead in order", record: { ...ann, country: "USA" } },
  {
    table: "leads",
    what: "a lead that nobody can reach",
    record: { company: "Acme" },
    issues: ["lead-can-be-reached"],
  },
  {
    table: "leads",
    what: "a lead's misspelt country",
    record: { ...ann, country: "Marocco" },
    issues: ["lead-country-known"],
  },
  {
    table: "leads",
    what: "two addresses in one field",
    record: { company: "A", email: "a@example.com;b@example.com" },
    issues: ["lead-email-looks-valid"],
  },
  {
    table: "leads",
    what: "an address with letters of other scripts",
    record: { company: "A", email: "jürgen@müller.example" },
  },
  {
    table: "leads",
    what: "blanks instead of a number",
    record: { ...ann, phone: "  " },
    becomes: { phone: null },
  },
  {
    table: "leads",
    what: "blanks around a company",
    record: { ...ann, company: " Sunrise   Packaging " },
    becomes: { company: "Sunrise Packaging" },
  },
  {
    table: "leads",
    what: "a lead's address in capitals",
    record: { company: "A", email: "ANN@EXAMPLE.COM" },
    becomes: { email: "ann@example.com" },
  },
  {
    table: "leads",
    what: "a lead's name in small letters",
    record: { ...ann, last_name: "van dijk" },
    becomes: { last_name: "Van Dijk" },
  },
  {
    table: "contacts",
    what: "a contact's number in national form",
    record: { ...ann, phone: "410 555 0144" },
    becomes: { phone: "+14105550144" },
  },
  {
    table: "contacts",
    what: "blanks inside a title",
    record: { ...ann, title: "Plant   Manager" },
    becomes: { title: "Plant Manager" },
  },
  {
    table: "accounts",
    what: "blanks around an account's name",
    record: { name: " Ferro   Steel " },
    becomes: { name: "Ferro Steel" },
  },
];

/** What is easily got wrong; that each rule fires and does not is in `shipped/`. */
Deno.test("the shipped issue and fix rules say of each record what they should, and nothing else", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`insert into public.products (org_id, name) values (${harborLane}, 'Pallet Lift'), (${harborLane}, 'Dock Crane')`;
  const written = [];
  for (const one of cases) written.push({ ...one, id: await insert(sql, one) });
  await untilDrained(sql);
  const found = await sql<{ record_key: string; rule_key: string }[]>`
    select record_key, rule_key from governance.data_quality_issues where status = 'open' order by rule_key`;
  const fixed = new Set(
    (await sql`select distinct record_key from governance.fixes`).map((row) => row["record_key"]),
  );

  for (const { id, table, what, record, issues = [], becomes } of written) {
    await t.step(`${table}: ${what}`, async () => {
      assertEquals(
        found.filter(({ record_key }) => record_key === id).map(({ rule_key }) => rule_key),
        issues,
      );
      assertEquals(fixed.has(id), becomes !== undefined);
      const columns = Object.keys({ ...record, ...becomes }).filter((column) =>
        typeof ({ ...record, ...becomes })[column] !== "number"
      );
      const [now] = await sql`select to_jsonb(r) as r from ${sql(`public.${table}`)} r where id = ${id}`;
      for (const column of columns) {
        assertEquals(now!["r"][column], { ...record, ...becomes }[column], column);
      }
    });
  }
});

Deno.test("block rules refuse only what says nothing at all", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const refused: readonly [table: string, rule: string, least: Record<string, string>][] = [
    ["leads", "lead-identifies-someone", { phone: "1" }],
    ["contacts", "contact-identifies-someone", { last_name: "Lee" }],
    ["accounts", "account-identifies-a-company", { external_id: "4711" }],
    ["deals", "deal-is-about-something", { product_name: "Crane" }],
    ["members", "member-identifies-someone", { member_number: "M-1" }],
  ];
  for (const [table, rule, least] of refused) {
    await t.step(`${table}: refused when empty or blank, let in with ${Object.keys(least)}`, async () => {
      const blank = Object.fromEntries(Object.keys(least).map((column) => [column, " \t\u00a0"]));
      for (const record of [{}, blank]) {
        const error = await sql`insert into ${sql(`public.${table}`)} ${
          sql({ org_id: harborLane, ...record })
        }`
          .then(() => undefined, (error) => error);
        assertEquals(error?.code, "PT422");
        assertEquals(JSON.parse(error.detail).rules, [rule]);
      }
      await sql`insert into ${sql(`public.${table}`)} ${sql({ org_id: harborLane, ...least })}`;
    });
  }
});

async function insert(sql: Sql, { table, record }: Case): Promise<string> {
  const [row] = await sql`insert into ${sql(`public.${table}`)} ${
    sql({ org_id: harborLane, ...record })
  } returning id`;
  return row!["id"];
}
