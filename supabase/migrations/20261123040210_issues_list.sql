-- What: a page of issues in the order of their urgency.
-- Why: the order is over a word and a date that may be missing; a page begins behind the last row of the one before.
-- Breaks a running client: no.

create function governance.list_issues(
  p_status text default 'open', p_org_id text default null, p_entity_type text default null, p_record_key text default null,
  p_rule_key text default null, p_severity text default null, p_owner_user_id uuid default null,
  p_after_severity text default null, p_after_due_date timestamptz default null, p_after_id uuid default null, p_limit integer default 50
) returns setof governance.data_quality_issues
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: the caller's own row level security says which issues there are.
  select i.*
  from governance.data_quality_issues i
  where i.status = p_status
    and (p_org_id is null or i.org_id = p_org_id)
    and (p_entity_type is null or i.entity_type = p_entity_type)
    and (p_record_key is null or i.record_key = p_record_key)
    and (p_rule_key is null or i.rule_key = p_rule_key)
    and (p_severity is null or i.severity = p_severity)
    and (p_owner_user_id is null or i.owner_user_id = p_owner_user_id)
    and (p_after_id is null
      or (governance_private.severity_rank(i.severity), coalesce(i.due_date, 'infinity'), i.id)
       > (governance_private.severity_rank(p_after_severity), coalesce(p_after_due_date, 'infinity'), p_after_id))
  order by governance_private.severity_rank(i.severity), coalesce(i.due_date, 'infinity'), i.id
  limit least(greatest(p_limit, 0), 1000)
$$;
comment on function governance.list_issues(text, text, text, text, text, text, uuid, text, timestamptz, uuid, integer) is
  'Issues, most urgent first; p_after_… is the last row of the page before.';
grant execute on function governance.list_issues(text, text, text, text, text, text, uuid, text, timestamptz, uuid, integer) to authenticated, service_role;
