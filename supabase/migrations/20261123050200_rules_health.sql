-- What: how well each rule does: what it finds, whether people agree, what it costs, which others say the same.
-- Why: a rule is promoted and retired on evidence, not on an opinion.
-- Breaks a running client: no.

create table governance_private.evidence_settings (
  is_the_only_row boolean primary key default true check (is_the_only_row),
  min_decided integer not null default 50 check (min_decided > 0),
  min_precision numeric not null default 0.95 check (min_precision between 0 and 1),
  shadow_days integer not null default 7 check (shadow_days >= 0),
  shadow_max_share numeric not null default 0.05 check (shadow_max_share between 0 and 1),
  noisy_decided integer not null default 20 check (noisy_decided > 0),
  noisy_precision numeric not null default 0.5 check (noisy_precision between 0 and 1),
  silent_days integer not null default 90 check (silent_days > 0),
  silent_records bigint not null default 1000 check (silent_records > 0),
  redundant_records integer not null default 20 check (redundant_records > 0),
  redundant_share numeric not null default 0.95 check (redundant_share between 0 and 1)
);
insert into governance_private.evidence_settings default values;
alter table governance_private.evidence_settings enable row level security;
comment on table governance_private.evidence_settings is 'What evidence a rule is promoted on, and what has it proposed for retirement.';
comment on column governance_private.evidence_settings.min_precision is 'From issue to block: the lower bound of the 95 % Wilson interval of its precision.';
comment on column governance_private.evidence_settings.shadow_max_share is 'From shadow to active: the share of the writes since then that it objected to, at most.';
comment on column governance_private.evidence_settings.noisy_precision is 'Noisy: even the upper bound of its precision is below this.';
comment on column governance_private.evidence_settings.silent_records is 'Silent: it has not fired for silent_days, over at least so many judged records.';

create table governance_private.rule_costs (
  rule_id uuid not null,
  execution text not null check (execution in ('write', 'sweep', 'evaluate')),
  ms_per_thousand numeric not null,
  records bigint not null,
  measured_at timestamptz not null default now(),
  primary key (rule_id, execution)
);
alter table governance_private.rule_costs enable row level security;
comment on table governance_private.rule_costs is
  'Measured milliseconds per thousand records. write, sweep: the rule''s own predicate over a sample of records, by night. evaluate: the time of the entity''s rule set in evaluate, shared equally.';

create function governance_private.wilson(p_hits bigint, p_of bigint, out low numeric, out high numeric)
language sql immutable security invoker set search_path = ''
as $$
  -- The 95 % interval of a share; null where nothing is known.
  select round(case when x.centre < x.half then 0 else (x.centre - x.half) / x.divisor end::numeric, 4), round(((x.centre + x.half) / x.divisor)::numeric, 4)
  from (
    select p_hits::float8 / n + z * z / (2 * n) as centre, z * sqrt((p_hits::float8 / n) * (1 - p_hits::float8 / n) / n + z * z / (4 * n * n)) as half, 1 + z * z / n as divisor
    from (select nullif(p_of, 0)::float8 as n, 1.959963984540054::float8 as z) c) x
$$;
comment on function governance_private.wilson(bigint, bigint) is 'The 95 % Wilson interval of a share.';

create type governance_private.rule_health_row as (
  rule_id uuid, rule_key text, org_id text, entity_type text, enforcement text, severity text, status text, version integer, suspended_reason text,
  last_fired_at timestamptz, open_issues bigint, violations_per_day numeric,
  decided bigint, false_alarms bigint, "precision" numeric, precision_low numeric, precision_high numeric,
  ignored_share numeric, median_time_to_resolve interval,
  fixes bigint, fix_reversal_rate numeric, refused_at_most bigint, refused_by_api bigint, shadow_hits bigint,
  write_ms_per_thousand numeric, evaluate_ms_per_thousand numeric, sweep_ms_per_thousand numeric,
  fires_with jsonb, active_since timestamptz
);

