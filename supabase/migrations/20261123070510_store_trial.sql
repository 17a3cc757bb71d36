-- What: trying records: they are stored, read as evaluate reads them, and taken back in the same call.
-- Why: a verdict on a record that is not written must come from the same executions as one that is; generated columns, other people's
--      triggers and constraints included.
-- Breaks a running client: no.

create unlogged table governance_private.trials (
  trial_id uuid primary key default gen_random_uuid(),
  made_at timestamptz not null default clock_timestamp(),
  entity_type text not null,
  batch jsonb not null
);
create index trials_made_at_idx on governance_private.trials (made_at);
comment on table governance_private.trials is
  'What evaluate would have been given of records that were tried: fetched once by the edge function, never shown to the caller, who may not be allowed to read all of it.';
alter table governance_private.trials enable row level security;

create function governance_private.deliver_records(p_entity_type text, p_keys text[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_compiled governance_private.compiled_entities;
  v_records jsonb;
begin
  -- Definer: as for claim_changes, whose form this is. Only for a trial, whose caller never sees it.
  select * into strict v_compiled from governance_private.compiled_entities c where c.entity_type = p_entity_type;
  execute format($sql$
    select coalesce(jsonb_agg(jsonb_build_object('key', d.record_key, 'token', 0, 'queue_ids', '[]'::jsonb, 'event_id', null, 'org_id', d.org_id,
      'exists', true, 'verify_only', false, 'swept', false, 'groups', coalesce(g.groups, '{}'), 'default_country', o.default_country,
      'fields', d.fields, 'dangling', to_jsonb(d.dangling), 'counts', d.counts,
      'undone', coalesce((
        select jsonb_agg(jsonb_build_object('rule_id', f.rule_id, 'field', t.key, 'from', t.value))
        from governance.fixes f cross join lateral jsonb_each(governance_private.patch_changes('', jsonb_build_array(f.patch)) -> 'tests') t
        where f.entity_type = $2 and f.record_key = d.record_key and f.cause = 'auto' and f.reverted_at is not null), '[]'))), '[]')
    from governance_private.%I($1) d
    left join governance_private.group_sizes($2, $1) g using (record_key) left join governance.organizations o on o.org_id = d.org_id
  $sql$, p_entity_type || '_deliver') into v_records using p_keys, p_entity_type;
  v_records := governance_private.add_waived(p_entity_type, v_records);
  return jsonb_build_object('lease_id', 'trial', 'lease_seconds', 1, 'entity_type', p_entity_type,
    'rules_version', (select e.rules_version::text from governance.entities e where e.entity_type = p_entity_type),
    'rules', v_compiled.rules, 'classes', v_compiled.classes, 'now', governance_private.instant_text(now() at time zone 'UTC'),
    'lookups', governance_private.look_up_values(v_compiled.lookups, v_records),
    'moments', governance_private.deliver_moments(v_compiled.moments, array(select r ->> 'org_id' from jsonb_array_elements(v_records) as r)),
    'records', v_records, 'more', false,
    'related', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from governance_private.related_records(p_entity_type, p_keys) x),
    'rule_index', (select coalesce(jsonb_object_agg(r ->> 'id', jsonb_build_object('rule_key', r -> 'rule_key', 'severity', r -> 'severity')), '{}') from jsonb_array_elements(v_compiled.rules) as r),
    -- What was corrected in the write itself, which the delivered record no longer shows.
    'write_fixes', coalesce((
      select jsonb_agg(jsonb_build_object('key', f.record_key, 'rule_id', f.rule_id, 'rule_key', f.rule_key, 'patch', f.patch) order by f.place)
      from governance.fixes f where f.entity_type = p_entity_type and f.record_key = any (p_keys) and f.applied_at >= transaction_timestamp()), '[]'));
end
$$;

create function governance_private.hidden_rules(p_entity_type text, p_related jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: what the caller may not read. [[rule, record], …], without a record for all: rules whose words must not be shown to the caller.
  select case when governance_private.is_instance_admin() then '[]' else coalesce(jsonb_agg(x.hidden), '[]') end from (
    select jsonb_build_array(r.id, null) as hidden from governance.data_quality_rules r
    where r.entity_type = p_entity_type and r.status in ('active', 'shadow') and not governance_private.can_read_fields(p_entity_type, r.reads)
    union all
    select jsonb_build_array(r.id, n.record_key)
    from jsonb_to_recordset(p_related) as n(record_key text, prefix text, entity_type text, related_key text)
    join governance.data_quality_rules r on r.entity_type = p_entity_type and r.status in ('active', 'shadow')
      and exists (select from unnest(r.reads) as f where starts_with(f, n.prefix || '.'))
    where not governance_private.can_read_record(n.entity_type, n.related_key)) x
$$;

create function governance_private.keep_trial(p_entity_type text, p_batch jsonb) returns uuid
language sql volatile security definer set search_path = ''
as $$
  -- Definer: trials are private.
  insert into governance_private.trials (entity_type, batch) values (p_entity_type, p_batch) returning trial_id
$$;

create function governance_private.check_store_call(p_entity_type text, p_org_id text, p_records jsonb, p_limit integer) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_bad bigint;
begin
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no entity "%s".', p_entity_type), jsonb_build_object('field', 'p_entity_type'));
  end if;
  -- An organization that the caller does not belong to does not exist for it.
  if not governance_private.is_instance_admin() and not exists (select from governance_private.my_org_ids() as o(org_id) where o.org_id = p_org_id) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no organization "%s" that you belong to.', p_org_id), jsonb_build_object('field', 'p_org_id'));
  end if;
  if jsonb_typeof(p_records) is distinct from 'array' or jsonb_array_length(p_records) not between 1 and p_limit then
    perform governance_private.raise_error('PT422', 'invalid-value', format('p_records is a list of 1 to %s records.', p_limit), jsonb_build_object('field', 'p_records'));
  end if;
  select n into v_bad from jsonb_array_elements(p_records) with ordinality as x(r, n)
  where jsonb_typeof(r) <> 'object' or jsonb_typeof(r -> 'n') is distinct from 'number' or jsonb_typeof(r -> 'values') is distinct from 'object' limit 1;
  if v_bad is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('Record %s of p_records is no object with a number "n" and an object "values".', v_bad), jsonb_build_object('field', 'p_records'));
  end if;
end
$$;
comment on function governance_private.check_store_call(text, text, jsonb, integer) is 'Refuses a list of records that cannot even be looked at.';

create function governance_private.try_records(p_entity_type text, p_org_id text, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_outcomes jsonb;
  v_batch jsonb;
begin
  begin
    perform governance_private.begin_trial();
    v_outcomes := governance_private.store_records(p_entity_type, p_org_id, p_records);
    v_batch := governance_private.deliver_records(p_entity_type, array(
      select distinct o ->> 'key' from jsonb_array_elements(v_outcomes) as o where o ->> 'outcome' <> 'refused'));
    v_batch := v_batch || jsonb_build_object('hidden', governance_private.hidden_rules(p_entity_type, v_batch -> 'related'));
    -- Variables outlive what is taken back here.
    raise exception using errcode = 'GOV01', message = 'The trial ends.';
  exception when sqlstate 'GOV01' then
    -- The change request went with the rest.
    v_outcomes := (select jsonb_agg(case when o ? 'diverted' then jsonb_set(o, '{diverted,request_id}', 'null') else o end order by n) from jsonb_array_elements(v_outcomes) with ordinality as x(o, n));
  end;
  return jsonb_build_object('outcomes', v_outcomes, 'trial_id', governance_private.keep_trial(p_entity_type, v_batch));
end
$$;

create function governance.try_records(p_entity_type text, p_org_id text, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.check_store_call(p_entity_type, p_org_id, p_records, 1000);
  return governance_private.try_records(p_entity_type, p_org_id, p_records);
end
$$;
comment on function governance.try_records(text, text, jsonb) is
  'Stores up to 1,000 records {"n", "key", "values"} with the caller''s rights, and takes everything back: says what would become of each. The verdict of evaluate on them waits under trial_id.';

create function governance_private.propose_bulk(p_entity_type text, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_changes jsonb;
  v_requests jsonb;
begin
  -- What is too much for one write as one change request; null where something of it is no change of a record that is there.
  select * into v_entity from governance.entities e where e.entity_type = p_entity_type;
  select jsonb_agg(jsonb_build_object('key', k.key, 'values', (r -> 'values') - v_entity.key_columns - coalesce(v_entity.org_column, '')))
  into v_changes
  from jsonb_array_elements(p_records) as r
  cross join lateral (select coalesce(r ->> 'key', governance_private.key_of_values(p_entity_type, r -> 'values')) as key) k
  having bool_and(k.key is not null) and count(*) = count(distinct k.key) and bool_and(governance_private.can_read_record(p_entity_type, k.key));
  if v_changes is null then
    return null;
  end if;
  v_requests := governance.propose_changes(p_entity_type, v_changes, 'Too many records for one write');
  return (
    select jsonb_agg(jsonb_build_object('n', r -> 'n', 'key', k.key, 'outcome', case when c.request_id is null then 'unchanged' else 'diverted' end,
      'diverted', case when c.request_id is not null then jsonb_build_object('request_id', c.request_id, 'fields', (select jsonb_agg(f order by f) from jsonb_object_keys(c.after) as f)) end)
      order by (r ->> 'n')::integer)
    from jsonb_array_elements(p_records) as r
    cross join lateral (select coalesce(r ->> 'key', governance_private.key_of_values(p_entity_type, r -> 'values')) as key) k
    left join governance.change_request_records c on c.record_key = k.key and c.request_id in (select (q ->> 'request_id')::uuid from jsonb_array_elements(v_requests) as q));
end
$$;
comment on function governance_private.propose_bulk(text, jsonb) is 'Proposes changes of many records that were to be stored at once; one outcome a record.';

create function governance_private.store_and_deliver(p_entity_type text, p_org_id text, p_records jsonb, p_all_or_nothing boolean) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_outcomes jsonb;
  v_batch jsonb;
  v_state text;
  v_detail text;
begin
  begin
    v_outcomes := governance_private.store_records(p_entity_type, p_org_id, p_records);
    v_batch := governance_private.deliver_records(p_entity_type, array(
      select distinct o ->> 'key' from jsonb_array_elements(v_outcomes) as o where o ->> 'outcome' <> 'refused'));
    v_batch := v_batch || jsonb_build_object('hidden', governance_private.hidden_rules(p_entity_type, v_batch -> 'related'));
    if p_all_or_nothing and v_outcomes @> '[{"outcome": "refused"}]' then
      raise exception using errcode = 'GOV01', message = 'One is refused, so none is written.';
    end if;
  exception
    when sqlstate 'GOV01' then
      null;
    when others then
      get stacked diagnostics v_state = returned_sqlstate, v_detail = pg_exception_detail;
      if v_state !~ '^PT' or v_detail::jsonb ->> 'code' is distinct from 'too-many-records' then
        raise;
      end if;
      v_outcomes := governance_private.propose_bulk(p_entity_type, p_records);
      if v_outcomes is null then
        raise;
      end if;
      v_batch := governance_private.deliver_records(p_entity_type, '{}');
  end;
  perform governance_private.log_refusals(p_entity_type, p_org_id, v_outcomes);
  return jsonb_build_object('outcomes', v_outcomes, 'trial_id', governance_private.keep_trial(p_entity_type, v_batch));
end
$$;

create function governance.store_records(p_entity_type text, p_org_id text, p_records jsonb, p_all_or_nothing boolean default true) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.check_store_call(p_entity_type, p_org_id, p_records, 1000);
  return governance_private.store_and_deliver(p_entity_type, p_org_id, p_records, p_all_or_nothing);
end
$$;
comment on function governance.store_records(text, text, jsonb, boolean) is
  'Writes up to 1,000 records {"n", "key", "values"} with the caller''s rights and says what became of each. p_all_or_nothing: where one is refused, none is written.';

create function governance_private.take_trial(p_trial_id uuid, p_known_version text) returns jsonb
language sql volatile security definer set search_path = ''
as $$
  -- Definer: trials are private; the function that is exposed has checked the caller. What nobody fetched is dropped by the way.
  delete from governance_private.trials t where t.made_at < clock_timestamp() - interval '10 minutes' and t.trial_id <> p_trial_id;
  delete from governance_private.trials t where t.trial_id = p_trial_id
  returning case when t.batch ->> 'rules_version' = p_known_version then t.batch || '{"rules": null, "classes": null}' else t.batch end
$$;

create function governance.take_trial(p_trial_id uuid, p_known_version text default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('fetch a trial');
  return governance_private.take_trial(p_trial_id, p_known_version);
end
$$;
comment on function governance.take_trial(uuid, text) is 'For governance-api: what evaluate would have been given of records that were tried; once.';

grant execute on function governance.try_records(text, text, jsonb), governance_private.check_store_call(text, text, jsonb, integer),
  governance_private.try_records(text, text, jsonb), governance.store_records(text, text, jsonb, boolean),
  governance_private.store_and_deliver(text, text, jsonb, boolean), governance_private.propose_bulk(text, jsonb), governance_private.deliver_records(text, text[]),
  governance_private.keep_trial(text, jsonb), governance_private.hidden_rules(text, jsonb) to authenticated, service_role;
grant execute on function governance.take_trial(uuid, text), governance_private.take_trial(uuid, text) to service_role;
