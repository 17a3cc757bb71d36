import type { Sql } from "postgres";

/** Everything that evaluating once more must leave as it is. */
export async function takeStock(sql: Sql): Promise<Record<string, string>> {
  const [stock] = await sql`
    select
      (select jsonb_agg(to_jsonb(i) - array['last_seen_at', 'updated_at'] order by i.id) from governance.data_quality_issues i)::text as issues,
      (select jsonb_agg(e.id order by e.id) from governance.data_quality_issue_events e)::text as issue_events,
      (select jsonb_agg(to_jsonb(f) order by f.id) from governance.fixes f)::text as fixes,
      (select count(*) from governance.audit_events)::text as audit_events,
      (select jsonb_agg(to_jsonb(c) order by c.id) from shop.customers c)::text as customers,
      (select jsonb_agg(to_jsonb(o) order by o.id) from shop.orders o)::text as orders`;
  return { ...stock } as Record<string, string>;
}

/** Evaluating a second time changes nothing. */
export function compareStock(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(before).filter((name) => before[name] !== after[name]).map((name) => {
    const [a, b] = [before[name] ?? "", after[name] ?? ""];
    let at = 0;
    while (at < a.length && a[at] === b[at]) at++;
    return `evaluating once more changed ${name}: "${a.slice(Math.max(0, at - 160), at + 120)}" became "${
      b.slice(Math.max(0, at - 160), at + 120)
    }"`;
  });
}

/** Nothing waits, nothing is held, nothing died. */
export async function checkQueue(sql: Sql): Promise<string[]> {
  const [left] = await sql`
    select (select count(*)::int from governance_private.change_queue) as waiting,
      (select count(*)::int from governance_private.bulk_changes) as bulks,
      (select count(*)::int from governance_private.record_leases) as leases,
      (select count(*)::int from governance_private.dead_letters) as dead,
      (select count(*)::int from governance_private.write_causes) as causes`;
  return Object.entries({ ...left }).filter(([, count]) => count !== 0).map(([what, count]) =>
    `${count} ${what} are left`
  );
}
