-- What: the most issues that a rule opens in one sweep, and the list of the further records that violate it.
-- Why: a new rule over a million old records must not bury the queue: what exceeds is one issue that counts, and a list.
-- Breaks a running client: no.

-- Without foreign keys to the rules: a sweep, during which rules stand still, must not wait for one that is being deleted and waits for the sweep.
create table governance.further_violations (
  rule_id uuid not null,
  org_id text not null,
  entity_type text not null references governance.entities on delete cascade,
  record_key text not null,
  run_id uuid not null,
  found_at timestamptz not null default now(),
  primary key (rule_id, record_key)
);
create index further_violations_record_idx on governance.further_violations (entity_type, record_key);
comment on table governance.further_violations is
  'Records that violate a rule beyond the issues that it may open in one sweep. A record leaves the list when it is next evaluated on a change; each sweep writes the list anew.';
comment on column governance.further_violations.run_id is 'The sweep that last found it.';
alter table governance.further_violations enable row level security;
create policy "Members see the listed records that they can read" on governance.further_violations for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and governance_private.can_read_record(entity_type, record_key));
grant select on governance.further_violations to authenticated, service_role;

create table governance_private.sweep_openings (
  run_id uuid not null references governance.runs on delete cascade,
  rule_id uuid not null,
  opened integer not null,
  primary key (run_id, rule_id)
);
comment on table governance_private.sweep_openings is 'How many new issues each rule has opened in a sweep.';
alter table governance_private.sweep_openings enable row level security;