create function governance_private.issue_figures(p_org_id text, p_rule_id uuid)
returns table (rule_id uuid, total bigint, open bigint, ignored bigint, last_seen timestamptz, opened bigint, decided bigint, false_alarms bigint, median interval)
language sql stable security invoker set search_path = ''
as $$
  -- Decisions count from the first version on that says what the present one says.
  with issues as (
    select i.id, i.rule_id, i.status, i.resolution, i.last_seen_at, i.decided_at, i.rule_version > coalesce((
        select max(v.version) from governance.data_quality_rule_versions v
        where v.rule_id = r.id and (v.definition -> 'condition', v.definition -> 'applies_when') is distinct from (coalesce(r.condition, 'null'), coalesce(r.applies_when, 'null'))), 0) as is_of_this
    from governance.data_quality_issues i join governance.data_quality_rules r on r.id = i.rule_id and r.rule_key = i.rule_key
    where (p_org_id is null or i.org_id = p_org_id) and (p_rule_id is null or i.rule_id = p_rule_id)
  ), told as (
    -- One pass: joined once more to themselves, issues without statistics yet were compared each with each.
    select i.rule_id, i.status, i.resolution, i.last_seen_at, i.decided_at, i.is_of_this,
           count(*) filter (where e.kind in ('opened', 'reopened') and e.occurred_at > now() - interval '30 days') as opened,
           max(e.occurred_at) filter (where e.kind in ('opened', 'reopened')) as last_opened,
           (array_agg(e.details ->> 'resolution' order by e.id desc) filter (
             where e.kind in ('fixed', 'ignored') and e.details ->> 'resolution' in ('fixed_by_person', 'fixed_by_rule', 'data_changed', 'false_alarm')))[1] as decision
    from issues i join governance.data_quality_issue_events e on e.issue_id = i.id group by i.id, 1, 2, 3, 4, 5, 6
  )
  select t.rule_id, count(*), count(*) filter (where t.status = 'open'), count(*) filter (where t.status = 'ignored'), max(t.last_seen_at), sum(t.opened)::bigint,
         count(t.decision) filter (where t.is_of_this), count(*) filter (where t.is_of_this and t.decision = 'false_alarm'),
         percentile_cont(0.5) within group (order by t.decided_at - t.last_opened)
           filter (where t.status = 'fixed' and t.resolution in ('fixed_by_person', 'fixed_by_rule', 'data_changed'))
  from told t group by 1
$$;
comment on function governance_private.issue_figures(text, uuid) is 'What the issues of rules tell: how many, how they ended, how long they took.';

create function governance_private.rule_overlaps(p_org_id text) returns table (rule_id uuid, other_id uuid, records bigint, shared bigint)
language sql stable security invoker set search_path = ''
as $$
  -- Of each pair of rules: how many open records one has, and on how many of them the other fires as well, waved off or not.
  -- By record, and not each issue with each: without statistics yet that was compared pair by pair.
  with fired as (
    select i.rule_id, i.org_id, i.entity_type, i.record_key, bool_or(i.status = 'open') as is_open from governance.data_quality_issues i
    where i.status <> 'fixed' and i.rule_id is not null and i.record_key <> '' and (p_org_id is null or i.org_id = p_org_id) group by 1, 2, 3, 4
  ), records as materialized (
    select array_agg(f.rule_id) as fired, array_agg(f.rule_id) filter (where f.is_open) as open from fired f group by f.org_id, f.entity_type, f.record_key
  ), sizes as (
    select a as rule_id, count(*) as records from records r cross join unnest(r.open) as a group by 1
  ), pairs as (
    select a as rule_id, b as other_id, count(*) as shared
    from records r cross join unnest(r.open) as a cross join unnest(r.fired) as b where a <> b group by 1, 2
  )
  select p.rule_id, p.other_id, s.records, p.shared from pairs p join sizes s using (rule_id)
$$;

