/**
 * Who may do what with which table, by verb. Each letter is a right: r reads, a adds, c changes, d deletes; `-` none.
 * What is not listed is forbidden to everybody, and a table that is missing here fails the test.
 */
export const roles = [
  "anon",
  "nobody",
  "viewer",
  "member",
  "steward",
  "admin",
  "outsider",
  "service_role",
] as const;
export type Role = typeof roles[number];

export interface Access {
  /** One entry a role, in the order of `roles`. Rights on the rows of organization acme. */
  readonly rights: readonly string[];
  /** A row of acme that can be added. */
  readonly row?: Record<string, unknown>;
  /** A change that can be made. */
  readonly change?: string;
}

const hidden = ["", "", "", "", "", "", "", ""];
const readable = ["", "", "r", "r", "r", "r", "", "r"];
const everybody = ["", "r", "r", "r", "r", "r", "r", "r"];
const records = ["", "", "r", "rac", "racd", "racd", "", "racd"];
const catalogue = ["", "", "r", "r", "racd", "racd", "", "racd"];
const pipelines = ["", "", "r", "r", "r", "racd", "", "racd"];
const history = ["", "", "r", "ra", "rad", "rad", "", "rad"];
const banking = ["", "", "", "rac", "racd", "racd", "", "racd"];

export const org = "00000000-0000-4000-8000-0000000000aa";
const id = (n: number) => `00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}`;

