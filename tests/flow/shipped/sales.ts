import { at, type Pair } from "./pair.ts";

const address = (table: string): Pair => ({
  table,
  fires: { email: "ann.example.com" },
  passes: { email: "ann@example.com" },
});
const country = (table: string): Pair => ({
  table,
  fires: { country: "Swizerland" },
  passes: { country: "Schweiz" },
});
const email = (table: string): Pair => ({
  table,
  fires: { email: ` ANN.${table}@Example.COM` },
  passes: { email: `bob.${table}@example.com` },
  becomes: { email: `ann.${table}@example.com` },
});
const phone = (table: string): Pair => ({
  table,
  fires: { phone: "(410) 555-0142" },
  passes: { phone: "+14105550143" },
  becomes: { phone: "+14105550142" },
});
const capitals = (table: string): Pair => ({
  table,
  fires: { last_name: "O'NEIL" },
  passes: { last_name: "McAllister de Vries" },
  becomes: { last_name: "O'Neil" },
});
const tidy = (table: string, column: string): Pair => ({
  table,
  fires: { [column]: " Two   Words " },
  passes: { [column]: "Two Words more" },
  becomes: { [column]: "Two Words" },
});

export const sales: Readonly<Record<string, Pair>> = {
  "deal-needs-account-or-contact": {
    table: "deals",
    fires: { account_id: null },
    passes: { account_id: null, contact_id: at.contact },
  },
  "deal-product-in-catalogue": {
    table: "deals",
    fires: { product_name: "PalletLift" },
    passes: { product_name: "Pallet Lift" },
  },
  "won-deal-has-amount": {
    table: "deals",
    fires: { status: "won", closed_on: "2026-01-02", amount: 0 },
    passes: { status: "won", closed_on: "2026-01-02", amount: 1 },
  },
  "closed-deal-has-close-date": {
    table: "deals",
    fires: { status: "lost" },
    passes: { status: "lost", closed_on: "2026-01-02" },
  },
  "deal-dates-in-order": {
    table: "deals",
    fires: { opened_on: "2026-01-03", closed_on: "2026-01-02" },
    passes: { opened_on: "2026-01-02", closed_on: "2026-01-02" },
  },
  "deal-stage-known": {
    table: "deals",
    fires: { pipeline_id: at.pipeline, stage_name: "Due" }, // a stage, but of the other pipeline
    passes: { pipeline_id: at.pipeline, stage_name: "Offer" },
  },
  "deal-stage-agrees-with-status": {
    table: "deals",
    fires: { pipeline_id: at.pipeline, stage_id: at.won },
    passes: { pipeline_id: at.pipeline, stage_id: at.offer },
  },
  "deal-probability-agrees-with-status": {
    table: "deals",
    fires: { status: "lost", closed_on: "2026-01-02", probability: 10 },
    passes: { probability: 10 },
  },
  "open-deal-closes-in-future": {
    table: "deals",
    fires: { expected_close_on: "2024-01-01" },
    passes: { status: "lost", closed_on: "2024-01-02", expected_close_on: "2024-01-01" },
  },
  "closed-deal-closed-in-past": {
    table: "deals",
    fires: { status: "lost", closed_on: "2060-01-01" },
    passes: { status: "lost", closed_on: "2026-01-01" },
  },
  "deal-dates-plausible": {
    table: "deals",
    fires: { opened_on: "1899-12-31" },
    passes: { opened_on: "1900-01-01" },
  },
  "deal-amount-plausible": {
    table: "deals",
    fires: { amount: 1000000000 },
    passes: { amount: 999999999 },
  },
  "deal-currency-known": { table: "deals", fires: { currency: "EUD" }, passes: { currency: "EUR" } },
  "deal-owner-known": {
    table: "deals",
    fires: { owner_name: "Riley Chan" },
    passes: { owner_name: "Riley Chen" },
  },
  "open-deal-has-owner": {
    table: "deals",
    fires: { owner_name: null },
    passes: { owner_name: null, status: "lost", closed_on: "2026-01-02" },
  },
  "deal-contact-is-at-its-account": {
    table: "deals",
    fires: { contact_id: at.contact, account_id: at.otherAccount },
    passes: { contact_id: at.contact, account_id: at.account },
  },
  "deal-text-is-tidy": tidy("deals", "name"),

  "account-has-name": {
    table: "accounts",
    fires: { name: " ", website: "https://example.com" },
    passes: { website: "https://example.com" },
    besides: ["account-text-is-tidy"],
  },
  "account-industry-known": {
    table: "accounts",
    fires: { industry: "Helthcare" },
    passes: { industry: "healthcare" },
  },
  "account-country-known": country("accounts"),
  "account-founded-year-plausible": {
    table: "accounts",
    fires: { founded_year: 20011 },
    passes: { founded_year: 1999 },
  },
  "account-not-twice": {
    table: "accounts",
    fires: {
      record: { name: "Twice Ltd", postal_code: "10001" },
      children: [["accounts", { name: "TWICE ltd", postal_code: "10001 " }]],
    },
    passes: {
      record: { name: "Branch Ltd", postal_code: "10001" },
      children: [["accounts", { name: "Branch Ltd", postal_code: "94105" }]],
    },
  },
  "account-website-looks-valid": {
    table: "accounts",
    fires: { website: "example dot com" },
    passes: { website: "example.com/shop" },
  },
  "account-email-looks-valid": address("accounts"),
  "account-email-is-normalised": email("accounts"),
  "account-phone-is-e164": phone("accounts"),
  "account-text-is-tidy": tidy("accounts", "name"),

  "contact-country-known": country("contacts"),
  "contact-email-looks-valid": address("contacts"),
  "contact-email-is-normalised": email("contacts"),
  "contact-phone-is-e164": phone("contacts"),
  "contact-name-has-capitals": capitals("contacts"),
  "contact-text-is-tidy": tidy("contacts", "title"),
  "contact-email-not-shared": {
    table: "contacts",
    fires: {
      record: { email: "shared-contact@example.com" },
      children: [["contacts", { email: "shared-contact@example.com" }]],
    },
    passes: { email: "own-contact@example.com" },
  },

  "lead-can-be-reached": {
    table: "leads",
    fires: { email: null },
    passes: { email: null, phone: "+14105550144" },
  },
  "lead-country-known": country("leads"),
  "lead-email-looks-valid": address("leads"),
  "lead-email-is-normalised": email("leads"),
  "lead-phone-is-e164": phone("leads"),
  "lead-name-has-capitals": capitals("leads"),
  "lead-text-is-tidy": tidy("leads", "company"),
  "lead-email-not-shared": {
    table: "leads",
    fires: {
      record: { email: "shared-lead@example.com" },
      children: [["leads", { email: "shared-lead@example.com" }]],
    },
    passes: { email: "own-lead@example.com" },
  },
  "lead-not-forgotten": {
    table: "leads",
    fires: { created_at: "2025-01-01" },
    passes: { created_at: "2025-01-01", status: "working" },
  },

  "product-name-not-shared": {
    table: "products",
    fires: { record: { name: "Twin Lift" }, children: [["products", { name: "TWIN LIFT" }]] },
    passes: { name: "Twin Lift Pro" },
  },
  "product-currency-known": { table: "products", fires: { currency: "USX" }, passes: { currency: "USD" } },

  "open-task-has-owner": {
    table: "tasks",
    fires: { owner_name: null },
    passes: { owner_name: null, status: "cancelled" },
  },
  "open-task-not-overdue": {
    table: "tasks",
    fires: { due_on: "2024-01-01" },
    passes: { due_on: "2024-01-01", status: "cancelled" },
  },
  "done-task-says-when": {
    table: "tasks",
    fires: { status: "done" },
    passes: { status: "done", completed_at: "2026-01-01" },
  },
  "who-left-is-inactive": {
    table: "team_members",
    fires: { left_on: "2024-01-01" },
    passes: { left_on: "2024-01-01", is_active: false },
  },
};
