-- What: issues and their events, the review queue.
-- Why: tracked work with owner, due date and suggested fix; one row a fingerprint, whatever happens to it.
-- Breaks a running client: no.

create table governance.data_quality_issues (
  id uuid primary key default gen_random_uuid(),
  org_id text not null default '',
  entity_type text not null,
  record_key text not null default '',
  record_label text,
  rule_key text not null,
  rule_id uuid,
  rule_version integer,
  discriminator text not null default '',
  fields text[] not null default '{}',
  reads text[] not null default '{}',
  related jsonb,
  severity text not null check (severity in ('critical', 'high', 'medium', 'low')),
  message text not null,
  observed jsonb not null default '{}',
  suggested_fix jsonb check (governance_private.is_patch(suggested_fix)),
  status text not null default 'open' check (status in ('open', 'ignored', 'fixed')),
  resolution text check (resolution in ('fixed_by_person', 'fixed_by_rule', 'data_changed', 'not_applicable', 'record_deleted',
    'rule_retired', 'false_alarm', 'wont_fix', 'duplicate')),
  owner_user_id uuid,
  due_date timestamptz,
  ignored_reason text,
  ignored_until timestamptz,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  occurrence_count integer not null default 1,
  last_event_id bigint,
  decided_by uuid,
  decided_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint one_issue_per_fingerprint unique (org_id, rule_key, entity_type, record_key, discriminator),
  constraint the_resolution_fits_the_status check (case status
    when 'open' then resolution is null
    when 'ignored' then coalesce(resolution, 'wont_fix') in ('false_alarm', 'wont_fix', 'duplicate')
    else resolution in ('fixed_by_person', 'fixed_by_rule', 'data_changed', 'not_applicable', 'record_deleted', 'rule_retired') end)
);
create index data_quality_issues_record_idx on governance.data_quality_issues (entity_type, record_key);
create index data_quality_issues_queue_idx on governance.data_quality_issues (org_id, status, due_date);
create index data_quality_issues_rule_idx on governance.data_quality_issues (rule_key, status);
create index data_quality_issues_owner_idx on governance.data_quality_issues (owner_user_id) where status = 'open';
create index data_quality_issues_waking_idx on governance.data_quality_issues (ignored_until) where status = 'ignored';
comment on table governance.data_quality_issues is 'What is wrong with the data and somebody should know: one row per rule and record. Opens, refreshes, closes and reopens by itself.';
comment on column governance.data_quality_issues.record_key is 'The record; empty for an issue about a whole entity or rule.';
comment on column governance.data_quality_issues.discriminator is 'Tells several issues of one rule and record apart; usually empty.';
comment on column governance.data_quality_issues.reads is 'The fields whose values the issue shows, * for all: who may not read one of them does not see the issue.';
comment on column governance.data_quality_issues.related is 'The other records whose values the issue shows, as [[entity, key], …]: who may not read one of them does not see the issue.';
comment on column governance.data_quality_issues.observed is 'The values that the rule judged.';
comment on column governance.data_quality_issues.suggested_fix is 'JSON Patch with test operations: applies only while the record still holds what was judged.';
comment on column governance.data_quality_issues.resolution is 'How it ended. fixed goes with fixed_by_…, data_changed, not_applicable, record_deleted, rule_retired; ignored with false_alarm, wont_fix, duplicate or none yet.';
comment on column governance.data_quality_issues.occurrence_count is 'On how many changes of the record the rule was seen violated.';

create table governance.data_quality_issue_events (
  id bigint generated always as identity primary key,
  issue_id uuid not null references governance.data_quality_issues on delete cascade,
  occurred_at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in ('opened', 'reopened', 'ignored', 'fixed', 'assigned', 'rescheduled')),
  actor uuid,
  db_role text not null,
  details jsonb not null default '{}',
  reads text[] not null default '{}',
  related jsonb
);
create index data_quality_issue_events_issue_idx on governance.data_quality_issue_events (issue_id, id);
comment on table governance.data_quality_issue_events is 'What happened to an issue, by whom; written by triggers, whoever edits.';

create function governance_private.generate_record_access() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_records text;
  v_tables text;
