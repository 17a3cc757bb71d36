-- What: a backtest: what a rule, saved or not, says of the records that are there, and would have said of the writes that happened.
-- Why: an admin sees whom a rule hits before it bites. Nothing is changed, and no writer notices.
-- Breaks a running client: no.

create function governance_private.rule_to_test(p_rule jsonb, p_is_whole boolean default false) returns governance.data_quality_rules
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_saved governance.data_quality_rules;
  v_rule governance.data_quality_rules;
begin
  -- Definer: reads the saved rule that is meant, for a caller who was checked. p_rule: a definition, or the id of a rule with what is to be different.
  if jsonb_typeof(p_rule) is distinct from 'object' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_rule is an object: the definition of a rule, or {"id": …} of a saved one.');
  end if;
  if p_rule ? 'id' then
    select r.* into v_saved from governance.data_quality_rules r where r.id::text = p_rule ->> 'id'
      and (governance_private.is_instance_admin() or r.org_id is null or r.org_id in (select governance_private.my_org_ids()));
    if not found then
      perform governance_private.raise_error('PT404', 'not-found', format('There is no rule "%s" that you can see.', p_rule ->> 'id'));
    end if;
  end if;
  v_rule := governance_private.read_definition(p_rule, v_saved, p_is_whole);
  v_rule.status := v_saved.status;
  v_rule.id := coalesce(v_saved.id, gen_random_uuid());
  v_rule.version := coalesce(v_saved.version, 1);
  v_rule.rule_key := coalesce(v_rule.rule_key, 'draft');
  v_rule.message := coalesce(v_rule.message, 'The rule is violated.');
  return v_rule;
end
$$;
comment on function governance_private.rule_to_test(jsonb, boolean) is
  'A rule from its definition, or a saved one with changes; what is missing as saving would have it. p_is_whole: what saving needs must be there.';

create function governance_private.compile_draft(p_rule governance.data_quality_rules) returns governance_private.compiled_rule
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_compiled governance_private.compiled_rule := governance_private.compile_rule(p_rule);
begin
  if v_compiled.faults <> '[]' then
    perform governance_private.raise_error('PT422', 'rule-invalid',
      format('The rule "%s" cannot run: %s', p_rule.rule_key, (select string_agg(f ->> 'message', '; ') from jsonb_array_elements(v_compiled.faults) as f)),
      jsonb_build_object('rule_key', p_rule.rule_key, 'faults', v_compiled.faults), 'Correct every fault named and try again.');
  end if;
  return v_compiled;
end
$$;

