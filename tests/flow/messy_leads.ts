import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { harborLane } from "./support.ts";

/** Inserts messy leads in one statement; with `ring: false` without any doorbell. */
export async function insertMessyLeads(sql: Sql, count: number, { ring = true } = {}): Promise<void> {
  await sql.begin(async (transaction) => {
    if (!ring) {
      await transaction`select set_config('governance.rung', pg_current_xact_id()::text, true)`;
    }
    await transaction`
      insert into public.leads (org_id, first_name, last_name, email, country)
      select ${harborLane}, 'Ann', 'Lee', 'ANN.' || n || '@EXAMPLE.COM', 'Philipines' from generate_series(1, ${count}::int) as n`;
  });
}

/**
 * What must be true of messy leads, whatever happened to doorbells, evaluators and Postgres: each was fixed once, has one
 * open issue, and nothing waits or died.
 */
export async function assertAllEvaluatedOnce(sql: Sql, count: number): Promise<void> {
  const [seen] = await sql`
    select
      (select count(*)::int from public.leads) as leads,
      (select count(*)::int from public.leads where email = lower(email)) as clean,
      (select count(*)::int from governance.fixes where rule_key = 'lead-email-is-normalised') as fixes,
      (select count(*)::int from governance.data_quality_issues where rule_key = 'lead-country-known' and status = 'open') as issues,
      (select count(distinct record_key)::int from governance.data_quality_issues where rule_key = 'lead-country-known') as "recordsWithIssue",
      (select count(*)::int from governance.data_quality_issue_events where kind = 'opened') as "timesOpened",
      (select max(occurrence_count)::int from governance.data_quality_issues) as "mostOccurrences",
      (select count(*)::int from governance.audit_events where entity_type = 'lead') as events,
      (select count(*)::int from governance_private.change_queue)
        + (select count(*)::int from governance_private.bulk_changes) as waiting,
      (select count(*)::int from governance_private.record_leases) as leases,
      (select count(*)::int from governance_private.dead_letters) as dead`;
  assertEquals({ ...seen }, {
    leads: count,
    clean: count,
    fixes: count,
    issues: count,
    recordsWithIssue: count,
    timesOpened: count,
    mostOccurrences: 1,
    events: 2 * count,
    waiting: 0,
    leases: 0,
    dead: 0,
  });
}