export const tables: Record<string, Access> = {
  "public.organizations": {
    rights: ["", "", "r", "r", "r", "r", "", "racd"],
    row: { name: "New" },
    change: "name = 'x'",
  },
  "public.accounts": { rights: records, row: { org_id: org, name: "New" }, change: "name = 'x'" },
  "public.contacts": { rights: records, row: { org_id: org, last_name: "New" }, change: "last_name = 'x'" },
  "public.leads": { rights: records, row: { org_id: org, last_name: "New" }, change: "last_name = 'x'" },
  "public.products": { rights: catalogue, row: { org_id: org, name: "New" }, change: "name = 'x'" },
  "public.pipelines": { rights: pipelines, row: { org_id: org, name: "New" }, change: "name = 'x'" },
  "public.pipeline_stages": {
    rights: pipelines,
    row: { org_id: org, pipeline_id: id(5), name: "New", position: 9 },
    change: "name = 'x'",
  },
  "public.deals": { rights: records, row: { org_id: org, name: "New" }, change: "name = 'x'" },
  "public.tasks": { rights: records, row: { org_id: org, title: "New" }, change: "title = 'x'" },
  "public.team_members": { rights: pipelines, row: { org_id: org, name: "New" }, change: "name = 'x'" },
  "public.deal_stage_changes": { rights: history, row: { org_id: org, deal_id: id(7), to_status: "open" } },
  "public.pipeline_totals": {
    rights: catalogue,
    row: {
      org_id: org,
      pipeline_id: id(5),
      as_of: "2026-02-01",
      currency: "USD",
      deal_count: 1,
      total_amount: "10",
    },
    change: "deal_count = 2",
  },
  "public.plans": { rights: catalogue, row: { org_id: org, name: "New" }, change: "kind = 'x'" },
  "public.members": { rights: records, row: { org_id: org, last_name: "New" }, change: "last_name = 'x'" },
  "public.coverages": {
    rights: records,
    row: { org_id: org, member_id: id(12), plan_id: id(11), starts_on: "2026-01-01", ends_on: "2026-01-31" },
    change: "status = 'terminated'",
  },
  "public.eligibility_files": {
    rights: records,
    row: { org_id: org, source: "carrier", as_of: "2026-02-01" },
    change: "name = 'x'",
  },
  "public.eligibility_records": {
    rights: records,
    row: { org_id: org, file_id: id(14), line_number: 2 },
    change: "plan_code = 'x'",
  },
  "public.billing_processors": {
    rights: catalogue,
    row: { org_id: org, name: "New" },
    change: "is_active = false",
  },
  "public.processor_settlements": {
    rights: records,
    row: { org_id: org, processor_id: id(16), settled_on: "2026-02-01", currency: "EUR" },
    change: "fee_amount = 1",
  },
  "public.bank_accounts": {
    rights: banking,
    row: { org_id: org, member_id: id(12), account_fingerprint: "new" },
    change: "bank_name = 'x'",
  },
  "public.invoices": { rights: records, row: { org_id: org, currency: "USD" }, change: "total_amount = 1" },
  "public.invoice_lines": {
    rights: records,
    row: { org_id: org, invoice_id: id(19), position: 2, unit_price: "1", amount: "1" },
    change: "description = 'x'",
  },
  "public.payments": {
    rights: records,
    row: { org_id: org, amount: "1", currency: "USD" },
    change: "status = 'settled'",
  },
  "governance.organizations": {
    rights: ["", "", "r", "r", "r", "rc", "", "rc"],
    change: "default_owner = null",
  },
  "governance.memberships": {
    rights: ["", "", "r", "r", "r", "racd", "", "racd"],
    row: { user_id: id(99), org_id: org, role: "viewer" },
    change: "role = role",
  },
  "governance.source_systems": {
    rights: ["", "", "r", "r", "r", "racd", "", "racd"],
    row: { source_key: "new", org_id: org, label: "New", user_id: "00000000-0000-4000-8000-00000000a005" },
    change: "label = 'x'",
  },
  "governance.entities": { rights: everybody },
  "governance.relations": { rights: everybody },
  // Sweeps, which are of all organizations, are for the instance; reconciliations are for the organization's people.
  "governance.runs": { rights: ["", "", "r", "r", "r", "r", "", "r"] },
  "governance.reconcile_jobs": {
    rights: ["", "r", "r", "r", "r", "r", "r", "rc"],
    change: "is_enabled = true",
  },
  "governance.reconcile_steps": { rights: everybody },
  "governance.break_classes": {
    rights: ["", "r", "r", "r", "r", "r", "r", "rc"],
    change: "severity = 'low'",
  },
  "governance.reconcile_policies": {
    rights: ["", "", "r", "r", "r", "racd", "", "racd"],
    row: { org_id: org, break_class: "underpaid", is_ignored: true },
    change: "is_ignored = true",
  },
  "governance.breaks": { rights: readable },
  "governance.rule_patterns": { rights: everybody },
  "governance.rule_history": { rights: readable },
  "governance.extracts": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance_private.extract_rows": { rights: hidden },
  "governance_private.deal_stage_norms": { rights: hidden },
  "governance.reference_sets": {
    rights: ["", "", "r", "r", "r", "r", "", "rad"],
    row: { set_key: "new", org_id: org, description: "New." },
  },
  "governance.reference_values": {
    rights: ["", "", "r", "r", "rad", "rad", "", "rad"],
    row: { set_key: "countries", org_id: org, value: "Newland" },
  },
  "governance.data_quality_rules": {
    rights: ["", "", "r", "r", "r", "racd", "", "racd"],
    row: {
      rule_key: "new",
      org_id: org,
      entity_type: "lead",
      dimension: "validity",
      message: "New.",
      status: "draft",
      condition: { combinator: "and", rules: [{ field: "email", operator: "notNull" }] },
    },
    change: "severity = 'low'",
  },
  "governance.data_quality_rule_versions": { rights: readable },
  "governance.audit_events": { rights: readable },
  "governance.audit_events_default": { rights: hidden },
  "governance.data_quality_issues": {
    rights: ["", "", "r", "r", "r", "r", "", "rc"],
    change: "due_date = now()",
  },
  "governance.data_quality_issue_events": { rights: readable },
  "governance.review_queue": { rights: readable },
  "governance.fixes": { rights: readable },
  "governance_private.compiled_entities": { rights: hidden },
  "governance_private.change_queue": { rights: hidden },
  "governance_private.compiled_scans": { rights: hidden },
  "governance_private.sweep_backlog": { rights: hidden },
  "governance_private.sweep_openings": { rights: hidden },
  "governance.further_violations": { rights: readable },
  "governance_private.normalizer_names": { rights: hidden },
  "governance_private.write_fixes": { rights: hidden },
  "governance_private.rule_reads": { rights: hidden },
  "governance_private.rule_columns": { rights: hidden },
  "governance_private.unique_keys": { rights: hidden },
  "governance_private.unique_rules": { rights: hidden },
  "governance_private.bulk_changes": { rights: hidden },
  "governance_private.fresh_rings": { rights: hidden },
  "governance_private.writers": { rights: hidden },
  "governance_private.rings": { rights: hidden },
  "governance.audit_trail": { rights: readable },
  "governance.masked_change_records": { rights: readable },
  "governance.masked_fixes": { rights: readable },
  "governance.masked_issues": { rights: readable },
  "governance.sensitive_columns": {
    rights: ["", "", "r", "r", "r", "racd", "", "racd"],
    row: { entity_type: "plan", column_name: "name", org_id: org },
    change: "reason = 'x'",
  },
  "governance_private.audit_settings": { rights: hidden },
  "governance_private.write_causes": { rights: hidden },
  "governance_private.queue_settings": { rights: hidden },
  "governance_private.record_leases": { rights: hidden },
  "governance_private.dead_letters": { rights: hidden },
  "governance_private.trials": { rights: hidden },
  "governance_private.write_sources": { rights: hidden },
  "governance_private.former_entities": { rights: hidden },
  "governance_private.shadow_marks": { rights: hidden },
  "governance_private.evidence_settings": { rights: hidden },
  "governance_private.rule_costs": { rights: hidden },
  "governance_private.rule_change_notes": { rights: hidden },
  "governance.waivers": { rights: readable },
  "governance.shadow_tallies": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance.shadow_counts": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance.shadow_hits": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance.refused_writes": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance_private.key_usage": { rights: hidden },
  "governance.integration_keys": { rights: ["", "", "", "", "", "r", "", "r"] },
  "governance.change_policies": {
    rights: ["", "", "r", "r", "r", "racd", "", "racd"],
    row: {
      policy_key: "new",
      org_id: org,
      entity_type: "lead",
      guarded_fields: "{email}",
      message: "New.",
      status: "draft",
    },
    change: "four_eyes = false",
  },
  "governance.change_policy_versions": { rights: readable },
  "governance.change_requests": { rights: readable },
  "governance.change_request_records": { rights: readable },
  "governance.change_request_decisions": { rights: readable },
  // Each person's own: the seed's is the member's.
  "governance.notifications": { rights: ["", "", "", "rc", "", "", "", "r"], change: "read_at = now()" },
  "governance.write_limits": {
    rights: ["", "r", "r", "r", "r", "r", "r", "racd"],
    row: { entity_type: "lead", writer: "person", statement_limit: 7 },
    change: "statement_limit = 7",
  },
  "governance_private.write_counts": { rights: hidden },
  "governance_private.trial_marks": { rights: hidden },
  "governance_private.diverted_changes": { rights: hidden },
  "governance_private.committing_changes": { rights: hidden },
  "governance.undos": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance_private.undo_plans": { rights: hidden },
  "governance_private.undo_events": { rights: hidden },
  "governance_private.undo_history": { rights: hidden },
  "governance_private.undo_steps": { rights: hidden },
  "governance.webhook_endpoints": { rights: ["", "", "", "", "", "r", "", "r"] },
  "governance.webhook_deliveries": { rights: ["", "", "", "", "", "r", "", "r"] },
  "governance.source_records": { rights: readable },
  "governance.imports": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance.import_rows": { rights: ["", "", "", "", "r", "r", "", "r"] },
  "governance.import_mappings": { rights: ["", "", "", "r", "rd", "rd", "", "rd"] },
  "governance_private.import_uploads": { rights: hidden },
  "governance_private.import_purges": { rights: hidden },
  "governance.retention_periods": {
    rights: ["", "r", "r", "r", "r", "r", "r", "rc"],
    change: "keep = '7 days'",
  },
  "governance_private.idempotent_calls": { rights: hidden },
  "governance.refused_payloads": { rights: ["", "", "", "", "r", "r", "", "r"] },
};