create function governance_private.backtest_violates_sql(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text over r. A unique rule's groups are formed of the records that there are, kept keys or not.
  select case when p_rule.kind <> 'unique' then p_compiled.violates_sql
    else format('(%1$s in (select %2$s from %3$s r group by 1 having count(*) > 1))', p_compiled.key_sql, p_compiled.key_sql, governance_private.entity_table(p_rule.entity_type)) end
$$;

create function governance_private.backtest_waived_sql(p_rule governance.data_quality_rules) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- SQL text over r. Where nobody waived anything nobody asks.
  return case when not exists (select from governance.waivers w where w.rule_key = p_rule.rule_key) then 'false'
    else format('governance_private.is_waived(%s, %L, %s)', governance_private.org_expression(p_rule.entity_type, 'r'), p_rule.rule_key, governance_private.key_expression(p_rule.entity_type, 'r')) end;
end
$$;

create function governance_private.backtest_scan_sql(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule, p_org_id text, p_leaf regclass) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text over $1 and $2, from which tuple up to which.
  select 'select count(*) as records, count(*) filter (where x.violates and not x.waived) as violations, count(*) filter (where x.waived) as waived, count(*) filter (where x.dangling) as unevaluated,
      count(*) filter (where x.candidate) as undecided, (array_agg(x.sample) filter (where x.violates and not x.waived))[1:10] as samples
    from (select ' || v.violates || ' as violates, (' || v.violates || ' and ' || governance_private.backtest_waived_sql(p_rule) || ') as waived, ' || p_compiled.dangling_sql || ' as dangling, '
    || case when p_compiled.needs_typescript then governance_private.candidate_sql(p_rule) else 'false' end || ' as candidate, case when ' || v.violates
    || ' then jsonb_build_object(''record_key'', ' || governance_private.key_expression(p_rule.entity_type, 'r') || ', ''message'', ' || case when p_rule.kind = 'unique' then quote_literal(p_rule.message) else p_compiled.message_sql end
    || ', ''values'', ' || coalesce((select governance_private.object_sql(array_agg(format('%L, %s', p, f.projected_sql) order by p))
         from unnest(p_compiled.observed_paths) as p cross join lateral governance_private.resolve_field(p_rule.entity_type, p) f), '''{}''::jsonb') || ') end as sample
    from only ' || p_leaf::text || ' r' || governance_private.path_joins(p_rule.entity_type, p_compiled.paths)
    || ' where r.ctid >= $1 and r.ctid < $2 and ' || case when p_org_id is null then 'true' else format('%s = %L', governance_private.org_expression(p_rule.entity_type, 'r'), p_org_id) end || ') x'
  from (select governance_private.backtest_violates_sql(p_rule, p_compiled) as violates) v
$$;

create function governance_private.backtest_current(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule, p_org_id text, p_until timestamptz, p_at jsonb)
returns jsonb
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_leaf regclass;
  v_from bigint;
  v_end bigint;
  v_blocks bigint := coalesce((p_at ->> 'blocks')::bigint, 0);
  v_total bigint;
  v_part record;
  v_counts bigint[] := '{0,0,0,0,0}';
  v_samples jsonb := '[]';
  v_at jsonb;
  v_is_first boolean := true;
begin
  -- Block by block, so that it can stop at its budget, say how far it got, and go on there; one part at least, so that it ends some time.
  select coalesce(sum(pg_relation_size(l) / current_setting('block_size')::bigint), 0) into v_total from governance_private.sweep_leaves(p_rule.entity_type) l;
  for v_leaf in select l from governance_private.sweep_leaves(p_rule.entity_type) l where l::oid >= coalesce((p_at ->> 'leaf')::oid, '0'::oid) order by l::oid loop
    v_from := case when v_leaf::oid = (p_at ->> 'leaf')::oid then (p_at ->> 'block')::bigint else 0 end;
    v_end := case when p_at ? 'done' then 0 else pg_relation_size(v_leaf) / current_setting('block_size')::bigint end;
    while v_from < v_end loop
      if clock_timestamp() >= p_until and not v_is_first then
        v_at := jsonb_build_object('leaf', v_leaf::oid::text, 'block', v_from, 'blocks', v_blocks);
        exit;
      end if;
      execute governance_private.backtest_scan_sql(p_rule, p_compiled, p_org_id, v_leaf) into v_part using format('(%s,0)', v_from)::tid, format('(%s,0)', v_from + 2000)::tid;
      v_counts := array[v_counts[1] + v_part.records, v_counts[2] + v_part.violations, v_counts[3] + v_part.unevaluated, v_counts[4] + v_part.undecided, v_counts[5] + v_part.waived];
      if jsonb_array_length(v_samples) < 20 then
        v_samples := v_samples || to_jsonb(coalesce(v_part.samples, '{}'));
      end if;
      v_from := v_from + 2000;
      v_blocks := v_blocks + 2000;
      v_is_first := false;
    end loop;
    exit when v_at is not null;
  end loop;
  return jsonb_build_object('records', v_counts[1], 'violations', v_counts[2], 'waived', v_counts[5], 'unevaluated', v_counts[3], 'undecided', v_counts[4],
    'complete', v_at is null, 'share', case when v_at is null then 1 else round(least(1, v_blocks::numeric / greatest(v_total, 1)), 4) end, 'samples', v_samples,
    'at', coalesce(v_at, '{"done": true}'));
end
$$;
comment on function governance_private.backtest_current(governance.data_quality_rules, governance_private.compiled_rule, text, timestamptz, jsonb) is
  'What a rule says of the records that are there. waived: they violate it, and are exempt. undecided: only evaluate can judge them. at: where it goes on.';

create function governance_private.replay_chunk_sql(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_moments record := governance_private.moments_of(p_rule.entity_type, p_compiled.moments);
  v_table text := governance_private.entity_table(p_rule.entity_type);
  v_org text := governance_private.org_expression(p_rule.entity_type, 'r');
  v_then text[];
  v_judge text;
  v_joins text := governance_private.replay_joins(p_rule.entity_type, p_compiled.paths);
  v_waived text := case when exists (select from governance.waivers w where w.rule_key = p_rule.rule_key)
    then governance_private.waived_at_write_sql(p_rule.rule_key, 's.org_id', 's.record_key') else 'false' end;
begin
  -- SQL text over $1 entity, $2 from, $3 organization, $4 parts, $5 part, $6 until when writes count. Moving moments are those of the write.
  v_then := array(
    select format('(select %s from governance.organizations o where o.org_id = %s)', governance_private.moment_sql(x.moment ->> 1, x.moment ->> 0, 'o.time_zone', 's.occurred_at'), v_org)
    from (select distinct m as moment from jsonb_array_elements(p_compiled.moments) as m) x order by x.moment);
  v_judge := governance_private.replace_texts(p_compiled.violates_sql, v_moments.texts, v_then);
  return $sql$
    with events as materialized (
      select e.id, e.record_key, e.org_id, e.operation, e.before, e.occurred_at, e.actor, e.db_role, e.source, e.cause_kind
      from governance.audit_events e
      where e.entity_type = $1 and e.occurred_at >= $2 and e.operation <> 'gap' and ($3 is null or e.org_id = $3)
        and abs(hashtext(e.record_key)::bigint) % $4 = $5
    ), bases as materialized (
      select k.record_key, coalesce(b.record, '{}') as record from (select distinct record_key from events) k
      left join lateral (select to_jsonb(r.*) as record from $sql$ || v_table || ' r where ' || governance_private.key_predicate(p_rule.entity_type, 'r', 'k.record_key') || $sql$ offset 0) b on true
    ), states as (
      -- Back from what the record is now, over everything that was written later.
      select e.*, b.record || governance_private.merge_objects(coalesce(e.before, '{}')) over (
        partition by e.record_key order by e.id desc rows between unbounded preceding and 1 preceding) as after_it
      from events e join bases b using (record_key)
    ), judged as (
      select s.id as event_id, s.record_key, s.org_id, s.operation, s.occurred_at, s.actor, s.db_role, s.source, s.cause_kind, a.violates, a.message, a.values,
             (a.violates and (s.operation <> 'update' or not b.violates)) as is_fresh, (a.violates and $sql$ || v_waived || $sql$) as is_waived
      from (select x.*, x.id as event_id from states x where x.operation <> 'delete') s
      cross join lateral (select $sql$ || v_judge || ' as violates, case when ' || v_judge || ' then ' || p_compiled.message_sql || ' end as message, case when ' || v_judge || ' then '
        || coalesce((select governance_private.object_sql(array_agg(format('%L, %s', p, f.projected_sql) order by p))
             from unnest(p_compiled.observed_paths) as p cross join lateral governance_private.resolve_field(p_rule.entity_type, p) f), '''{}''::jsonb')
        || ' end as values from jsonb_populate_record(null::' || v_table || ', s.after_it) r' || v_joins || $sql$) a
      left join lateral (select $sql$ || v_judge || ' as violates from jsonb_populate_record(null::' || v_table || ', s.after_it || coalesce(s.before, ''{}'')) r'
        -- Before the write the related records were as after it: one statement writes one table.
        || v_joins || $sql$) b on a.violates and s.operation = 'update'
    ), followed as (
      select j.*, min(j.event_id) filter (where not j.violates) over (partition by j.record_key order by j.event_id rows between 1 following and unbounded following) as corrected_by
      from judged j
    )
    select f.occurred_at::date as day, f.source, f.actor, count(*) as writes, count(*) filter (where f.is_fresh and not f.is_waived) as hits, count(*) filter (where f.is_fresh and f.is_waived) as waived,
      count(*) filter (where f.is_fresh and not f.is_waived and c.id is not null and c.cause_kind is null and c.actor is not null) as by_person,
      count(*) filter (where f.is_fresh and not f.is_waived and c.cause_kind is not null) as by_fix,
      count(*) filter (where f.is_fresh and not f.is_waived and c.id is not null and c.cause_kind is null and c.actor is null) as by_system,
      array_agg(c.actor) filter (where f.is_fresh and not f.is_waived and c.cause_kind is null and c.actor is not null) as correctors,
      (array_agg(jsonb_build_object('record_key', f.record_key, 'event_id', f.event_id, 'at', f.occurred_at, 'source', f.source, 'actor', f.actor,
        'message', f.message, 'values', f.values, 'corrected_by', c.actor) order by f.event_id desc) filter (where f.is_fresh and not f.is_waived))[1:10] as samples
    from followed f left join events c on c.id = f.corrected_by
    where f.occurred_at <= $6
    group by 1, 2, 3$sql$;
end
$$;
comment on function governance_private.replay_chunk_sql(governance.data_quality_rules, governance_private.compiled_rule) is
  'SQL text: replays the audited writes of a part of the records, by day, source and actor.';

create function governance_private.backtest_replay(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule, p_org_id text, p_from timestamptz, p_to timestamptz, p_until timestamptz, p_least integer, p_at jsonb)
returns jsonb
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_sql text := governance_private.replay_chunk_sql(p_rule, p_compiled);
  v_parts integer := (p_at ->> 'parts')::integer;
  v_done integer := coalesce((p_at ->> 'done')::integer, 0);
  v_groups jsonb := '[]';
  v_part jsonb;
begin
  -- In parts by record, so that what it has seen when its budget ends is a fair sample; small ones, because a part that is begun is finished.
  if v_parts is null then
    select greatest(1, ceil(count(*) / 1000.0))::integer into v_parts from governance.audit_events e
    where e.entity_type = p_rule.entity_type and e.occurred_at >= p_from and (p_org_id is null or e.org_id = p_org_id);
  end if;
  while v_done < v_parts and (p_least > 0 or clock_timestamp() < p_until) loop
    p_least := p_least - 1;
    execute 'select jsonb_agg(to_jsonb(g)) from (' || v_sql || ') g' into v_part using p_rule.entity_type, p_from, p_org_id, v_parts, v_done, p_to;
    v_groups := v_groups || coalesce(v_part, '[]');
    v_done := v_done + 1;
  end loop;
  return (
    with groups as (
      select * from jsonb_to_recordset(v_groups) as g(day date, source text, actor uuid, writes bigint, hits bigint, waived bigint, by_person bigint, by_fix bigint, by_system bigint, correctors uuid[], samples jsonb)
    )
    select jsonb_build_object('at', jsonb_build_object('parts', v_parts, 'done', v_done), 'from', p_from, 'complete', v_done >= v_parts, 'share', round(v_done::numeric / v_parts, 4),
      'writes', coalesce(sum(g.writes), 0), 'violations', coalesce(sum(g.hits), 0), 'waived', coalesce(sum(g.waived), 0),
      'corrected', jsonb_build_object('by_person', coalesce(sum(g.by_person), 0), 'by_fix', coalesce(sum(g.by_fix), 0), 'by_system', coalesce(sum(g.by_system), 0)),
      'corrected_by', (select coalesce(jsonb_agg(to_jsonb(d) order by d.writes desc, d.actor), '[]') from (select a as actor, count(*) as writes from groups x cross join unnest(x.correctors) as a group by 1) d),
      'by_day', (select coalesce(jsonb_agg(to_jsonb(d) order by d.day), '[]') from (select x.day, sum(x.writes) as writes, sum(x.hits) as violations from groups x group by 1) d),
      'by_source', (select coalesce(jsonb_agg(to_jsonb(d) order by d.violations desc, d.source), '[]') from (select x.source, sum(x.writes) as writes, sum(x.hits) as violations from groups x group by 1) d),
      'by_actor', (select coalesce(jsonb_agg(to_jsonb(d) order by d.violations desc, d.actor), '[]') from (select x.actor, sum(x.writes) as writes, sum(x.hits) as violations from groups x group by 1) d),
      'samples', (select coalesce(jsonb_agg(s.sample), '[]') from (
        select x as sample from groups y cross join jsonb_array_elements(coalesce(nullif(y.samples, 'null'), '[]')) as x order by (x ->> 'event_id')::bigint desc limit 20) s))
    from groups g);
end
$$;
comment on function governance_private.backtest_replay(governance.data_quality_rules, governance_private.compiled_rule, text, timestamptz, timestamptz, timestamptz, integer, jsonb) is
  'Which of the audited writes since a moment the rule would have objected to, by day, source and actor, and who corrected those records later. p_least: so many parts, whatever the time.';

create function governance_private.require_backtest(p_org_id text, p_days integer, p_budget_ms integer) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if p_org_id is null then
    perform governance_private.require_instance_admin('backtest a rule over all organizations: name one with p_org_id');
  else
    perform governance_private.require_role(p_org_id, 'steward', 'backtest a rule');
  end if;
  if p_days not between 0 and 400 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('p_days is %s; it is a number from 0 to 400.', p_days), jsonb_build_object('field', 'p_days'));
  elsif p_budget_ms not between 1 and 60000 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('p_budget_ms is %s; it is a number from 1 to 60000.', p_budget_ms), jsonb_build_object('field', 'p_budget_ms'));
  end if;
