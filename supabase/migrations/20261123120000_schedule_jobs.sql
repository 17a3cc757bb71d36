-- What: the jobs that pg_cron runs.
-- Why: nothing depends on a doorbell, on a date being looked at, or on somebody cleaning up.
-- Breaks a running client: no.

select cron.schedule('governance-drain', '10 seconds', 'select governance_private.drain()');
select cron.schedule('governance-drop-resting-hooks', '*/5 * * * *', 'select governance_private.drop_resting_hooks()');
select cron.schedule('governance-sweep', '15 2 * * *', 'select governance_private.sweep_all()');
select cron.schedule('governance-review-rules', '30 4 * * *', 'select governance_private.review_rules()');
select cron.schedule('governance-wake-issues', '*/15 * * * *', 'select governance_private.wake_issues()');
select cron.schedule('governance-make-partitions', '5 0 * * *', 'select governance_private.make_audit_partitions()');
select cron.schedule('governance-purge-audit', '25 3 * * *', 'select governance_private.purge_audit()');
select cron.schedule('governance-purge-cron-history', '35 3 * * *',
  $$delete from cron.job_run_details where end_time < now() - interval '3 days'$$);
-- Corrections of rows that another trigger kept from being stored: nobody settles them.
select cron.schedule('governance-purge-write-fixes', '45 3 * * *',
  'delete from governance_private.write_fixes where transaction_id < pg_snapshot_xmin(pg_current_snapshot())');
select cron.schedule('governance-reconcile', '0 3 * * *', 'select governance_private.reconcile_all()');
select cron.schedule('governance-wake-reconcile', '30 seconds', 'select governance_private.wake_reconcile()');
select cron.schedule('governance-wake-webhooks', '10 seconds', 'select governance_private.wake_webhooks()');
select cron.schedule('governance-tell-overdue', '*/5 * * * *', 'select governance_private.tell_overdue_issues()');
select cron.schedule('governance-purge-expired', '*/5 * * * *', 'select governance_private.purge_expired()');
select cron.schedule('governance-purge-gone', '52 3 * * *', 'select governance_private.purge_gone_payloads()');
select cron.schedule('governance-tell-stalled-imports', '*/15 * * * *', 'select governance_private.tell_stalled_imports()');
select cron.schedule('governance-end-waivers', '* * * * *', 'select governance_private.end_waivers()');
select cron.schedule('governance-merge-shadow-tallies', '20 1 * * *', 'select governance_private.merge_shadow_tallies()');
select cron.schedule('governance-purge-refused-writes', '40 3 * * *',
  $$delete from governance.refused_writes where occurred_at < now() - interval '400 days'$$);
select cron.schedule('governance-expire-changes', '*/5 * * * *', 'select governance_private.expire_changes()');
select cron.schedule('governance-purge-diverted', '40 3 * * *',
  'delete from governance_private.diverted_changes where transaction_id < pg_snapshot_xmin(pg_current_snapshot())');
select cron.schedule('governance-purge-write-counts', '*/10 * * * *',
  $$delete from governance_private.write_counts where written_at < now() - interval '10 minutes'$$);
select cron.schedule('governance-purge-idempotency', '25 * * * *', 'select governance_private.purge_idempotent_calls()');