begin
  -- String bodies, so that nobody's migration on a governed table is refused; a role without the right to read a table sees nothing of it.
  select string_agg(format($case$
    when %L then
      -- Statements of their own: the last is not even planned when the table was dropped or may not be read.
      if to_regclass(%L) is null then
        return false;
      end if;
      if not (select bool_and(has_column_privilege(%L, k, 'select')) from unnest(%L::text[]) as k) then
        return false;
      end if;
      return exists (select from %s r where %s);$case$,
    e.entity_type, t.name, t.name, e.key_columns, t.name, governance_private.key_predicate(e.entity_type, 'r', 'p_record_key')), '' order by e.entity_type)
  into v_records
  from governance.entities e cross join lateral (select governance_private.entity_table(e.entity_type) as name) t
  where to_regclass(t.name) is not null
    and not exists (
      select from unnest(e.key_columns) as k
      where not exists (select from governance_private.entity_columns(e.entity_type) c where c.column_name = k));
  select string_agg(format(E'\n    when %L then\n      return (to_regclass(%L) is null or has_table_privilege(to_regclass(%L), ''select''))%s;', e.entity_type, t.name, t.name,
      case when exists (select from governance.sensitive_columns s where s.entity_type = e.entity_type)
        then format(' and governance_private.hidden_columns(%L) = ''{}''', e.entity_type) end),
    '' order by e.entity_type)
  into v_tables
  from governance.entities e cross join lateral (select governance_private.entity_table(e.entity_type) as name) t;
  -- The bodies as literals: no dollar quote is safe around names that somebody chose.
  execute format($sql$create or replace function governance_private.can_read_record(p_entity_type text, p_record_key text)
    returns boolean language plpgsql stable security invoker set search_path = '' as %L$sql$, format($body$
-- Generated by governance_private.generate_record_access. Invoker: the caller's own row level security answers.
begin
  -- What is about no record has a key that is no uuid and no number.
  if p_record_key = '' then
    return false;
  end if;
  case p_entity_type %s
    else
      return false;
  end case;
end
$body$, coalesce(v_records, 'when null then return false;')));
  execute format($sql$create or replace function governance_private.can_read_table(p_entity_type text)
    returns boolean language plpgsql stable security invoker set search_path = '' as %L$sql$, format($body$
-- Generated by governance_private.generate_record_access. Asked at each read: rights change without anybody compiling.
begin
  case p_entity_type %s
    else
      return true;
  end case;
end
$body$, coalesce(v_tables, 'when null then return true;')));
  execute format($sql$create or replace function governance_private.can_read_fields(p_entity_type text, p_fields text[])
    returns boolean language plpgsql stable security invoker set search_path = '' as %L$sql$, format($body$
-- Generated by governance_private.generate_record_access: the table's answer is here once more, because each row of a page asks.
declare
  v_whole boolean;
begin
  case p_entity_type %s
    else
      v_whole := true;
  end case;
  if v_whole and position('.' in array_to_string(p_fields, ' ')) = 0 then
    return true;
  end if;
  return not exists (select from unnest(p_fields) as f where (not v_whole or position('.' in f) > 0) and not governance_private.can_read_field(p_entity_type, f));
end
$body$, coalesce(replace(v_tables, 'return (to_regclass', 'v_whole := (to_regclass'), 'when null then v_whole := true;')));
end
$$;
comment on function governance_private.generate_record_access() is 'Writes the functions that policies ask whether the caller can read a record, or all columns of its table.';
select governance_private.generate_record_access();
comment on function governance_private.can_read_record(text, text) is 'Whether the caller may read this record, by the row level security of its own table.';
comment on function governance_private.can_read_table(text) is 'Whether the caller may read every column of an entity''s table; of one that is dropped nothing is left to ask.';

create function governance_private.can_read_field(p_entity_type text, p_field text) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity text := governance_private.path_entity(p_entity_type, governance_private.path_prefix(p_field));
begin
  -- Asked only where the caller may not read the whole table, or the field is another record's. A column that is no more cannot be asked about.
  return v_entity is not null and (governance_private.can_read_table(v_entity) or coalesce((
    select has_column_privilege(a.attrelid, a.attnum, 'select')
    from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass(governance_private.entity_table(v_entity)) and a.attnum > 0 and not a.attisdropped
      and a.attname = regexp_replace(p_field, '^.*\.', '') and a.attname <> all (governance_private.hidden_columns(v_entity))), false));
end
$$;

comment on function governance_private.can_read_fields(text, text[]) is 'Whether the caller may read all of these fields, by the column privileges of their tables as they are now.';

create function governance_private.patch_fields(p_patch jsonb) returns text[]
-- plpgsql keeps its plan: called for each issue and fix that is written.
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return array(select distinct replace(replace(substr(o ->> 'path', 2), '~1', '/'), '~0', '~')
    -- Asked before a constraint says that it is none.
    from jsonb_array_elements(case when jsonb_typeof(p_patch) = 'array' then p_patch else '[]' end) as o where o ->> 'path' is not null order by 1);
end
$$;

create function governance_private.changed_fields(p_before jsonb, p_after jsonb) returns text[]
language sql immutable security invoker set search_path = ''
as $$
  select array(select jsonb_object_keys(coalesce(p_before, '{}') || coalesce(p_after, '{}')))
$$;

create table governance_private.former_entities (
  entity_type text primary key,
  table_schema text not null,
  table_name text not null
);
comment on table governance_private.former_entities is
  'Tables that are not governed any more: as long as they exist, nobody can ask whom their row level security shows which record.';
alter table governance_private.former_entities enable row level security;

