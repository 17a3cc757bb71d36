import { at, type Pair } from "./pair.ts";

const line = ["invoice_lines", { invoice_id: "$", position: 1, unit_price: 5, amount: 5 }] as const;
const paid = { status: "paid", total_amount: 5, paid_on: "2026-01-05" };
const payment = { invoice_id: "$", amount: 5, currency: "USD", processed_on: "2026-01-05" };
const settled = { status: "settled", invoice_id: at.invoice, processed_on: "2026-02-01" };
const refund = { kind: "refund", status: "settled", processed_on: "2026-02-01" };

export const billing: Readonly<Record<string, Pair>> = {
  "invoice-has-payer": {
    table: "invoices",
    fires: { member_id: null },
    passes: { member_id: null, account_id: at.account },
  },
  "invoice-has-lines": {
    table: "invoices",
    fires: { status: "open" },
    passes: { record: { status: "open" }, children: [line] },
  },
  "paid-invoice-has-payment": {
    table: "invoices",
    fires: {
      record: paid,
      children: [line, ["payments", { ...payment, status: "declined", decline_reason: "no" }]],
    },
    passes: { record: paid, children: [line, ["payments", { ...payment, status: "settled" }]] },
  },
  "paid-invoice-says-when": {
    table: "invoices",
    fires: { record: { ...paid, paid_on: null, total_amount: 0 }, children: [line] },
    passes: { record: { ...paid, total_amount: 0 }, children: [line] },
  },
  "open-invoice-not-long-overdue": {
    table: "invoices",
    fires: { record: { status: "open", due_on: "2024-01-01" }, children: [line] },
    passes: { record: { status: "uncollectible", due_on: "2024-01-01" }, children: [line] },
  },
  "invoice-currency-known": { table: "invoices", fires: { currency: "USX" }, passes: { currency: "CAD" } },
  "invoice-dates-plausible": {
    table: "invoices",
    fires: { issued_on: "0026-01-01" },
    passes: { issued_on: "2026-01-01" },
  },
  "payment-has-invoice": {
    table: "payments",
    fires: { status: "settled", processed_on: "2026-02-02" },
    passes: { ...settled, amount: 6 },
  },
  "payment-currency-agrees-with-invoice": {
    table: "payments",
    fires: { invoice_id: at.invoice, currency: "EUR" },
    passes: { invoice_id: at.invoice, currency: "USD" },
  },
  "refund-names-its-payment": {
    table: "payments",
    fires: refund,
    passes: { ...refund, refunds_payment_id: at.payment },
  },
  "refund-not-above-its-payment": {
    table: "payments",
    fires: { ...refund, refunds_payment_id: at.payment, amount: 51 },
    passes: { ...refund, refunds_payment_id: at.payment, amount: 50 },
  },
  "settled-payment-says-when": {
    table: "payments",
    fires: { status: "settled", invoice_id: at.invoice },
    passes: { ...settled, amount: 7 },
  },
  "payment-date-plausible": {
    table: "payments",
    fires: { processed_on: "2090-01-01" },
    passes: { processed_on: "2026-01-01" },
  },
  "pending-payment-not-stuck": {
    table: "payments",
    fires: { status: "pending", created_at: "2025-01-01" },
    passes: { status: "pending" },
  },
  "declined-payment-says-why": {
    table: "payments",
    fires: { status: "declined" },
    passes: { status: "declined", decline_reason: "card expired" },
  },
  "payment-not-twice": {
    table: "payments",
    fires: { record: { ...settled, amount: 8 }, children: [["payments", { ...settled, amount: 8 }]] },
    passes: {
      record: { ...settled, amount: 9 },
      children: [["payments", { ...settled, amount: 9, processed_on: "2026-03-01" }]],
    },
  },
};
