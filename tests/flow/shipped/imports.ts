import { at, type Pair } from "./pair.ts";

const synced = (table: string): Pair => ({
  table,
  fires: { source: "sync:erp" },
  passes: { source: "sync:erp", external_id: `${table}-4711` },
});
const file = { status: "complete", received_count: 10 };

export const imports: Readonly<Record<string, Pair>> = {
  "eligibility-file-arrived": {
    table: "eligibility_files",
    fires: { status: "expected", expected_on: "2025-01-01" },
    passes: { status: "expected", expected_on: "2090-01-01" },
  },
  "eligibility-file-complete": {
    table: "eligibility_files",
    fires: { ...file, expected_count: 12 },
    passes: { ...file, expected_count: 10 },
  },
  "eligibility-file-not-twice": {
    table: "eligibility_files",
    fires: { record: { checksum: "abc" }, children: [["eligibility_files", { checksum: "abc" }]] },
    passes: {
      record: { checksum: "def" },
      children: [["eligibility_files", { checksum: "def", source: "other" }]],
    },
  },
  "eligibility-record-names-member": {
    table: "eligibility_records",
    fires: { member_number: " " },
    passes: { member_number: "S-1" },
  },
  "eligibility-record-matched": {
    table: "eligibility_records",
    fires: { member_number: "S-99", member_id: null },
    passes: { member_number: "S-1", member_id: at.subscriber },
  },
  "eligibility-record-plan-known": {
    table: "eligibility_records",
    fires: { plan_code: "GOLD1" },
    passes: { plan_code: "GOLD-1" },
  },
  "eligibility-record-dates-in-order": {
    table: "eligibility_records",
    fires: { starts_on: "2026-02-01", ends_on: "2026-01-31" },
    passes: { starts_on: "2026-02-01", ends_on: "2026-02-01" },
  },
  "eligibility-record-birth-date-plausible": {
    table: "eligibility_records",
    fires: { birth_date: "1868-01-01" },
    passes: { birth_date: "1968-01-01" },
  },
  "eligibility-dependant-names-subscriber": {
    table: "eligibility_records",
    fires: { relationship: "child" },
    passes: { relationship: "child", subscriber_number: "S-1" },
  },
  "synced-account-keeps-its-key": synced("accounts"),
  "synced-contact-keeps-its-key": synced("contacts"),
  "synced-lead-keeps-its-key": synced("leads"),
  "synced-deal-keeps-its-key": synced("deals"),
  "synced-member-keeps-its-key": synced("members"),
};
