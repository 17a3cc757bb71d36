import type { Sql } from "postgres";
import { ORGS } from "../scene/people.ts";
import { SCENE_RULES } from "../scene/rules.ts";

const TABLES: Readonly<Record<string, string>> = { customer: "shop.customers", purchase: "shop.orders" };

/** The issues that must stand, and those that may, by the checker's own reading of each rule: `org rule record`. */
async function expectedIssues(sql: Sql): Promise<{ expected: Set<string>; possible: Set<string> }> {
  const saved = await sql`select rule_key, org_id, status, condition from governance.data_quality_rules`;
  const [expected, possible] = [new Set<string>(), new Set<string>()];
  for (const { rule_key, entity_type = "purchase", violated, undecided = "false" } of SCENE_RULES) {
    if (violated === undefined) continue;
    for (const org of ORGS) {
      // An organization's own row stands in for the shared one, whatever its status.
      const rule = saved.find((r) => r.rule_key === rule_key && r.org_id === org) ??
        saved.find((r) => r.rule_key === rule_key && r.org_id === null);
      if (rule?.status !== "active") continue;
      const condition = violated.replace("{limit}", String(rule.condition?.rules?.[0]?.value ?? 0));
      const rows = await sql.unsafe(
        `select r.id, coalesce(${condition}, false) as is_violated from ${TABLES[entity_type]} r
         where r.org_id = $1 and ((${condition}) or (${undecided}))`,
        [org],
      );
      for (const { id, is_violated } of rows) {
        (is_violated ? expected : possible).add(`${org} ${rule_key} ${id}`);
      }
    }
  }
  return { expected, possible };
}

/** Nothing is lost, no old verdict stands, and SQL and TypeScript agree: what stands is what must stand. */
export async function checkIssues(sql: Sql): Promise<string[]> {
  const findings: string[] = [];
  const { expected, possible } = await expectedIssues(sql);
  const rows = await sql`
    select i.org_id || ' ' || i.rule_key || ' ' || i.record_key as issue, i.status, i.rule_key, i.message, i.record_key
    from governance.data_quality_issues i where i.status <> 'fixed'`;
  const standing = new Map(rows.map(({ issue, status }) => [issue as string, status as string]));
  for (const issue of expected) {
    if (!standing.has(issue)) findings.push(`an issue is missing: ${issue}: ${await storyOf(sql, issue)}`);
  }
  for (const { issue, status, rule_key, message } of rows) {
    if (rule_key.startsWith("system-")) findings.push(`the product complains: ${issue}: ${message}`);
    else if (status === "open" && !expected.has(issue) && !possible.has(issue)) {
      findings.push(`an issue stands that nothing speaks for: ${issue}: ${await storyOf(sql, issue)}`);
    }
  }
  const untidy = await sql`
    select r.rule_key, r.record_key, r.value from (
      select 'customer-email-tidy' as rule_key, 'email' as field, id as record_key, email as value from shop.customers where email <> lower(btrim(email))
      union all select 'order-status-tidy', 'status', id, status from shop.orders where status <> lower(status)) r
    where not exists (select from governance.fixes f where f.rule_key = r.rule_key and f.record_key = r.record_key and f.reverted_at is not null
      and f.patch @> jsonb_build_array(jsonb_build_object('op', 'test', 'path', '/' || r.field, 'value', r.value)))`;
  for (const { rule_key, record_key, value } of untidy) {
    findings.push(`a fix is missing: ${rule_key} ${record_key} "${value}"`);
  }
  return findings;
}

/** One open issue per fingerprint, whose events tell its story, whose verdicts never go back. */
export async function checkIssueHistory(sql: Sql): Promise<string[]> {
  const back = await sql`
    select issue_id, last_event_id, previous from (
      select v.issue_id, v.last_event_id, max(v.last_event_id) over (partition by v.issue_id order by v.place rows between unbounded preceding and 1 preceding) as previous
      from witness.verdicts v) x
    where x.last_event_id < x.previous`;
  const story = await sql`
    select i.id, i.status, array_agg(e.kind order by e.id) filter (where e.kind in ('opened', 'reopened', 'ignored', 'fixed')) as kinds
    from governance.data_quality_issues i left join governance.data_quality_issue_events e on e.issue_id = i.id
    group by i.id`;
  const seen = await sql`
    select i.id, i.occurrence_count from governance.data_quality_issues i
    where i.record_key <> '' and i.occurrence_count > 1
      + (select count(*) from governance.audit_events e where e.entity_type = i.entity_type and e.record_key = i.record_key)
      + (select count(*) from governance.data_quality_issue_events e where e.issue_id = i.id and e.kind = 'reopened')`;
  const twice = await sql`
    select rule_key, record_key, count(*) from governance.data_quality_issues where status = 'open'
    group by org_id, entity_type, rule_key, record_key, discriminator having count(*) > 1`;
  return [
    ...back.map(({ issue_id, last_event_id, previous }) =>
      `an old verdict (event ${last_event_id}) came after a newer one (${previous}) on issue ${issue_id}`
    ),
    ...story.filter(({ status, kinds }) => !tellsStory(status, kinds ?? [])).map(({ id, status, kinds }) =>
      `the events of issue ${id}, which is ${status}, are ${kinds}`
    ),
    ...seen.map(({ id, occurrence_count }) =>
      `issue ${id} was counted ${occurrence_count} times, more often than its record changed`
    ),
    ...twice.map(({ rule_key, record_key }) => `two issues are open for ${rule_key} ${record_key}`),
  ];
}

function tellsStory(status: string, kinds: readonly string[]): boolean {
  const become = (kind: string) => kind === "opened" || kind === "reopened" ? "open" : kind;
  return kinds[0] === "opened" && !kinds.slice(1).includes("opened") && become(kinds.at(-1)!) === status;
}

/** What is known of an issue that does not stand, for whoever has to find out why. */
async function storyOf(sql: Sql, issue: string): Promise<string> {
  const [org, rule, record] = issue.split(" ");
  const [story] = await sql`
    select (select to_jsonb(i) - array['id', 'message', 'observed', 'fields', 'due_date', 'updated_at'] from governance.data_quality_issues i
        where i.org_id = ${org!} and i.rule_key = ${rule!} and i.record_key = ${record!}) as issue,
      (select jsonb_agg(to_jsonb(e) - 'issue_id' order by e.id) from governance.data_quality_issue_events e join governance.data_quality_issues i on i.id = e.issue_id
        where i.org_id = ${org!} and i.rule_key = ${rule!} and i.record_key = ${record!}) as decisions,
      (select jsonb_agg(x) from (select e.id, e.occurred_at, e.operation, e.after, e.cause_kind from governance.audit_events e
        where e.record_key = ${record!} order by e.id desc limit 4) x) as events,
      (select jsonb_agg(x) from (select c.operation, c.before, c.after, c.was_seen from witness.changes c
        where c.after ->> 'id' = ${record!} or c.after ->> 'customer_id' = ${record!} or c.before ->> 'customer_id' = ${record!}
        order by c.place desc limit 4) x) as witnessed`;
  return JSON.stringify(story);
}