/** Who may call which function of `governance` at all (what it then allows has tests of its own), by its grants. */
const people = ["authenticated", "service_role"];
const system = ["service_role"];
export const functions: Record<string, readonly string[]> = {
  add_extract_rows: people,
  advance_reconciliation: system,
  backtest_keys: people,
  backtest_rule: people,
  begin_extract: people,
  call_reconcile: system,
  reconcile_extract: people,
  request_reconciliation: people,
  set_audit_retention: system,
  changes_by: people,
  explain_refusal: people,
  explain_write: people,
  field_history: people,
  record_as_of: people,
  erase_record: people,
  approve_change: people,
  commit_change: people,
  propose_change: people,
  propose_changes: people,
  reject_change: people,
  request_changes: people,
  revise_change: people,
  validate_change: people,
  withdraw_change: people,
  apply_suggested_fix: people,
  apply_suggested_fixes: people,
  apply_verdicts: system,
  assign_issue: people,
  draft_rule: people,
  grant_waiver: people,
  check_rule: people,
  note_evaluate_cost: system,
  promote_rule: people,
  promotion_evidence: people,
  rule_health: people,
  save_rule: people,
  revoke_waiver: people,
  restore_rule: people,
  claim_changes: system,
  fail_changes: system,
  heartbeat: system,
  ignore_issue: people,
  issue_group: people,
  list_issues: people,
  pause: system,
  queue_status: system,
  register_entity: system,
  register_organization: system,
  release_changes: system,
  look_up_values: system,
  reopen_issue: people,
  resume: system,
  ring_doorbell: system,
  ingest_records: system,
  issue_integration_key: people,
  keep_refused_payloads: system,
  revoke_integration_key: people,
  store_records: people,
  add_webhook: people,
  claim_webhooks: system,
  finish_webhooks: system,
  remove_webhook: people,
  retry_webhook_delivery: people,
  take_trial: system,
  use_integration_key: system,
  try_records: people,
  begin_idempotent_call: system,
  finish_idempotent_call: system,
  begin_import_chunk: people,
  change_import: people,
  commit_import_chunk: people,
  correct_import_row: people,
  discard_import_row: people,
  erase_import_rows: system,
  finish_import_judging: system,
  judge_import_chunk: people,
  retry_import: people,
  stage_import_chunk: people,
  start_import: people,
  undo_import: people,
  preview_undo: people,
  undo: people,
  undo_fix: people,
  undo_fix_batch: people,
  unregister_entity: system,
  sweep: people,
};

