-- What: what shadow rules would have done, counted by day, source and actor, with samples.
-- Why: a rule shows on real writes whom it would hit before it bites, and nobody waits for its counting.
-- Breaks a running client: no.

create table governance.shadow_tallies (
  id bigint generated always as identity primary key,
  rule_id uuid not null,
  rule_key text not null,
  rule_version integer not null,
  org_id text not null,
  entity_type text not null,
  day date not null default (clock_timestamp() at time zone 'UTC')::date,
  source text not null,
  actor uuid,
  hits bigint not null
);
create index shadow_tallies_rule_idx on governance.shadow_tallies (rule_id, day);
create index shadow_tallies_org_idx on governance.shadow_tallies (org_id);
comment on table governance.shadow_tallies is
  'What shadow_counts adds up. Each writer adds rows of its own, so that none waits for another; those of earlier days are merged by night.';

create view governance.shadow_counts with (security_invoker = true) as
select t.rule_id, t.rule_key, t.rule_version, t.org_id, t.entity_type, t.day, t.source, t.actor, sum(t.hits)::bigint as hits
from governance.shadow_tallies t group by 1, 2, 3, 4, 5, 6, 7, 8;
comment on view governance.shadow_counts is
  'How often each version of a shadow rule would have acted: refused a write (a block rule), opened an issue or corrected a record, by day, source and actor. Found by a sweep: source sweep.';

create table governance.shadow_hits (
  id bigint generated always as identity primary key,
  rule_id uuid not null,
  rule_key text not null,
  rule_version integer not null,
  org_id text not null,
  entity_type text not null,
  record_key text not null,
  occurred_at timestamptz not null default clock_timestamp(),
  source text not null,
  actor uuid,
  message text
);
create index shadow_hits_rule_idx on governance.shadow_hits (rule_id, occurred_at);
create index shadow_hits_org_idx on governance.shadow_hits (org_id);
comment on table governance.shadow_hits is 'Samples of what shadow rules would have done: of each rule and day about twenty, of earlier days not more.';

create table governance_private.shadow_marks (
  rule_id uuid not null,
  record_key text not null,
  rule_version integer not null,
  event_id bigint,
  stands boolean not null default true,
  primary key (rule_id, record_key)
);
comment on table governance_private.shadow_marks is 'Of shadow rules that are not judged in the write: the records that were counted, with the change for which, so that each is counted once.';

alter table governance.shadow_tallies enable row level security;
alter table governance.shadow_hits enable row level security;
alter table governance_private.shadow_marks enable row level security;
create policy "Stewards see the counts of their organization" on governance.shadow_tallies for select to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')));
create policy "Stewards see samples of records that they can read" on governance.shadow_hits for select to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')) and governance_private.may_see(org_id, entity_type, record_key));
grant select on governance.shadow_tallies, governance.shadow_counts, governance.shadow_hits to authenticated, service_role;

create function governance_private.keep_shadow_samples(p_entity_type text, p_samples jsonb) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- p_samples: [{"rule_id", "rule_key", "rule_version", "org_id", "record_key", "source", "actor", "message"}, …]. Writers do not see each
  -- other's: a few too many are dropped by night.
  insert into governance.shadow_hits (rule_id, rule_key, rule_version, org_id, entity_type, record_key, source, actor, message)
  select s.rule_id, s.rule_key, s.rule_version, s.org_id, p_entity_type, s.record_key, s.source, s.actor, s.message
  from (
    select x.*, row_number() over (partition by x.rule_id order by x.record_key) as place
    from jsonb_to_recordset(p_samples) as x(rule_id uuid, rule_key text, rule_version integer, org_id text, record_key text, source text, actor uuid, message text)) s
  where s.place + (select count(*) from governance.shadow_hits h
    where h.rule_id = s.rule_id and h.occurred_at >= date_trunc('day', clock_timestamp(), 'UTC')) <= 20
$$;