end
$$;

create function governance_private.is_backtest_place(p_at jsonb, p_days integer) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Whoever writes one by hand gets no longer span and no larger parts than anybody, and no other error than this one.
  return coalesce(jsonb_typeof(p_at) = 'object'
    and (p_at ->> 'from')::timestamptz >= now() - make_interval(days => p_days + 2) and (p_at ->> 'to')::timestamptz <= clock_timestamp()
    and (not p_at -> 'current' ? 'leaf' or (p_at #>> '{current,leaf}' ~ '^\d{1,9}$' and p_at #>> '{current,block}' ~ '^\d{1,9}$' and p_at #>> '{current,blocks}' ~ '^\d{1,9}$'))
    and (coalesce(p_at -> 'replay', 'null') = 'null' or (p_at #>> '{replay,parts}' ~ '^[1-9]\d{0,5}$' and p_at #>> '{replay,done}' ~ '^\d{1,6}$'
      and (p_at #>> '{replay,done}')::integer <= (p_at #>> '{replay,parts}')::integer)), false);
exception when data_exception then
  return false;
end
$$;
comment on function governance_private.is_backtest_place(jsonb, integer) is 'Whether this can be where a backtest of so many days has stopped.';

create function governance_private.begin_backtest(p_rule governance.data_quality_rules, p_org_id text, p_days integer, p_at jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_asked text := md5(jsonb_build_array(governance_private.rule_definition(p_rule), p_org_id, p_days)::text);
begin
  -- Where it begins, or goes on. The span of the writes stays that of the beginning.
  if p_at is null then
    return jsonb_build_object('asked', v_asked, 'from', now() - make_interval(days => p_days), 'to', clock_timestamp());
  elsif jsonb_typeof(p_at) <> 'object' or not p_at ? 'asked' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_next is what a backtest has answered as "next".', jsonb_build_object('field', 'p_next'));
  elsif p_at ->> 'asked' is distinct from v_asked then
    perform governance_private.raise_error('PT409', 'stale', 'The rule, or what was asked of it, is another than when the backtest began: its parts would not add up.', '{}', 'Begin the backtest anew.');
  elsif not governance_private.is_backtest_place(p_at, p_days) then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_next is no place where this backtest can have stopped.', jsonb_build_object('field', 'p_next'));
  end if;
  return p_at;
end
$$;

create function governance_private.backtest_rule(p_rule jsonb, p_org_id text, p_days integer, p_budget_ms integer, p_next jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
  v_compiled governance_private.compiled_rule;
  v_begin timestamptz := clock_timestamp();
  v_at jsonb;
  v_current jsonb;
  v_replay jsonb;
  v_timeout numeric := extract(epoch from current_setting('statement_timeout')::interval) * 1000;
begin
  -- Definer: counts over all records of the organization; the samples are filtered by the function that people call.
  perform governance_private.require_backtest(p_org_id, p_days, p_budget_ms);
  -- An answer of a part is better than a statement that was cancelled.
  p_budget_ms := case when v_timeout > 0 then least(p_budget_ms, greatest(1, v_timeout * 0.6)) else p_budget_ms end;
  v_rule := governance_private.rule_to_test(p_rule);
  v_compiled := governance_private.compile_draft(v_rule);
  v_at := governance_private.begin_backtest(v_rule, p_org_id, p_days, p_next);
  v_current := governance_private.backtest_current(v_rule, v_compiled, p_org_id, v_begin + make_interval(secs => p_budget_ms / 2000.0), v_at -> 'current');
  if v_rule.kind <> 'unique' and not v_compiled.needs_typescript and p_days > 0 then
    v_replay := governance_private.backtest_replay(v_rule, v_compiled, p_org_id, (v_at ->> 'from')::timestamptz, (v_at ->> 'to')::timestamptz,
      v_begin + make_interval(secs => p_budget_ms / 1000.0), case when v_at -> 'current' ? 'done' then 1 else 0 end, v_at -> 'replay');
  end if;
  return jsonb_build_object('rule_key', v_rule.rule_key, 'entity_type', v_rule.entity_type, 'enforcement', v_rule.enforcement, 'sentence', v_compiled.sentence,
    'reads', to_jsonb(v_compiled.paths), 'current', v_current - 'at', 'replay', v_replay - 'at',
    'only_as_of_now', governance_private.replay_limits(v_rule, v_compiled, (v_at ->> 'from')::timestamptz),
    'next', case when not (v_current ->> 'complete')::boolean or not coalesce((v_replay ->> 'complete')::boolean, true)
      then v_at || jsonb_build_object('current', v_current -> 'at', 'replay', v_replay -> 'at') end,
    'budget_ms', p_budget_ms, 'took_ms', round(extract(epoch from clock_timestamp() - v_begin) * 1000));
end
$$;

create function governance_private.may_see_sample(p_entity_type text, p_record_key text, p_reads text[]) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_hidden text;
  v_is_hidden boolean;
begin
  -- Invoker: the caller's own row level security decides which records it may see; what the rule reads of others must be readable, too.
  if governance_private.is_instance_admin() then
    return true;
  elsif not governance_private.can_read_record(p_entity_type, p_record_key) or not governance_private.can_read_fields(p_entity_type, p_reads) then
    return false;
  end if;
  select string_agg(governance_private.path_dangling(p_entity_type, x.prefix), ' or ') into v_hidden from governance_private.path_prefixes(p_reads) x;
  if v_hidden is null then
    return true;
  end if;
  execute format('select %s from %s r%s where %s', v_hidden, governance_private.entity_table(p_entity_type),
    governance_private.path_joins(p_entity_type, p_reads), governance_private.key_predicate(p_entity_type, 'r', '$1')) into v_is_hidden using p_record_key;
  return v_is_hidden is false;
exception when insufficient_privilege then
  return false;
end
$$;

create function governance_private.readable_samples(p_entity_type text, p_part jsonb, p_reads text[], p_is_past boolean) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select case when p_part is null or p_part = 'null' then null else jsonb_set(p_part, '{samples}', (
    select coalesce(jsonb_agg(s order by n), '[]') from jsonb_array_elements(p_part -> 'samples') with ordinality as x(s, n)
    -- Which other records a write referred to then nobody can be asked about now.
    where (not p_is_past or governance_private.is_instance_admin() or not exists (select from unnest(p_reads) as path where path like '%.%'))
      and governance_private.may_see_sample(p_entity_type, s ->> 'record_key', p_reads))) end
$$;

create function governance.backtest_rule(p_rule jsonb, p_org_id text default null, p_days integer default 30, p_budget_ms integer default 4000, p_next jsonb default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_result jsonb := governance_private.backtest_rule(p_rule, p_org_id, coalesce(p_days, 30), coalesce(p_budget_ms, 4000), nullif(p_next, 'null'));
  v_reads text[] := array(select jsonb_array_elements_text(v_result -> 'reads'));
begin
  return (v_result - 'reads') || jsonb_build_object(
    'current', governance_private.readable_samples(v_result ->> 'entity_type', v_result -> 'current', v_reads, false),
    'replay', governance_private.readable_samples(v_result ->> 'entity_type', v_result -> 'replay', v_reads, true));
end
$$;
comment on function governance.backtest_rule(jsonb, text, integer, integer, jsonb) is
  'What a rule (its definition, or {"id": …}) says of the records of an organization, and would have said of the writes of the last p_days days. Changes nothing; stops at its budget and says how far it got. Given back as p_next, "next" goes on there: the counts of the parts add up. For stewards.';

create function governance_private.backtest_keys(p_rule jsonb, p_org_id text, p_after text, p_limit integer) returns setof text
language plpgsql stable security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_rule governance.data_quality_rules;
  v_compiled governance_private.compiled_rule;
  v_entity governance.entities;
  v_columns text;
  v_after text;
begin
  -- Definer: as backtest_rule. Pages in the order of the table's key.
  perform governance_private.require_backtest(p_org_id, 0, 1);
  if p_limit is null or p_limit not between 1 and 10000 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('p_limit is %s; it is a number from 1 to 10000.', coalesce(p_limit::text, 'null')), jsonb_build_object('field', 'p_limit'));
  end if;
  v_rule := governance_private.rule_to_test(p_rule);
  v_compiled := governance_private.compile_draft(v_rule);
  select * into strict v_entity from governance.entities e where e.entity_type = v_rule.entity_type;
  select string_agg(format('r.%I', k), ', ' order by n) into v_columns from unnest(v_entity.key_columns) with ordinality as x(k, n);
  select string_agg(case when cardinality(v_entity.key_columns) = 1 then format('$1::%s', c.type_sql) else format('($1::jsonb ->> %s)::%s', n - 1, c.type_sql) end, ', ' order by n) into v_after
  from unnest(v_entity.key_columns) with ordinality as x(k, n) join governance_private.entity_columns(v_rule.entity_type) c on c.column_name = x.k;
  return query execute 'select ' || governance_private.key_expression(v_rule.entity_type, 'r') || ' from ' || governance_private.entity_table(v_rule.entity_type) || ' r'
    || governance_private.path_joins(v_rule.entity_type, v_compiled.paths) || ' where ' || governance_private.backtest_violates_sql(v_rule, v_compiled)
    || ' and not ' || governance_private.backtest_waived_sql(v_rule)
    || case when p_org_id is null then '' else format(' and %s = %L', governance_private.org_expression(v_rule.entity_type, 'r'), p_org_id) end
    || case when p_after is null then '' else format(' and (%s) > (%s)', v_columns, v_after) end
    || format(' order by %s limit %s', v_columns, p_limit) using p_after;
exception when invalid_text_representation or invalid_datetime_format then
  perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" is not the key of a record.', p_after), jsonb_build_object('field', 'p_after'));
end
$$;

create function governance_private.backtest_reads(p_rule jsonb, p_org_id text) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Definer: compiles as backtest_keys does, for the same callers; of a rule it says which fields it names.
  perform governance_private.require_backtest(p_org_id, 0, 1);
  return (governance_private.compile_draft(governance_private.rule_to_test(p_rule))).paths;
end
$$;

create function governance.backtest_keys(p_rule jsonb, p_org_id text default null, p_after text default null, p_limit integer default 1000) returns setof text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity text := coalesce(p_rule ->> 'entity_type', (select r.entity_type from governance.data_quality_rules r where r.id::text = p_rule ->> 'id'));
  v_reads text[] := governance_private.backtest_reads(p_rule, p_org_id);
  -- Where much is hidden, small pages would compile the rule once for a handful of records.
  v_size integer := case when p_limit between 1 and 1000 then 1000 else p_limit end;
  v_page text[];
  v_readable text[] := '{}';
begin
  -- Invoker: what the caller may not read, of the record or of those that the rule reads, is passed over: a key would tell that the rule objects.
  loop
    v_page := array(select governance_private.backtest_keys(p_rule, p_org_id, p_after, v_size));
    v_readable := v_readable || array(
      select k from unnest(v_page) with ordinality as x(k, n)
      where governance_private.may_see_sample(v_entity, x.k, v_reads) order by x.n);
    exit when cardinality(v_page) < v_size or cardinality(v_readable) >= p_limit;
    p_after := v_page[cardinality(v_page)];
  end loop;
  return query select unnest(v_readable[1:p_limit]);
end
$$;
comment on function governance.backtest_keys(jsonb, text, text, integer) is 'The records that violate a rule, saved or not, page by page in key order; not those that are waived: p_after is the last key of the page before. For stewards.';
grant execute on function governance.backtest_rule(jsonb, text, integer, integer, jsonb), governance_private.backtest_rule(jsonb, text, integer, integer, jsonb),
  governance.backtest_keys(jsonb, text, text, integer), governance_private.backtest_keys(jsonb, text, text, integer),
  governance_private.readable_samples(text, jsonb, text[], boolean), governance_private.backtest_reads(jsonb, text), governance_private.may_see_sample(text, text, text[]),
  governance_private.path_joins(text, text[]), governance_private.path_dangling(text, text), governance_private.path_prefixes(text[]) to authenticated, service_role;