create function governance_private.record_is_gone(p_entity_type text, p_record_key text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_gone boolean;
begin
  -- Definer: tells a record that does not exist from one that the caller may not read.
  if p_record_key <> '' and exists (
    select from governance_private.former_entities f where f.entity_type = p_entity_type and to_regclass(format('%I.%I', f.table_schema, f.table_name)) is not null) then
    return false;
  elsif p_record_key = '' or not exists (
    select from governance.entities e where e.entity_type = p_entity_type and to_regclass(format('%I.%I', e.table_schema, e.table_name)) is not null) then
    return true;
  end if;
  execute format('select not exists (select from governance_private.%I(array[$1]))', p_entity_type || '_describe') into v_gone using p_record_key;
  return v_gone;
end
$$;
grant execute on function governance_private.can_read_record(text, text), governance_private.can_read_table(text),
  governance_private.can_read_field(text, text), governance_private.can_read_fields(text, text[]),
  governance_private.patch_fields(jsonb), governance_private.changed_fields(jsonb, jsonb),
  governance_private.record_is_gone(text, text) to authenticated, service_role;

create function governance_private.may_see(p_org_id text, p_entity_type text, p_record_key text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select governance_private.can_read_record(p_entity_type, p_record_key)
      or (p_org_id in (select governance_private.my_org_ids('steward')) and governance_private.record_is_gone(p_entity_type, p_record_key))
$$;
comment on function governance_private.may_see(text, text, text) is
  'For policies, beside the organization: the caller may read the record, or it is gone and the caller is a steward of its organization.';

create function governance_private.may_see_all(p_org_id text, p_records jsonb) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select p_records is null or not exists (
    select from jsonb_array_elements(p_records) as r where not governance_private.may_see(p_org_id, r ->> 0, r ->> 1))
$$;
comment on function governance_private.may_see_all(text, jsonb) is 'As may_see, of all of [[entity, key], …].';

create function governance_private.may_see_decision(p_org_id text, p_entity_type text, p_decision jsonb) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- What was decided about a record names it.
  return p_entity_type not in ('governance_waiver', 'governance_erasure') or p_decision ->> 'record_key' is null
    or governance_private.may_see(p_org_id, p_decision ->> 'entity_type', p_decision ->> 'record_key');
end
$$;
comment on function governance_private.may_see_decision(text, text, jsonb) is
  'For readers of the audit: an event is no waiver or erasure, or the caller may see the record that it is about.';
grant execute on function governance_private.may_see(text, text, text), governance_private.may_see_all(text, jsonb), governance_private.may_see_decision(text, text, jsonb) to authenticated, service_role;

alter table governance.data_quality_issues enable row level security;
alter table governance.data_quality_issue_events enable row level security;
-- Cheap first: membership is asked once a query, the record by its key, columns only where the table is not the caller's to read whole.
create policy "Members see the issues of records that they can read" on governance.data_quality_issues for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and governance_private.may_see(org_id, entity_type, record_key)
    and governance_private.can_read_fields(entity_type, reads) and (related is null or governance_private.may_see_all(org_id, related)));
create policy "Members see the events of issues that they see" on governance.data_quality_issue_events for select to authenticated
  using (exists (select from governance.data_quality_issues i where i.id = issue_id
    and governance_private.can_read_fields(i.entity_type, data_quality_issue_events.reads)
    and (data_quality_issue_events.related is null or governance_private.may_see_all(i.org_id, data_quality_issue_events.related))));
create policy "Members see the audit of records that they can read" on governance.audit_events for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and governance_private.may_see(org_id, entity_type, record_key)
    and (governance_private.can_read_table(entity_type) or governance_private.can_read_fields(entity_type, governance_private.changed_fields(before, after)))
    and governance_private.may_see_decision(org_id, entity_type, coalesce(after, before)));
grant select on governance.data_quality_issues, governance.data_quality_issue_events to authenticated, service_role;
grant update (status, resolution, owner_user_id, due_date, ignored_reason, ignored_until) on governance.data_quality_issues to service_role;

create function governance_private.severity_rank(p_severity text) returns integer
language sql immutable security invoker
return array_position(array['critical', 'high', 'medium', 'low'], p_severity);
grant execute on function governance_private.severity_rank(text) to authenticated, service_role;

create view governance.review_queue with (security_invoker = true) as
select i.id, i.org_id, i.severity, i.due_date, i.due_date < now() as is_overdue, i.entity_type, i.record_label, i.record_key,
       i.rule_key, i.message, i.suggested_fix is not null as has_suggestion, i.owner_user_id, i.first_seen_at, i.occurrence_count
from governance.data_quality_issues i
where i.status = 'open'
order by governance_private.severity_rank(i.severity), i.due_date;
comment on view governance.review_queue is 'What people have to look at, most urgent first.';
grant select on governance.review_queue to authenticated, service_role;
