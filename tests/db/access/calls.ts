import { org } from "./seed.ts";

/**
 * Role by function: one sensible call of each function of `governance`, and what each role gets, in the order of `roles`.
 *
 *     y  it is done, or refused for another reason than who asks
 *     -  done, and nothing came back: there is nothing that this caller may see
 *     n  refused: the caller may not (42501 or PT403)
 *     x  not found (PT404): what it is about does not exist for this caller
 *
 * `{…}` is the id of the row of acme that the seed has. A function that is missing here fails the test.
 */
export const calls: Record<string, { readonly call: string; readonly may: string }> = {
  add_extract_rows: { call: "'{extract}', '[]'", may: "nnnnyyny" },
  add_webhook: { call: `'${org}', 'Chat', 'https://hooks.acme.com', array['issue.opened']`, may: "nnnnnyny" },
  advance_reconciliation: { call: "", may: "nnnnnnny" },
  apply_suggested_fix: { call: "'{issue}'", may: "nxnnyyxy" },
  apply_suggested_fixes: { call: "array['{issue}']::uuid[]", may: "nxnnyyxy" },
  apply_verdicts: { call: "gen_random_uuid(), 'lead', '1', '[]'", may: "nnnnnnny" },
  assign_issue: { call: "'{issue}', null", may: "nxnnyyxy" },
  // Under another key, because the one record that violates it is waived.
  backtest_keys: { call: `'{"id": "{rule}", "rule_key": "another"}', '${org}'`, may: "nnnnyyny" },
  backtest_rule: { call: `'{"id": "{rule}"}', '${org}'`, may: "nnnnyyny" },
  begin_extract: { call: `'${org}', 'lead', 'ledger', 'id', array['email']`, may: "nnnnyyny" },
  call_reconcile: { call: "", may: "nnnnnnny" },
  changes_by: {
    call: "now() - interval '1 day', now() + interval '1 day', p_source => 'sql', p_entity_type => 'lead'",
    may: "n-yyyy-y",
  },
  claim_changes: { call: "1", may: "nnnnnnny" },
  claim_webhooks: { call: "1", may: "nnnnnnny" },
  draft_rule: { call: `'required', 'lead', '{"field": "email"}'`, may: "nyyyyyyy" },
  erase_record: {
    call: "'lead', '00000000-0000-4000-8000-000000000103', array['email'], 'Asked.'",
    may: "nxnnnyxy",
  },
  explain_refusal: { call: "(select max(w.id) from governance.refused_writes w)", may: "nxxxyyxy" },
  explain_write: {
    call: "(select max(e.id) from governance.audit_events e where e.entity_type = 'lead')",
    may: "nxyyyyxy",
  },
  field_history: { call: "'lead', '00000000-0000-4000-8000-000000000103', 'last_name'", may: "n-yyyy-y" },
  fail_changes: { call: "gen_random_uuid(), '{}', 'x'", may: "nnnnnnny" },
  finish_webhooks: { call: "'[]'", may: "nnnnnnny" },
  grant_waiver: { call: `'${org}', 'own-rule', 'rule', 'x', now() + interval '1 day'`, may: "nnnnyyny" },
  heartbeat: { call: "gen_random_uuid()", may: "nnnnnnny" },
  ignore_issue: { call: "'{issue}', 'x'", may: "nxnnyyxy" },
  ingest_records: { call: "'{key}', 'lead', '[]'", may: "nnnnnnny" },
  issue_group: { call: "'{issue}'", may: "n-------" },
  issue_integration_key: { call: `'${org}', 'sync:old', 'New', array['ingest']`, may: "nnnnnyny" },
  keep_refused_payloads: { call: "'{key}', 'lead', '[]'", may: "nnnnnnny" },
  list_issues: { call: "", may: "n-yyyy-y" },
  pause: { call: "'lead', 'x'", may: "nnnnnnny" },
  preview_undo: {
    call: `'{"from": "2020-01-01", "org_id": "${org}", "entity_type": "lead"}'`,
    may: "nnnnyyny",
  },
  queue_status: { call: "", may: "nnnnnnny" },
  reconcile_extract: { call: "'{extract}'", may: "nnnnyyny" },
  record_as_of: {
    call: "'lead', '00000000-0000-4000-8000-000000000103', clock_timestamp()",
    may: "nxyyyyxy",
  },
  register_entity: { call: "'lead', 'public.leads'", may: "nnnnnnny" },
  register_organization: { call: "'new', 'New'", may: "nnnnnnny" },
  release_changes: { call: "gen_random_uuid()", may: "nnnnnnny" },
  remove_webhook: { call: "'{webhook}'", may: "nxxxxyxy" },
  reopen_issue: { call: "'{issue}'", may: "nxnnyyxy" },
  request_reconciliation: { call: `'pipeline', '${org}'`, may: "nnnnyyny" },
  restore_rule: { call: "'{rule}', 1", may: "nxnnnyxy" },
  resume: { call: "'lead'", may: "nnnnnnny" },
  retry_webhook_delivery: { call: "{delivery}", may: "nxxxxyxy" },
  revoke_integration_key: { call: "'{key}'", may: "nxxxxyxy" },
  revoke_waiver: { call: "'{waiver}', 'x'", may: "nxnnyyxy" },
  ring_doorbell: { call: "", may: "nnnnnnny" },
  store_records: { call: `'lead', '${org}', '[{"n": 1, "values": {"last_name": "New"}}]'`, may: "nxnyyyxy" },
  sweep: { call: "'lead'", may: "nnnnnyyy" },
  take_trial: { call: "gen_random_uuid()", may: "nnnnnnny" },
  try_records: { call: `'lead', '${org}', '[{"n": 1, "values": {"last_name": "New"}}]'`, may: "nxnyyyxy" },
  undo: { call: `'{"from": "2020-01-01", "org_id": "${org}"}'`, may: "nnnnyyny" },
  undo_fix: { call: "'{fix}'", may: "nxnnyyxy" },
  undo_fix_batch: { call: "'{batch}'", may: "nxnnyyxy" },
  unregister_entity: { call: "'lead'", may: "nnnnnnny" },
  use_integration_key: { call: "repeat('0', 64), 'ingest'", may: "nnnnnnny" },
  begin_import_chunk: { call: "'{import}', 1, 'x'", may: "nxxxyyxy" },
  change_import: { call: `'{import}', '{"mode": "upsert"}'`, may: "nxxxyyxy" },
  commit_import_chunk: { call: "'{import}'", may: "nxxxyyxy" },
  correct_import_row: { call: `'{import}', 1, '{"last_name": "Lee"}'`, may: "nxxxyyxy" },
  discard_import_row: { call: "'{import}', 1", may: "nxxxyyxy" },
  erase_import_rows: { call: "'lead', 'x'", may: "nnnnnnny" },
  finish_import_judging: { call: "'{import}', 1, 1, '[]'", may: "nnnnnnny" },
  judge_import_chunk: { call: "'{import}'", may: "nxxxyyxy" },
  retry_import: { call: "'{import}'", may: "nxxxyyxy" },
  set_audit_retention: { call: "null", may: "nnnnnnny" },
  stage_import_chunk: { call: "'{import}', 1, 'x', '{}', '[]', '{}', true", may: "nxxxyyxy" },
  start_import: { call: `'${org}', 'lead', 'leads.csv'`, may: "nxnyyyxy" },
  undo_import: { call: "'{import}'", may: "nxxxyyxy" },
};

/** Functions whose line is still to be written, by whoever adds them; their grants are in the matrix. */
export const withoutLine: readonly string[] = [
  "approve_change",
  "begin_idempotent_call",
  "check_rule",
  "commit_change",
  "finish_idempotent_call",
  "look_up_values",
  "note_evaluate_cost",
  "promote_rule",
  "promotion_evidence",
  "propose_change",
  "propose_changes",
  "reject_change",
  "request_changes",
  "revise_change",
  "rule_health",
  "save_rule",
  "validate_change",
  "withdraw_change",
];