create function governance_private.rule_health_rows(p_org_id text, p_rule_id uuid default null) returns setof governance_private.rule_health_row
language sql volatile security invoker set search_path = ''
as $$
  with others as (
    select o.rule_id, jsonb_agg(jsonb_build_object('rule_key', d.rule_key, 'share', round(o.shared::numeric / o.records, 4)) order by o.shared desc, d.rule_key) as list
    from (select x.*, row_number() over (partition by x.rule_id order by x.shared desc) as place from governance_private.rule_overlaps(p_org_id) x) o
    join governance.data_quality_rules d on d.id = o.other_id
    where o.place <= 5 and (p_rule_id is null or o.rule_id = p_rule_id) group by 1
  ), fixed as (
    select f.rule_id, count(*) as n, count(f.reverted_at) as reverted, max(f.applied_at) as last from governance.fixes f
    where (p_org_id is null or f.org_id = p_org_id) and (p_rule_id is null or f.rule_id = p_rule_id) group by 1
  ), shadow as (
    select t.rule_id, sum(t.hits)::bigint as hits, max(t.day)::timestamp at time zone 'UTC' as last from governance.shadow_tallies t
    where p_org_id is null or t.org_id = p_org_id group by 1
  ), refused as (
    select w.rule_key, w.org_id, sum(w.records)::bigint as records, max(w.occurred_at) as last from governance.refused_writes w
    where p_org_id is null or w.org_id = p_org_id group by 1, 2
  )
  select r.id, r.rule_key, r.org_id, r.entity_type, r.enforcement, r.severity, r.status, r.version, r.suspended_reason,
    greatest(i.last_seen, f.last, s.last, w.last), coalesce(i.open, 0), round(coalesce(i.opened, 0) / 30.0, 2),
    coalesce(i.decided, 0), coalesce(i.false_alarms, 0), round((i.decided - i.false_alarms)::numeric / nullif(i.decided, 0), 4), p.low, p.high,
    round(i.ignored::numeric / nullif(i.total, 0), 4), i.median,
    coalesce(f.n, 0), round(f.reverted::numeric / nullif(f.n, 0), 4), governance_private.refusals_at_most(r.rule_key, r.org_id), coalesce(w.records, 0), coalesce(s.hits, 0),
    (select c.ms_per_thousand from governance_private.rule_costs c where c.rule_id = r.id and c.execution = 'write'),
    (select c.ms_per_thousand from governance_private.rule_costs c where c.rule_id = r.id and c.execution = 'evaluate'),
    (select c.ms_per_thousand from governance_private.rule_costs c where c.rule_id = r.id and c.execution = 'sweep'),
    coalesce(o.list, '[]'), (select max(v.changed_at) from governance.data_quality_rule_versions v where v.rule_id = r.id)
  from governance.data_quality_rules r
  left join governance_private.issue_figures(p_org_id, p_rule_id) i on i.rule_id = r.id
  left join lateral governance_private.wilson(i.decided - i.false_alarms, i.decided) p on true
  left join others o on o.rule_id = r.id left join fixed f on f.rule_id = r.id left join shadow s on s.rule_id = r.id
  left join lateral (
    select sum(x.records)::bigint as records, max(x.last) as last from refused x
    where x.rule_key = r.rule_key and (r.org_id = x.org_id or (r.org_id is null and not exists (
      select from governance.data_quality_rules d where d.rule_key = r.rule_key and d.org_id = x.org_id)))) w on true
  where (p_rule_id is null or r.id = p_rule_id) and (p_org_id is null or r.org_id = p_org_id or (r.org_id is null and not exists (
    select from governance.data_quality_rules d where d.rule_key = r.rule_key and d.org_id = p_org_id)))
  order by r.rule_key, r.org_id
$$;
comment on function governance_private.rule_health_rows(text, uuid) is 'How well rules do, in one organization or in all.';

create function governance_private.rule_health(p_org_id text) returns setof governance_private.rule_health_row
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: issues of records that the caller may not read count as well; nothing but figures leaves.
  if p_org_id is null then
    perform governance_private.require_instance_admin('see the health of rules over all organizations: name one with p_org_id');
  else
    perform governance_private.require_role(p_org_id, 'steward', 'see the health of rules');
  end if;
  return query select * from governance_private.rule_health_rows(p_org_id);
end
$$;

create function governance.rule_health(p_org_id text default null)
returns table (rule_id uuid, rule_key text, org_id text, entity_type text, enforcement text, severity text, status text, version integer, suspended_reason text,
  last_fired_at timestamptz, open_issues bigint, violations_per_day numeric, decided bigint, false_alarms bigint, "precision" numeric, precision_low numeric, precision_high numeric,
  ignored_share numeric, median_time_to_resolve interval, fixes bigint, fix_reversal_rate numeric, refused_at_most bigint, refused_by_api bigint, shadow_hits bigint,
  write_ms_per_thousand numeric, evaluate_ms_per_thousand numeric, sweep_ms_per_thousand numeric, fires_with jsonb, active_since timestamptz)