/** A row of acme in every table that can hold one; `postgres` adds them. */
export const seed = `
  insert into public.organizations (id, name) values ('${org}', 'Acme'), ('${id(0)}', 'Other');
  insert into governance.memberships (user_id, org_id, role) values
    ('00000000-0000-4000-8000-00000000a001', '${org}', 'viewer'), ('00000000-0000-4000-8000-00000000a002', '${org}', 'member'),
    ('00000000-0000-4000-8000-00000000a004', '${org}', 'steward'), ('00000000-0000-4000-8000-00000000a005', '${org}', 'admin'),
    ('00000000-0000-4000-8000-00000000b005', '${id(0)}', 'admin');
  insert into public.accounts (id, org_id, name) values ('${id(1)}', '${org}', 'Account');
  insert into public.contacts (id, org_id, last_name) values ('${id(2)}', '${org}', 'Contact');
  insert into public.leads (id, org_id, last_name) values ('${id(3)}', '${org}', 'Lead');
  insert into public.products (id, org_id, name) values ('${id(4)}', '${org}', 'Product');
  insert into public.pipelines (id, org_id, name) values ('${id(5)}', '${org}', 'Pipeline');
  insert into public.pipeline_stages (id, org_id, pipeline_id, name, position) values ('${
  id(6)
}', '${org}', '${id(5)}', 'Stage', 1);
  insert into public.deals (id, org_id, name) values ('${id(7)}', '${org}', 'Deal');
  insert into public.tasks (id, org_id, title) values ('${id(8)}', '${org}', 'Task');
  insert into public.team_members (id, org_id, name) values ('${id(10)}', '${org}', 'Owner');
  insert into public.deal_stage_changes (id, org_id, deal_id, to_status) values ('${id(9)}', '${org}', '${
  id(7)
}', 'open');
  insert into public.pipeline_totals (org_id, pipeline_id, as_of, currency, deal_count, total_amount)
    values ('${org}', '${id(5)}', '2026-01-01', 'USD', 1, 10);
  insert into public.plans (id, org_id, name) values ('${id(11)}', '${org}', 'Plan');
  insert into public.members (id, org_id, last_name) values ('${id(12)}', '${org}', 'Member');
  insert into public.coverages (id, org_id, member_id, plan_id, starts_on) values ('${id(13)}', '${org}', '${
  id(12)
}', '${id(11)}', '2026-02-01');
  insert into public.eligibility_files (id, org_id, source, as_of) values ('${
  id(14)
}', '${org}', 'carrier', '2026-01-01');
  insert into public.eligibility_records (id, org_id, file_id, line_number) values ('${id(15)}', '${org}', '${
  id(14)
}', 1);
  insert into public.billing_processors (id, org_id, name) values ('${id(16)}', '${org}', 'Processor');
  insert into public.processor_settlements (id, org_id, processor_id, settled_on, currency)
    values ('${id(17)}', '${org}', '${id(16)}', '2026-01-01', 'USD');
  insert into public.bank_accounts (id, org_id, member_id, account_fingerprint) values ('${
  id(18)
}', '${org}', '${id(12)}', 'old');
  insert into public.invoices (id, org_id, currency) values ('${id(19)}', '${org}', 'USD');
  insert into public.invoice_lines (id, org_id, invoice_id, position, unit_price, amount)
    values ('${id(20)}', '${org}', '${id(19)}', 1, 1, 1);
  insert into public.payments (id, org_id, amount, currency) values ('${id(21)}', '${org}', 1, 'USD');
  insert into governance.source_systems (source_key, org_id, label, user_id)
    values ('sync:old', '${org}', 'Old', '00000000-0000-4000-8000-00000000a002');
  insert into governance.reference_sets (set_key, org_id, description) values ('own', '${org}', 'Own.');
  insert into governance.reference_values (set_key, org_id, value) values ('own', '${org}', 'Own');
  insert into governance.data_quality_rules (rule_key, org_id, entity_type, dimension, message, status, condition)
    values ('own-rule', '${org}', 'lead', 'validity', 'x', 'draft', '{"combinator": "and", "rules": [{"field": "phone", "operator": "notNull"}]}');
  insert into governance.data_quality_issues (org_id, entity_type, record_key, rule_key, severity, message)
    values ('${org}', 'lead', '${id(3)}', 'own-rule', 'low', 'x');
  insert into governance.data_quality_issues (org_id, entity_type, record_key, rule_key, discriminator, severity, message)
    values ('${org}', 'lead', '${id(3)}', 'system-break-billing', 'underpaid', 'low', 'x');
  insert into governance.waivers (org_id, rule_key, entity_type, scope, record_key, reason, expires_at)
    values ('${org}', 'own-rule', 'lead', 'record', '${id(3)}', 'x', now() + interval '1 day');
  insert into governance.shadow_tallies (rule_id, rule_key, rule_version, org_id, entity_type, source, hits)
    values ('${id(31)}', 'own-rule', 1, '${org}', 'lead', 'person', 1);
  insert into governance.shadow_hits (rule_id, rule_key, rule_version, org_id, entity_type, record_key, source)
    values ('${id(31)}', 'own-rule', 1, '${org}', 'lead', '${id(3)}', 'person');
  insert into governance.refused_writes (org_id, entity_type, rule_key, rule_version, source, records)
    values ('${org}', 'lead', 'own-rule', 1, 'person', 1);
  insert into governance.runs (job, org_id, reason) values ('billing', '${org}', 'x');
  insert into governance.reconcile_policies (org_id, break_class) values ('${org}', 'overpaid');
  insert into governance.extracts (org_id, entity_type, source, key_column, fields) values ('${org}', 'lead', 'ledger', 'id', '{email}');
  insert into governance.integration_keys (org_id, source_key, label, scopes, key_hash, key_start)
    values ('${org}', 'sync:old', 'Old', array['ingest'], repeat('0', 64), 'sgk_000000');
  insert into governance.source_records (source_key, entity_type, external_id, org_id, record_key)
    values ('sync:old', 'lead', 'L-1', '${org}', '${id(3)}');
  insert into governance.imports (import_id, org_id, entity_type, file_name) values ('${
  id(31)
}', '${org}', 'lead', 'leads.csv');
  insert into governance.import_rows (import_id, row_number, line, raw) values ('${id(31)}', 1, 2, '["Lee"]');
  insert into governance.import_mappings (org_id, entity_type, header_hash, columns, mapping) values ('${org}', 'lead', 'x', '{a}', '{}');
  insert into governance.refused_payloads (org_id, source_key, payload, faults) values ('${org}', 'sync:old', '{}', '[]');
  insert into governance.webhook_endpoints (endpoint_id, org_id, label, url, events)
    values ('${id(30)}', '${org}', 'Chat', 'https://hooks.acme.com', array['issue.opened']);
  insert into governance.webhook_deliveries (endpoint_id, org_id, event_type, body, dedupe_key)
    values ('${id(30)}', '${org}', 'issue.opened', '{}', 'x');
  insert into governance.change_policies (policy_key, org_id, entity_type, guarded_fields, message) values ('own-policy', '${org}', 'lead', '{phone}', 'x');
  insert into governance.change_requests (id, org_id, entity_type, origin, record_count, proposed_role, source, expires_at)
    values ('${id(31)}', '${org}', 'lead', 'proposal', 1, 'postgres', 'sql', now() + interval '1 day');
  insert into governance.change_request_records (request_id, record_key, org_id, entity_type, patch, before, after)
    values ('${id(31)}', '${id(3)}', '${org}', 'lead', '[]', '{}', '{}');
  insert into governance.change_request_decisions (request_id, org_id, revision, decision, db_role) values ('${
  id(31)
}', '${org}', 1, 'proposed', 'postgres');
  insert into governance.notifications (org_id, user_id, kind, subject_type, subject_id, message)
    values ('${org}', '00000000-0000-4000-8000-00000000a002', 'change_decided', 'change_request', '${
  id(31)
}', 'x');
  insert into governance.undos (org_ids, scope, on_conflict, db_role) values ('{${org}}', '{}', 'refuse', 'postgres');
  insert into governance.fixes (org_id, entity_type, record_key, rule_key, rule_version, patch, inverse, batch_id, cause)
    values ('${org}', 'lead', '${id(3)}', 'own-rule', 1, '[]', '[]', gen_random_uuid(), 'auto');
  insert into governance.sensitive_columns (entity_type, column_name, org_id) values ('plan', 'kind', '${org}');
  insert into governance.further_violations (rule_id, org_id, entity_type, record_key, run_id)
    select r.id, '${org}', 'lead', '${id(3)}', gen_random_uuid() from governance.data_quality_rules r
    where r.entity_type = 'lead' and r.org_id is null order by r.rule_key limit 1;
`;

/** Which rows of a table are acme's. */
export function whose(table: string): string {
  if (table === "public.organizations") return `id = '${org}'`;
  if (table === "governance.data_quality_issue_events") return "true";
  if (
    /\.(entities|relations|write_limits|retention_periods|rule_patterns|reconcile_jobs|reconcile_steps|break_classes)$/
      .test(
        table,
      ) ||
    table.startsWith("governance_private.")
  ) return "true";
  if (table === "governance.import_rows") return `import_id = '${id(31)}'`;
  if (table === "governance.undos") return `'${org}' = any (org_ids)`;
  return `org_id::text = '${org}'`;
}
