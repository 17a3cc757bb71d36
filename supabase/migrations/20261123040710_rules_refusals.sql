-- What: how often each block rule refused: a sequence that a rolled-back write leaves behind, and a log of what the API refused.
-- Why: a refused write leaves no row; without this nobody knows how hard a rule bites.
-- Breaks a running client: no.

create table governance.refused_writes (
  id bigint generated always as identity primary key,
  occurred_at timestamptz not null default clock_timestamp(),
  org_id text not null,
  entity_type text not null,
  rule_key text not null,
  rule_version integer not null,
  source text not null,
  actor uuid,
  records integer not null
);
create index refused_writes_org_idx on governance.refused_writes (org_id, rule_key, occurred_at);
comment on table governance.refused_writes is
  'What block rules refused of calls of the API (POST /records, POST /ingest, store_records), by source and actor. Refusals of other writes leave no row; rule_health counts them, too, as an upper bound.';
alter table governance.refused_writes enable row level security;
create policy "Stewards see what was refused in their organization" on governance.refused_writes for select to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')));
grant select on governance.refused_writes to authenticated, service_role;

create function governance_private.refusal_counter(p_rule_key text, p_org_id text) returns text
language sql immutable security invoker
return 'governance_private.refused_' || md5(p_rule_key || '/' || coalesce(p_org_id, ''));
comment on function governance_private.refusal_counter(text, text) is 'The name of the sequence that counts the writes that a rule refused.';

create function governance_private.make_refusal_counter(p_rule_key text, p_org_id text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if to_regclass(governance_private.refusal_counter(p_rule_key, p_org_id)) is null then
    execute format('create sequence %s', governance_private.refusal_counter(p_rule_key, p_org_id));
  end if;
end
$$;

create function governance_private.drop_refusal_counters() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: the sequences are the owner's. A rule that was deleted and made again keeps its count.
  if not exists (select from governance.data_quality_rules r where r.rule_key = old.rule_key and r.org_id is not distinct from old.org_id) then
    execute format('drop sequence if exists %s', governance_private.refusal_counter(old.rule_key, old.org_id));
  end if;
  return null;
end
$$;
-- At the very end: who counts or reads waits for a sequence that is being dropped.
create constraint trigger _500_drop_counter after delete on governance.data_quality_rules deferrable initially deferred
  for each row execute function governance_private.drop_refusal_counters();

create function governance_private.count_refusals(p_rule_ids uuid[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_counter regclass;
begin
  -- Of all that a refused statement does, only this is not rolled back.
  for v_counter in
    select to_regclass(governance_private.refusal_counter(r.rule_key, r.org_id)) from governance.data_quality_rules r where r.id = any (p_rule_ids)
  loop
    begin
      perform nextval(v_counter);
    exception when internal_error then
      null; -- The rule was deleted in this moment, and its counter with it.
    end;
  end loop;
end
$$;
comment on function governance_private.count_refusals(uuid[]) is 'Counts a refused write for each of the rules that refused it.';

create function governance_private.refusals_at_most(p_rule_key text, p_org_id text) returns bigint
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  return coalesce(pg_sequence_last_value(to_regclass(governance_private.refusal_counter(p_rule_key, p_org_id))), 0);
exception when internal_error then
  return 0; -- As above.
end
$$;
comment on function governance_private.refusals_at_most(text, text) is 'How many statements a rule refused since it first ran as a block, at most: trials and parts that were tried again count as well.';

create function governance_private.log_refusals(p_entity_type text, p_org_id text, p_outcomes jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: nobody writes the log but through what stores records.
  insert into governance.refused_writes (org_id, entity_type, rule_key, rule_version, source, actor, records)
  select p_org_id, p_entity_type, v ->> 'rule_key', (v ->> 'rule_version')::integer, governance_private.writer_source(p_org_id), auth.uid(), count(distinct o ->> 'n')
  from jsonb_array_elements(p_outcomes) as o cross join lateral jsonb_array_elements(o #> '{error,violations}') as v
  where o ->> 'outcome' = 'refused' and o #>> '{error,code}' = 'blocked'
  group by 3, 4
$$;
comment on function governance_private.log_refusals(text, text, jsonb) is 'Logs which block rules refused how many records of a call.';
grant execute on function governance_private.log_refusals(text, text, jsonb) to authenticated, service_role;