language sql volatile security invoker set search_path = ''
as $$
  select * from governance_private.rule_health(p_org_id)
$$;
comment on function governance.rule_health(text) is
  'How well each rule does in an organization: when it last fired, what is open, violations a day over thirty days, precision with its 95 % Wilson interval, what is ignored, time to resolve, reverted fixes, refused writes, measured cost, and the rules that fire on the same records. For stewards.';
grant execute on function governance.rule_health(text), governance_private.rule_health(text) to authenticated, service_role;

create function governance_private.measure_rule_costs(p_entity_type text) returns integer
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_rule record;
  v_sample text := format('(select * from %s limit 2000) r', governance_private.entity_table(p_entity_type));
  v_records bigint;
  v_begin timestamptz;
  v_bare numeric;
  v_judged numeric;
  v_measured integer := 0;
begin
  -- What a rule adds to a scan that happens anyway: its predicate and joins over a sample, the best of three, less the scan alone.
  execute 'select count(*) from ' || v_sample into v_records;
  if v_records < 100 then
    return 0;
  end if;
  for v_rule in
    select (x.rule).id, (x.rule).enforcement, (x.rule).timing, (x.rule).status, c.violates_sql, governance_private.path_joins(p_entity_type, c.paths) as joins
    from governance_private.running_rules(p_entity_type) x cross join lateral governance_private.compile_rule(x.rule) c
    where (x.rule).kind <> 'unique' and (x.rule).enforcement <> 'fix' and not c.needs_typescript
  loop
    v_bare := null;
    v_judged := null;
    for i in 1..3 loop
      v_begin := clock_timestamp();
      execute 'select count(*) filter (where r.* is not null) from ' || v_sample;
      v_bare := least(v_bare, extract(epoch from clock_timestamp() - v_begin));
      v_begin := clock_timestamp();
      execute 'select count(*) filter (where ' || v_rule.violates_sql || ') from ' || v_sample || v_rule.joins;
      v_judged := least(v_judged, extract(epoch from clock_timestamp() - v_begin));
    end loop;
    insert into governance_private.rule_costs as k (rule_id, execution, ms_per_thousand, records)
    select v_rule.id, x.execution, round(greatest(0, v_judged - v_bare) * 1000000 / v_records, 3), v_records
    from unnest(array['write', 'sweep']) as x(execution)
    where (x.execution = 'write') <= (v_rule.timing = 'write') and (x.execution = 'sweep') <= (v_rule.status = 'active' or v_rule.enforcement = 'issue')
    on conflict (rule_id, execution) do update set ms_per_thousand = excluded.ms_per_thousand, records = excluded.records, measured_at = now();
    v_measured := v_measured + 1;
  end loop;
  return v_measured;
end
$$;
comment on function governance_private.measure_rule_costs(text) is 'Measures what each rule of an entity that SQL judges costs in a write or a sweep. Returns how many.';

create function governance_private.note_evaluate_cost(p_entity_type text, p_records integer, p_busy_ms numeric) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: costs are private. Each rule has an equal share: a clock around every rule of every record would cost more than it tells.
  insert into governance_private.rule_costs as k (rule_id, execution, ms_per_thousand, records)
  select (r ->> 'id')::uuid, 'evaluate', round(p_busy_ms * 1000 / p_records / jsonb_array_length(c.rules), 4), p_records
  from governance_private.compiled_entities c cross join jsonb_array_elements(c.rules) as r
  where c.entity_type = p_entity_type and p_records > 0
  on conflict (rule_id, execution) do update
    -- Weighted by records, so that one slow drain of three says little.
    set ms_per_thousand = round((k.ms_per_thousand * k.records + excluded.ms_per_thousand * excluded.records) / (k.records + excluded.records), 4),
        records = least(100000, k.records + excluded.records), measured_at = now()
$$;

create function governance.note_evaluate_cost(p_entity_type text, p_records integer, p_busy_ms numeric) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('report what evaluating costs');
  perform governance_private.note_evaluate_cost(p_entity_type, p_records, p_busy_ms);
end
$$;
comment on function governance.note_evaluate_cost(text, integer, numeric) is 'For evaluate: how long judging so many records of an entity took.';
grant execute on function governance.note_evaluate_cost(text, integer, numeric), governance_private.note_evaluate_cost(text, integer, numeric) to service_role;