create function governance_private.count_further(p_counts jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- p_counts: [{"rule_id", "org_id", "more"}, …]: by how many each list has grown. The issue closes when its list is empty.
  insert into governance.data_quality_issues as i (org_id, entity_type, record_key, rule_key, rule_id, rule_version, severity, message, observed,
    status, resolution, due_date)
  select c.org_id, r.entity_type, '', r.rule_key, r.id, r.version, r.severity, governance_private.further_message(c.more), jsonb_build_object('count', c.more),
    'open', null, now() + governance_private.due_after(r.severity, r.due_in)
  from (
    select (x ->> 'rule_id')::uuid as rule_id, x ->> 'org_id' as org_id, sum((x ->> 'more')::integer) as more
    from jsonb_array_elements(p_counts) as x group by 1, 2) c
  join governance.data_quality_rules r on r.id = c.rule_id
  where c.more > 0 or exists (
    select from governance.data_quality_issues i
    where i.org_id = c.org_id and i.rule_key = r.rule_key and i.entity_type = r.entity_type and i.record_key = '' and i.discriminator = '' and i.status <> 'fixed')
  order by c.org_id, r.rule_key
  on conflict on constraint one_issue_per_fingerprint do update
    set rule_id = excluded.rule_id, rule_version = excluded.rule_version, severity = excluded.severity, last_seen_at = now(),
        observed = jsonb_build_object('count', governance_private.further_count(i) + (excluded.observed ->> 'count')::integer),
        message = governance_private.further_message(governance_private.further_count(i) + (excluded.observed ->> 'count')::integer),
        status = case when governance_private.further_count(i) + (excluded.observed ->> 'count')::integer <= 0 then 'fixed' when i.status = 'fixed' then 'open' else i.status end,
        resolution = case when governance_private.further_count(i) + (excluded.observed ->> 'count')::integer <= 0 then 'data_changed' when i.status <> 'fixed' then i.resolution end,
        due_date = case when i.status = 'fixed' then excluded.due_date else i.due_date end;
end
$$;
comment on function governance_private.count_further(jsonb) is 'Keeps the issues that count the further records of a rule.';

create function governance_private.further_count(p_issue governance.data_quality_issues) returns integer
language sql stable security invoker set search_path = ''
as $$
  select case when p_issue.status = 'fixed' then 0 else coalesce((p_issue.observed ->> 'count')::integer, 0) end
$$;

create function governance_private.further_message(p_count bigint) returns text
language sql immutable security invoker set search_path = ''
as $$
  select format('%s further %s this rule; the list is in governance.further_violations.', p_count, case p_count when 1 then 'record violates' else 'records violate' end)
$$;

create function governance_private.cap_violations(p_entity_type text, p_run_id uuid, p_violations jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_limit integer := (select s.issues_per_sweep from governance_private.queue_settings s);
  v_kept jsonb;
  v_listed jsonb;
begin
  -- Of the violations that a sweep found, those that may open an issue, or have one; the others go on the list.
  with said as (
    select v, (v ->> 'rule_id')::uuid as rule_id, v ->> 'org_id' as org_id, v ->> 'key' as record_key
    from jsonb_array_elements(p_violations) as v
  ), placed as (
    select s.*, f.record_key is not null as is_listed, i.id is not null as has_issue,
      coalesce(o.opened, 0) + count(*) filter (where f.record_key is null and i.id is null) over (partition by s.rule_id order by s.record_key) as place
    from said s
    left join governance.further_violations f on f.rule_id = s.rule_id and f.record_key = s.record_key
    left join governance.data_quality_issues i
      on i.rule_id = s.rule_id and i.entity_type = p_entity_type and i.record_key = s.record_key and i.org_id = s.org_id and i.discriminator = '' and i.status <> 'fixed'
    left join governance_private.sweep_openings o on o.run_id = p_run_id and o.rule_id = s.rule_id
  ), opening as (
    insert into governance_private.sweep_openings as o (run_id, rule_id, opened)
    select p_run_id, p.rule_id, count(*) from placed p where not p.has_issue and not p.is_listed and p.place <= v_limit
    group by p.rule_id order by p.rule_id
    on conflict (run_id, rule_id) do update set opened = o.opened + excluded.opened
  ), listed as (
    insert into governance.further_violations as f (rule_id, org_id, entity_type, record_key, run_id)
    select p.rule_id, p.org_id, p_entity_type, p.record_key, p_run_id from placed p where not p.has_issue and (p.is_listed or p.place > v_limit)
    order by p.rule_id, p.record_key
    on conflict (rule_id, record_key) do update set run_id = excluded.run_id, org_id = excluded.org_id
    returning f.rule_id, f.org_id, f.record_key
  )
  select (select coalesce(jsonb_agg(p.v), '[]') from placed p where p.has_issue or (not p.is_listed and p.place <= v_limit)),
         (select jsonb_agg(jsonb_build_object('rule_id', l.rule_id, 'org_id', l.org_id, 'more', 1)) from listed l
          join placed p on p.rule_id = l.rule_id and p.record_key = l.record_key where not p.is_listed)
  into v_kept, v_listed;
  if v_listed is not null then
    perform governance_private.count_further(v_listed);
  end if;
  return v_kept;
end
$$;
comment on function governance_private.cap_violations(text, uuid, jsonb) is 'Of the violations that a sweep found those that become issues; lists the rest.';

create function governance_private.cap_swept(p_lease_id uuid, p_entity_type text, p_keys text[], p_violations jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_changed text[] := array(select distinct q.record_key from governance_private.change_queue q where q.lease_id = p_lease_id and q.reason <> 'sweep');
  v_run uuid;
  v_left jsonb;
begin
  -- Who is evaluated on a change leaves the lists, and is judged like anybody; who was only swept is counted.
  with left_list as (
    delete from governance.further_violations f
    where f.entity_type = p_entity_type and f.record_key = any (p_keys) and f.record_key = any (v_changed)
    returning f.rule_id, f.org_id
  )
  select jsonb_agg(jsonb_build_object('rule_id', l.rule_id, 'org_id', l.org_id, 'more', -1)) into v_left from left_list l;
  if v_left is not null then
    perform governance_private.count_further(v_left);
  end if;
  if p_violations = '[]' or not exists (select from jsonb_array_elements(p_violations) as v where v ->> 'key' <> all (v_changed)) then
    return p_violations;
  end if;
  select r.id into v_run from governance.runs r where r.job = 'sweep' and r.entity_type = p_entity_type and r.started_at is not null order by r.started_at desc limit 1;
  if v_run is null then
    return p_violations;
  end if;
  return (select coalesce(jsonb_agg(v), '[]') from jsonb_array_elements(p_violations) as v where v ->> 'key' = any (v_changed))
    || governance_private.cap_violations(p_entity_type, v_run, (
      select jsonb_agg(v) from jsonb_array_elements(p_violations) as v where v ->> 'key' <> all (v_changed)));
end
$$;
comment on function governance_private.cap_swept(uuid, text, text[], jsonb) is 'What becomes issues of the violations that a batch found: all of changed records, a limited number of swept ones.';

create function governance_private.renew_further(p_run governance.runs) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- The sweep has looked at everything: what it did not find is gone from the list. What still waits for evaluate keeps its place.
  delete from governance.further_violations f
  where f.entity_type = p_run.entity_type and (
    not exists (select from governance.data_quality_rules r where r.id = f.rule_id and r.status = 'active')
    or f.run_id <> p_run.id and not exists (
      select from governance_private.change_queue q where q.entity_type = f.entity_type and q.record_key = f.record_key and q.reason = 'sweep'));
  perform governance_private.count_further((
    select coalesce(jsonb_agg(jsonb_build_object('rule_id', x.rule_id, 'org_id', x.org_id, 'more', x.more)), '[]') from (
      select rule_id, org_id, coalesce(l.n, 0) - coalesce(i.n, 0) as more
      from (select f.rule_id, f.org_id, count(*) as n from governance.further_violations f where f.entity_type = p_run.entity_type group by 1, 2) l
      full join (
        select i.rule_id, i.org_id, governance_private.further_count(i) as n from governance.data_quality_issues i
        where i.entity_type = p_run.entity_type and i.record_key = '' and i.rule_id is not null and i.rule_key not like 'system-%' and i.status <> 'fixed') i using (rule_id, org_id)) x));
end
$$;
comment on function governance_private.renew_further(governance.runs) is 'At the end of a sweep: takes off the lists what it has not found again, and counts them.';