create function governance_private.note_shadow_writes(p_entity_type text, p_hits jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_actor constant uuid := auth.uid();
begin
  -- Called by generated block functions, as their owner. p_hits: [{"rule_id", "rule_key", "rule_version", "org_id", "hits", "samples"}, …].
  -- A statement judges a record once and leaves one audit event of it, so that this counts each event once.
  insert into governance.shadow_tallies (rule_id, rule_key, rule_version, org_id, entity_type, source, actor, hits)
  select h.rule_id, h.rule_key, h.rule_version, h.org_id, p_entity_type, governance_private.writer_source(h.org_id), v_actor, h.hits
  from jsonb_to_recordset(p_hits) as h(rule_id uuid, rule_key text, rule_version integer, org_id text, hits bigint);
  perform governance_private.keep_shadow_samples(p_entity_type, (
    select jsonb_agg(h - 'samples' - 'hits' || s || jsonb_build_object('source', governance_private.writer_source(h ->> 'org_id'), 'actor', v_actor))
    from jsonb_array_elements(p_hits) as h cross join lateral jsonb_array_elements(h -> 'samples') as s));
end
$$;
comment on function governance_private.note_shadow_writes(text, jsonb) is 'Counts what shadow block rules would have refused of the present statement.';

create function governance_private.note_shadow_found(p_entity_type text, p_found jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_samples jsonb;
begin
  -- p_found: [{"key", "org_id", "rule_id", "event_id", "message", "swept"}, …]. A record is counted when the rule begins to object to it, as an
  -- issue would open; not again while it does, nor for the same change of it.
  with found as (
    select distinct on (r.id, v ->> 'key') r.id as rule_id, r.rule_key, r.version, v ->> 'key' as record_key, v ->> 'org_id' as org_id, (v ->> 'event_id')::bigint as event_id,
           v ->> 'message' as message, coalesce((v ->> 'swept')::boolean, false) as swept
    from jsonb_array_elements(p_found) as v join governance.data_quality_rules r on r.id = (v ->> 'rule_id')::uuid
    where r.status = 'shadow' and r.enforcement <> 'block' and not governance_private.is_waived(v ->> 'org_id', r.rule_key, v ->> 'key')
    order by r.id, v ->> 'key'
  ), counted as (
    insert into governance_private.shadow_marks as m (rule_id, record_key, rule_version, event_id)
    select f.rule_id, f.record_key, f.version, f.event_id from found f
    on conflict (rule_id, record_key) do update set rule_version = excluded.rule_version, event_id = excluded.event_id, stands = true
      where m.rule_version <> excluded.rule_version or (not m.stands and m.event_id is distinct from excluded.event_id)
    returning m.rule_id, m.record_key
  ), hits as (
    select f.*, case when f.swept then 'sweep' else coalesce(e.source, 'sql') end as source, case when not f.swept then e.actor end as actor
    from counted c join found f using (rule_id, record_key)
    left join lateral (select a.source, a.actor from governance.audit_events a where a.id = f.event_id limit 1) e on true
  ), tallied as (
    insert into governance.shadow_tallies (rule_id, rule_key, rule_version, org_id, entity_type, source, actor, hits)
    select h.rule_id, h.rule_key, h.version, h.org_id, p_entity_type, h.source, h.actor, count(*) from hits h group by 1, 2, 3, 4, 6, 7
  )
  select jsonb_agg(jsonb_build_object('rule_id', h.rule_id, 'rule_key', h.rule_key, 'rule_version', h.version, 'org_id', h.org_id,
    'record_key', h.record_key, 'source', h.source, 'actor', h.actor, 'message', h.message)) into v_samples
  from (select x.*, row_number() over (partition by x.rule_id order by x.record_key) as place from hits x) h where h.place <= 20;
  perform governance_private.keep_shadow_samples(p_entity_type, v_samples);
end
$$;
comment on function governance_private.note_shadow_found(text, jsonb) is 'Counts what shadow rules that are not judged in the write would have said.';

create function governance_private.note_shadow_verdicts(p_entity_type text, p_held jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- p_held: verdicts. What a rule does not object to any more may be counted again.
  if not exists (select from governance.data_quality_rules r where r.entity_type = p_entity_type and r.status = 'shadow' and r.enforcement <> 'block') then
    return;
  end if;
  update governance_private.shadow_marks m set stands = false
  from jsonb_array_elements(p_held) as v, governance.data_quality_rules r
  where m.record_key = v ->> 'key' and r.id = m.rule_id and r.entity_type = p_entity_type and m.stands
    and (r.timing <> 'schedule' or (v ->> 'swept')::boolean)
    and not coalesce(v -> 'shadow', '[]') @> jsonb_build_array(jsonb_build_object('rule_id', m.rule_id))
    and not coalesce(v -> 'unevaluated', '[]') @> jsonb_build_array(jsonb_build_object('rule_id', m.rule_id));
  perform governance_private.note_shadow_found(p_entity_type, (
    select coalesce(jsonb_agg(jsonb_build_object('key', v -> 'key', 'org_id', v -> 'org_id', 'event_id', v -> 'event_id', 'swept', v -> 'swept', 'rule_id', x -> 'rule_id')), '[]')
    from jsonb_array_elements(p_held) as v cross join lateral jsonb_array_elements(coalesce(v -> 'shadow', '[]')) as x));
end
$$;
comment on function governance_private.note_shadow_verdicts(text, jsonb) is 'Counts what shadow rules say in the verdicts of a batch.';

create function governance_private.count_shadow_of(p_entity_type text, p_shadow_ids uuid[], p_found jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Of what a scan found: counts what is shadow rules', and returns the rest; null when there is none.
  if p_shadow_ids = '{}' then
    return nullif(p_found, '[]');
  end if;
  perform governance_private.note_shadow_found(p_entity_type, (
    select coalesce(jsonb_agg(v || '{"swept": true}'), '[]') from jsonb_array_elements(p_found) as v where (v ->> 'rule_id')::uuid = any (p_shadow_ids)));
  return (select jsonb_agg(v) from jsonb_array_elements(p_found) as v where (v ->> 'rule_id')::uuid <> all (p_shadow_ids));
end
$$;

create function governance_private.merge_shadow_tallies() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_today constant date := (clock_timestamp() at time zone 'UTC')::date;
begin
  -- Definer: run by schedule.
  with pieces as (
    delete from governance.shadow_tallies t where t.day < v_today and (t.rule_id, t.rule_version, t.org_id, t.day, t.source, coalesce(t.actor::text, '')) in (
      select o.rule_id, o.rule_version, o.org_id, o.day, o.source, coalesce(o.actor::text, '') from governance.shadow_tallies o
      where o.day < v_today group by 1, 2, 3, 4, 5, 6 having count(*) > 1)
    returning t.*
  )
  insert into governance.shadow_tallies (rule_id, rule_key, rule_version, org_id, entity_type, day, source, actor, hits)
  select p.rule_id, p.rule_key, p.rule_version, p.org_id, p.entity_type, p.day, p.source, p.actor, sum(p.hits) from pieces p group by 1, 2, 3, 4, 5, 6, 7, 8;
  delete from governance.shadow_hits h using (
    select o.id, row_number() over (partition by o.rule_id, (o.occurred_at at time zone 'UTC')::date order by o.id) as place from governance.shadow_hits o) x
  where x.id = h.id and (x.place > 20 or h.occurred_at < now() - interval '400 days');
  delete from governance.shadow_tallies t where t.day < v_today - 400;
  delete from governance_private.shadow_marks m where not exists (select from governance.data_quality_rules r where r.id = m.rule_id and r.status = 'shadow');
end
$$;
comment on function governance_private.merge_shadow_tallies() is 'Merges the counts of earlier days, drops samples beyond twenty a rule and day, and forgets what is older than 400 days.';
