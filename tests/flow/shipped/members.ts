import { at, type Pair } from "./pair.ts";

const covered = { plan_id: at.plan, member_id: "$", starts_on: "2024-01-01", status: "active" };

export const members: Readonly<Record<string, Pair>> = {
  "member-has-number": {
    table: "members",
    fires: { member_number: null, status: "suspended" },
    passes: { member_number: null, status: "pending" },
  },
  "active-member-has-coverage": {
    table: "members",
    fires: {
      record: { status: "active" },
      children: [["coverages", { ...covered, ends_on: "2024-12-31", status: "terminated" }]],
    },
    passes: { record: { status: "active" }, children: [["coverages", covered]] },
  },
  "terminated-member-is-not-covered": {
    table: "members",
    fires: {
      record: { status: "terminated", terminated_on: "2025-01-01" },
      children: [["coverages", covered]],
    },
    passes: {
      record: { status: "terminated", terminated_on: "2025-01-01" },
      children: [["coverages", { ...covered, ends_on: "2025-01-01", status: "terminated" }]],
    },
  },
  "terminated-member-says-when": {
    table: "members",
    fires: { status: "terminated" },
    passes: { status: "terminated", terminated_on: "2025-01-01" },
  },
  "member-dates-in-order": {
    table: "members",
    fires: { joined_on: "2025-01-02", terminated_on: "2025-01-01" },
    passes: { joined_on: "2025-01-01", terminated_on: "2025-01-01" },
  },
  "member-birth-date-plausible": {
    table: "members",
    fires: { birth_date: "2090-05-01" },
    passes: { birth_date: "1990-05-01" },
  },
  "dependant-has-subscriber": {
    table: "members",
    fires: { relationship: "spouse" },
    passes: { relationship: "spouse", subscriber_id: at.subscriber },
  },
  "dependants-subscriber-is-one": {
    table: "members",
    fires: { relationship: "child", subscriber_id: at.dependant },
    passes: { relationship: "child", subscriber_id: at.subscriber },
  },
  "subscriber-email-not-shared": {
    table: "members",
    fires: {
      record: { email: "shared-member@example.com" },
      children: [["members", { email: "shared-member@example.com" }]],
    },
    passes: {
      record: { email: "family@example.com" },
      children: [["members", { email: "family@example.com", relationship: "spouse", subscriber_id: "$" }]],
    },
  },
  "member-not-twice": {
    table: "members",
    fires: {
      record: { first_name: "Ana", last_name: "Silva", birth_date: "1980-02-03" },
      children: [["members", { first_name: "ana", last_name: "SILVA", birth_date: "1980-02-03" }]],
    },
    passes: { first_name: "Ana", last_name: "Silva", birth_date: "1981-02-03" },
  },
  "member-email-looks-valid": {
    table: "members",
    fires: { email: "ann.example.com" },
    passes: { email: "ann.member@example.com" },
  },
  "member-country-known": {
    table: "members",
    fires: { country: "Swizerland" },
    passes: { country: "Suisse" },
  },
  "member-text-is-tidy": {
    table: "members",
    fires: { member_number: " M-tidy " },
    passes: { member_number: "M-untouched" },
    becomes: { member_number: "M-tidy" },
  },
  "member-name-has-capitals": {
    table: "members",
    fires: { last_name: "O'NEIL" },
    passes: { last_name: "de Vries" },
    becomes: { last_name: "O'Neil" },
  },
  "member-email-is-normalised": {
    table: "members",
    fires: { email: " ANN.M@Example.COM" },
    passes: { email: "bob.m@example.com" },
    becomes: { email: "ann.m@example.com" },
  },
  "member-phone-is-e164": {
    table: "members",
    fires: { phone: "(410) 555-0142" },
    passes: { phone: "+14105550143" },
    becomes: { phone: "+14105550142" },
  },
  "coverage-starts-within-its-plan": {
    table: "coverages",
    fires: { plan_id: at.endedPlan, starts_on: "2022-01-01" },
    passes: { plan_id: at.endedPlan, starts_on: "2021-12-31" },
  },
  "active-coverage-has-not-ended": {
    table: "coverages",
    fires: { member_id: at.dependant, starts_on: "2023-01-01", ends_on: "2023-02-01", status: "active" },
    passes: { member_id: at.dependant, starts_on: "2023-03-01", ends_on: "2023-04-01", status: "terminated" },
  },
  "coverage-dates-plausible": {
    table: "coverages",
    fires: { starts_on: "2205-01-01" },
    passes: { starts_on: "2005-01-01" },
  },
  "active-plan-has-not-ended": {
    table: "plans",
    fires: { ends_on: "2024-01-01" },
    passes: { ends_on: "2024-01-01", is_active: false },
  },
  "plan-currency-known": { table: "plans", fires: { currency: "GPB" }, passes: { currency: "GBP" } },
};
