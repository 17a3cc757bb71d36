-- What: the scan of a sweep: all rules of an entity that SQL can judge in one query over a range of its table.
-- Why: one scan per entity, not one per rule; only records that need TypeScript are queued for evaluate.
-- Breaks a running client: no.

create table governance_private.compiled_scans (
  entity_type text primary key references governance.entities on delete cascade,
  rule_ids uuid[] not null,
  shadow_ids uuid[] not null,
  unique_ids uuid[] not null,
  has_schedule boolean not null,
  select_sql text not null,
  judge_sql text not null,
  joins_sql text not null,
  moments_alias text not null,
  moments_sql text not null,
  where_sql text not null,
  found_sql text not null
);
comment on table governance_private.compiled_scans is 'What a sweep runs over an entity: the rules judged in SQL as one query, in parts, put together around the range to be read.';
comment on column governance_private.compiled_scans.rule_ids is 'The rules that the scan judges; of the others it only chooses the records for evaluate.';
comment on column governance_private.compiled_scans.shadow_ids is 'Those of them that only count.';
comment on column governance_private.compiled_scans.moments_sql is 'A query for the moving moments of each organization; empty where no rule has one. The alias is a random name: no text of a rule holds it.';
alter table governance_private.compiled_scans enable row level security;

create table governance_private.sweep_backlog (
  id bigint generated always as identity primary key,
  run_id uuid not null references governance.runs on delete cascade,
  org_id text not null,
  record_key text not null
);
create index sweep_backlog_run_idx on governance_private.sweep_backlog (run_id, id);
comment on table governance_private.sweep_backlog is 'Records that a sweep leaves to evaluate: they are queued a chunk at a time, when nothing fresher waits.';
alter table governance_private.sweep_backlog enable row level security;

create function governance_private.scan_rules(p_entity_type text)
returns table (rule governance.data_quality_rules, holds_sql text, compiled governance_private.compiled_rule, is_scanned boolean)
language sql stable security invoker set search_path = ''
as $$
  -- Scanned: a verdict in SQL is the whole verdict. A fix rule's, or one with isPhone, is not.
  select x.rule, 'true' || governance_private.org_branch(governance_private.org_expression(p_entity_type, 'r'), x.org_ids, x.except_org_ids), c,
         (x.rule).enforcement in ('block', 'issue') and (x.rule).kind <> 'unique' and not c.needs_typescript
  from governance_private.running_rules(p_entity_type) x cross join lateral governance_private.compile_rule(x.rule) c
  -- A shadow block rule counts in the write; what only evaluate can judge of the others it counts when a record changes.
  where (x.rule).status = 'active' or ((x.rule).enforcement = 'issue' and (x.rule).kind <> 'unique' and not c.needs_typescript)
$$;

create function governance_private.step_candidate_sql(p_entity_type text, p_step jsonb) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: a fix step might change the record. Where SQL is not sure (no SQL form, text outside ASCII), it might.
  select case
    when s.sql is null then format('%s is not null', f.column_sql)
    when p_step ->> 'step' in ('normalize', 'map') then format('((%1$s) is distinct from %2$s::text or octet_length(%2$s::text) is distinct from length(%2$s::text))', s.sql, f.column_sql)
    else format('(%s)::text is distinct from %s::text', s.sql, f.column_sql) end
  from governance_private.resolve_field(p_entity_type, p_step ->> 'field') f
  cross join lateral (select governance_private.with_org(governance_private.step_sql(p_entity_type, p_step), governance_private.org_expression(p_entity_type, 'r')) as sql) s
$$;

