export const org = "00000000-0000-4000-8000-0000000000aa";
export const id = (n: number) => `00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}`;

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
  if (table === "governance.undos") return `'${org}' = any (org_ids)`;
  if (table === "governance.import_rows") return `import_id = '${id(31)}'`;
  return `org_id::text = '${org}'`;
}