create function governance_private.candidate_sql(p_rule governance.data_quality_rules) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the rule might have something to say of the record that only evaluate can say.
  select format('(%s and %s and %s)',
    case when p_rule.applies_when is null then 'true' else coalesce(a.sql, 'null') || ' is not false' end,
    case when p_rule.condition is null then 'true' else coalesce(c.sql, 'null') || ' is not true' end,
    case
      when p_rule.enforcement = 'fix' then (
        select '(' || string_agg(governance_private.step_candidate_sql(p_rule.entity_type, s), ' or ') || ')' from jsonb_array_elements(p_rule.fix) as s)
      -- Without a number there is nothing that a parser could object to.
      else coalesce((
        select '(' || string_agg(format('%s is not null', f.column_sql), ' or ') || ')'
        from jsonb_path_query(jsonb_build_array(p_rule.applies_when, p_rule.condition), '$.** ? (@.operator == "isPhone").field') as p
        cross join lateral governance_private.resolve_field(p_rule.entity_type, p #>> '{}') f where p_rule.kind = 'condition'), 'true') end)
  from (select (governance_private.compile_group(p_rule.entity_type, p_rule.applies_when, '')).sql) a
  cross join (select (governance_private.compile_condition(p_rule.entity_type, p_rule.kind, p_rule.condition)).sql) c
$$;
comment on function governance_private.candidate_sql(governance.data_quality_rules) is 'SQL text: a record that a sweep must leave to evaluate because of this rule.';

create function governance_private.scan_row_sql(p_entity_type text, p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule, p_violates text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: what the scan says of one rule where it is violated. Queries put together and no list of values, which would be made ready anew for
  -- each record.
  select format('select %L::uuid as rule_id, %s as version, %L::boolean as suggests, %L::jsonb as fields, (', p_rule.id, p_rule.version, p_rule.fix is not null, to_jsonb(p_compiled.observed_paths))
    || p_compiled.message_sql || ')::text as message, '
    || coalesce((
      select governance_private.object_sql(array_agg(format('%L, %s', p, f.projected_sql) order by p))
      from unnest(p_compiled.observed_paths) as p cross join lateral governance_private.resolve_field(p_entity_type, p) f), '''{}''::jsonb')
    || ' as observed where ' || p_violates
$$;

create function governance_private.replace_texts(p_text text, p_texts text[], p_by text[]) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  for i in 1..cardinality(p_texts) loop
    p_text := replace(p_text, p_texts[i], p_by[i]);
  end loop;
  return p_text;
end
$$;

create function governance_private.settled_tests(p_rule governance.data_quality_rules, p_holds_sql text) returns text[]
language sql stable security invoker set search_path = ''
as $$
  -- SQL texts: the tests for a blank that come out false for every record that does not violate the rule. A rule that asks for fields to be filled
  -- settles them for the rules that are asked after it. Within a literal such a text cannot stand: there its quotes would be doubled.
  select coalesce(array_agg(governance_private.blank_sql(governance_private.operand_sql(f.column_sql, f.class, f.base_type))), '{}')
  from jsonb_array_elements(p_rule.condition -> 'rules') as r cross join lateral governance_private.resolve_field(p_rule.entity_type, r ->> 'field') f
  where p_rule.kind = 'condition' and p_rule.applies_when is null and p_holds_sql = 'true' and f.class = 'text'
    and p_rule.condition ->> 'combinator' = 'and' and not p_rule.condition @> '{"not": true}' and r ->> 'operator' = 'isFilled'
$$;

create function governance_private.generate_scan(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_org text := governance_private.org_expression(p_entity_type, 'r');
  v_rule record;
  v_violates text;
  v_tests text[] := '{}';
  v_settled text[] := '{}';
  v_values text[] := '{}';
  v_clean text[] := '{}';
  v_candidates text[] := '{}';
  v_paths text[] := '{}';
  v_scanned uuid[] := '{}';
  v_unique uuid[] := '{}';
  v_shadow uuid[] := '{}';
  v_schedule boolean := false;
  v_moments jsonb := '[]';
  v_moment record;
  v_needs text;
begin
  for v_rule in
    select x.*, t.settled from governance_private.scan_rules(p_entity_type) x
    cross join lateral (select case when x.is_scanned then governance_private.settled_tests(x.rule, x.holds_sql) else '{}' end as settled) t
    order by t.settled = '{}', (x.rule).rule_key
  loop
    v_schedule := v_schedule or (v_rule.rule).timing = 'schedule';
    if (v_rule.rule).kind = 'unique' then
      v_unique := v_unique || (v_rule.rule).id;
      continue;
    end if;
    v_paths := v_paths || (v_rule.compiled).paths;
    v_moments := v_moments || (v_rule.compiled).moments;
    if not v_rule.is_scanned then
      v_candidates := v_candidates || format('(%s and %s)', v_rule.holds_sql, governance_private.candidate_sql(v_rule.rule));
      continue;
    end if;
    v_violates := format('(%s and %s)', v_rule.holds_sql, (v_rule.compiled).violates_sql);
    v_scanned := v_scanned || (v_rule.rule).id;
    v_shadow := v_shadow || case when (v_rule.rule).status = 'shadow' then array[(v_rule.rule).id] else '{}' end;
    v_tests := v_tests || governance_private.replace_texts(v_violates, v_settled, array_fill('false'::text, array[cardinality(v_settled)]));
    v_settled := v_settled || v_rule.settled;
    v_values := v_values || governance_private.scan_row_sql(p_entity_type, v_rule.rule, v_rule.compiled, v_violates);
    continue when (v_rule.rule).status = 'shadow';
    v_clean := v_clean || format('case when (%s) and not %s and not %s then %L::uuid end',
      v_rule.holds_sql, v_violates, (v_rule.compiled).dangling_sql, (v_rule.rule).id);
  end loop;
  v_needs := case when v_candidates = '{}' then 'false' else '(' || array_to_string(v_candidates, ' or ') || ')' end;
  v_moment := governance_private.moments_of(p_entity_type, v_moments);
  insert into governance_private.compiled_scans as s (entity_type, rule_ids, shadow_ids, unique_ids, has_schedule, select_sql, judge_sql, joins_sql, moments_alias, moments_sql, where_sql, found_sql)
  select p_entity_type, v_scanned, v_shadow, v_unique, v_schedule,
    governance_private.replace_texts(x.select_sql, v_moment.texts, v_moment.names), governance_private.replace_texts(x.judge_sql, v_moment.texts, v_moment.names),
    governance_private.path_joins(p_entity_type, v_paths), v_moment.alias, v_moment.moments_sql,
    governance_private.replace_texts(x.where_sql, v_moment.texts, v_moment.names), governance_private.replace_texts(x.found_sql, v_moment.texts, v_moment.names)
  from (values (
    -- Texts of rules are only ever concatenated.
    'select ' || v_key || ' as record_key, ' || v_org || ' as org_id, ' || v_needs || ' as needs_evaluate, x.* from ',
    'select ' || v_key || ' as record_key, ' || v_org || ' as org_id, ' || v_needs || ' as needs_evaluate, array_remove(array['
      || array_to_string(v_clean, ', ') || ']::uuid[], null) as clean from ',
    case when v_tests || v_candidates = '{}' then 'false' else array_to_string(v_tests || v_candidates, E'\n    or ') end,
    case when v_values = '{}' then '(select null::uuid, null::integer, null::boolean, null::jsonb, null::text, null::jsonb where false) as x(rule_id, version, suggests, fields, message, observed)'
      else '(' || array_to_string(v_values, E'\n      union all ') || ') x' end)) as x(select_sql, judge_sql, where_sql, found_sql)
  on conflict (entity_type) do update set rule_ids = excluded.rule_ids, shadow_ids = excluded.shadow_ids, unique_ids = excluded.unique_ids, has_schedule = excluded.has_schedule,
    select_sql = excluded.select_sql, judge_sql = excluded.judge_sql, joins_sql = excluded.joins_sql, moments_alias = excluded.moments_alias,
    moments_sql = excluded.moments_sql, where_sql = excluded.where_sql, found_sql = excluded.found_sql;
end
$$;
comment on function governance_private.generate_scan(text) is 'Writes the scan of an entity anew from its active rules.';

create function governance_private.hold_records(p_entity_type text, p_found jsonb, out lease_id uuid, out held text[])
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_won text[];
  v_busy text[];
begin
  -- p_found: [{"key", "event_id"}, …]. Held are the records that nobody evaluates or decides on now and that have not changed since they were read. The
  -- lease keeps evaluators away until this transaction ends, so that no verdict on a later change can come before this one.
  lease_id := gen_random_uuid();
  with won as (
    insert into governance_private.record_leases as l (entity_type, record_key, lease_id, token, expires_at)
    select p_entity_type, f.key, hold_records.lease_id, 1, clock_timestamp() + make_interval(secs => s.lease_seconds)
    from (select distinct x ->> 'key' as key from jsonb_array_elements(p_found) as x) f cross join governance_private.queue_settings s
    order by f.key
    on conflict on constraint record_leases_pkey do update
      set lease_id = excluded.lease_id, token = l.token + 1, expires_at = excluded.expires_at where l.lease_id is null
    returning l.record_key
  )
  select array_agg(w.record_key) into v_won from won w;
  v_busy := governance_private.records_in_hand(p_entity_type, v_won);
  -- A statement of its own, so that it sees what was written while we waited for a lease.
  held := array(
    select distinct x ->> 'key' from jsonb_array_elements(p_found) as x
    join unnest(v_won) as w(key) on w.key = x ->> 'key' and w.key <> all (v_busy)
    where governance_private.last_event_id(p_entity_type, x ->> 'key') is not distinct from (x ->> 'event_id')::bigint);
end
$$;
comment on function governance_private.hold_records(text, jsonb) is 'Leases records for the rest of the transaction; those that are being evaluated or decided on, or have changed since, are not held.';

create function governance_private.let_records_go(p_lease_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- A row that remembers failures stays.
  delete from governance_private.record_leases l where l.lease_id = p_lease_id and l.failures = 0 and l.batch_limit is null;
  update governance_private.record_leases l set lease_id = null where l.lease_id = p_lease_id;
end
$$;

create function governance_private.leave_to_evaluate(p_run_id uuid, p_records jsonb) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- p_records: [{"key", "org_id"}, …]
  insert into governance_private.sweep_backlog (run_id, org_id, record_key)
  select distinct p_run_id, coalesce(x ->> 'org_id', ''), x ->> 'key' from jsonb_array_elements(p_records) as x
$$;

create function governance_private.scan_range(p_run governance.runs, p_leaf text, p_from bigint, p_to bigint) returns bigint
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_scan governance_private.compiled_scans;
  v_range text := case when p_from is null then ' true' else format(' r.ctid >= %L::tid and r.ctid < %L::tid', format('(%s,0)', p_from), format('(%s,0)', p_to)) end;
  v_found jsonb;
  v_hold record;
  v_records bigint;
  v_keys text[];
begin
  -- Blocks p_from to p_to of a table: each page of it is read once in a sweep, whatever the order of the keys. Null: all of it.
  select * into strict v_scan from governance_private.compiled_scans s where s.entity_type = p_run.entity_type;
  v_scan := governance_private.settle_moments(v_scan);
  if cardinality(v_scan.unique_ids) > 0 then
    -- What fired no trigger, such as a replica session's writes, has left keys behind.
    execute format('select array_agg(%s) from only %s r where', governance_private.key_expression(p_run.entity_type, 'r'), p_leaf) || v_range into v_keys;
    perform governance_private.correct_keys(p_run.entity_type, coalesce(v_keys, '{}'));
  end if;
  if p_run.everything then
    execute 'insert into governance_private.sweep_backlog (run_id, org_id, record_key) select $1, ' || governance_private.org_expression(p_run.entity_type, 'r') || ', '
      || governance_private.key_expression(p_run.entity_type, 'r') || ' from only ' || p_leaf || ' r where' || v_range using p_run.id;
    get diagnostics v_records = row_count;
    return v_records;
  end if;
  -- One reading of the range, which also counts it; what it stops at is judged rule by rule. What is found and already said, in the same words, needs no more.
  execute 'with page as materialized (select count(*) as records, array_agg(' || governance_private.key_expression(p_run.entity_type, 'r') || ') filter (where '
    || v_scan.where_sql || ') as keys from only ' || p_leaf || ' r' || v_scan.joins_sql || ' where' || v_range || '
  ), found as materialized (' || v_scan.select_sql || 'page cross join lateral unnest(page.keys) as stop(key) join only ' || p_leaf || ' r on '
    || governance_private.key_predicate(p_run.entity_type, 'r', 'stop.key') || v_scan.joins_sql || ' left join lateral ' || v_scan.found_sql || $sql$ on true
  ), waiting as (
    insert into governance_private.sweep_backlog (run_id, org_id, record_key)
    select distinct $1, f.org_id, f.record_key from found f where f.needs_evaluate
  ), said as (
    select i.org_id, i.record_key, i.rule_id, i.rule_version, i.message, i.observed from governance.data_quality_issues i
    where i.entity_type = $2 and i.status <> 'fixed' and i.rule_id = any ($3) and i.record_key in (select f.record_key from found f where f.rule_id is not null)
  ), counted as (
    select m.record_key, m.rule_id, m.rule_version from governance_private.shadow_marks m where m.rule_id = any ($4) and m.stands
      and m.record_key in (select f.record_key from found f where f.rule_id is not null)
  )
  select (select p.records from page p), jsonb_agg(jsonb_build_object('key', f.record_key, 'org_id', f.org_id, 'rule_id', f.rule_id, 'fields', f.fields,
    'message', f.message, 'observed', f.observed, 'suggests', f.suggests, 'event_id', governance_private.last_event_id($2, f.record_key)))
  from found f left join said s on s.record_key = f.record_key and s.rule_id = f.rule_id and s.org_id = f.org_id
    and s.rule_version = f.version and s.message = f.message and s.observed = f.observed
  where f.rule_id is not null and not f.needs_evaluate and s.rule_id is null
    and (f.rule_id, f.record_key, f.version) not in (select c.rule_id, c.record_key, c.rule_version from counted c)$sql$
  into v_records, v_found using p_run.id, p_run.entity_type, v_scan.rule_ids, v_scan.shadow_ids;
  v_found := governance_private.count_shadow_of(p_run.entity_type, v_scan.shadow_ids, governance_private.without_waived(v_found));
  if v_found is null then
    return v_records;
  end if;
  -- A suggestion may need TypeScript: such a record is judged there, all of it.
  v_hold := governance_private.hold_records(p_run.entity_type, (
    select coalesce(jsonb_agg(x), '[]') from (
      select jsonb_build_object('key', x ->> 'key', 'event_id', x -> 'event_id') as x from jsonb_array_elements(v_found) as x
      group by x ->> 'key', x -> 'event_id' having not bool_or((x ->> 'suggests')::boolean)) k));
  perform governance_private.leave_to_evaluate(p_run.id, (
    select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements(v_found) as x where x ->> 'key' <> all (v_hold.held)));
  perform governance_private.open_issues(p_run.entity_type, governance_private.cap_violations(p_run.entity_type, p_run.id, (
    select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements(v_found) as x where x ->> 'key' = any (v_hold.held))));
  perform governance_private.let_records_go(v_hold.lease_id);
  return v_records;
end
$$;
comment on function governance_private.scan_range(governance.runs, text, bigint, bigint) is
  'Judges the records of some blocks of an entity''s table by all rules that SQL can judge: opens and refreshes issues, leaves the rest to evaluate. Returns how many records there were.';

create function governance_private.close_clean_issues(p_run_id uuid, p_entity_type text, p_after text, p_limit integer) returns text
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_scan governance_private.compiled_scans;
  v_rule_keys text[];
  v_keys text[];
  v_clean jsonb;
  v_hold record;
begin
  -- The records with issues of scanned rules, in key order; returns the last key of the page, null after the last page.
  select * into strict v_scan from governance_private.compiled_scans s where s.entity_type = p_entity_type;
  -- By the rules' keys: the row that holds for an organization now need not be the one that opened the issue.
  v_rule_keys := array(select distinct d.rule_key from governance.data_quality_rules d where d.id = any (v_scan.rule_ids));
  select array_agg(k.record_key order by k.record_key) into v_keys from (
    select distinct i.record_key from governance.data_quality_issues i
    where i.entity_type = p_entity_type and i.record_key > p_after and i.rule_key = any (v_rule_keys)
      and (i.status = 'open' or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix'))
    order by 1 limit p_limit) k;
  if v_keys is null then
    return null;
  end if;
  execute 'with judged as materialized (' || v_scan.judge_sql || 'unnest($1) as k(key) join ' || governance_private.entity_table(p_entity_type) || ' r on '
    || governance_private.key_predicate(p_entity_type, 'r', 'k.key') || v_scan.joins_sql || governance_private.moments_join(v_scan) || $sql$)
    select jsonb_agg(jsonb_build_object('key', j.record_key, 'org_id', j.org_id, 'gone', false, 'swept', true, 'scanned', true,
      'event_id', governance_private.last_event_id($2, j.record_key),
      -- A rule that has not said that the record is clean closes nothing.
      'unevaluated', (select coalesce(jsonb_agg(jsonb_build_object('rule_id', d.id)), '[]') from governance.data_quality_rules d where d.entity_type = $2 and d.id <> all (j.clean))))
    from judged j
    where not j.needs_evaluate and exists (
      select from governance.data_quality_issues i join governance.data_quality_rules d on d.rule_key = i.rule_key and d.id = any (j.clean)
      where i.entity_type = $2 and i.record_key = j.record_key
        and (i.status = 'open' or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix')))$sql$
  into v_clean using v_keys, p_entity_type;
  if v_clean is not null then
    v_hold := governance_private.hold_records(p_entity_type, v_clean);
    perform governance_private.leave_to_evaluate(p_run_id, (
      select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements(v_clean) as x where x ->> 'key' <> all (v_hold.held)));
    perform governance_private.resolve_issues(p_entity_type, (
      select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements(v_clean) as x where x ->> 'key' = any (v_hold.held)), '{}');
    perform governance_private.let_records_go(v_hold.lease_id);
  end if;
  return v_keys[cardinality(v_keys)];
end
$$;
comment on function governance_private.close_clean_issues(uuid, text, text, integer) is
  'Judges a page of the records that have issues of scanned rules, and closes those that no longer stand.';

create function governance_private.leave_the_rest(p_run governance.runs) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.drop_lost_keys(p_run.entity_type);
  -- What the scan has not seen: groups of unique rules that changed without a trace, records that are gone, and, for rules by schedule,
  -- those that were written while it ran and may have moved behind it.
  insert into governance_private.sweep_backlog (run_id, org_id, record_key)
  select distinct on (x.record_key) p_run.id, x.org_id, x.record_key
  from governance_private.compiled_scans s cross join lateral (
    (with shared as (
      select k.rule_id, k.key from governance_private.unique_keys k where k.rule_id = any (s.unique_ids) group by 1, 2 having count(*) > 1
    ), members as (
      select k.rule_id, k.org_id, k.record_key from governance_private.unique_keys k join shared h using (rule_id, key)
    ), said as (
      select i.rule_id, i.org_id, i.record_key from governance.data_quality_issues i
      where i.entity_type = p_run.entity_type and i.record_key <> '' and i.status <> 'fixed' and i.rule_id = any (s.unique_ids)
    )
    select coalesce(m.org_id, i.org_id) as org_id, record_key from members m full join said i using (rule_id, record_key)
    where m.org_id is null or i.org_id is null)
    union all
    select i.org_id, i.record_key from governance.data_quality_issues i
    where i.entity_type = p_run.entity_type and i.record_key <> '' and i.status <> 'fixed' and i.record_key not in (
      select d.record_key from governance_private.describe_records(p_run.entity_type, array(
        select o.record_key from governance.data_quality_issues o where o.entity_type = p_run.entity_type and o.record_key <> '' and o.status <> 'fixed')) d)
    union all
    select e.org_id, e.record_key from governance.audit_events e
    where s.has_schedule and e.entity_type = p_run.entity_type and e.record_key <> '' and e.operation in ('insert', 'update')
      and e.occurred_at >= p_run.started_at - interval '1 hour'
      and not pg_visible_in_snapshot(e.transaction_id::xid8, (p_run.cursor::jsonb ->> 'snapshot')::pg_snapshot)
  ) x
  where s.entity_type = p_run.entity_type
  order by x.record_key;
end
$$;
