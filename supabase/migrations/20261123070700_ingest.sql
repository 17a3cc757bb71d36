-- What: what source systems send: the last payload of each record, and writing it into the CRM once, in the order of its versions.
-- Why: a sync repeats itself, overtakes itself and sends fields that nobody knows; none of it may spoil or lose data.
-- Breaks a running client: no.

create table governance.source_records (
  source_key text not null references governance.source_systems on delete cascade,
  entity_type text not null references governance.entities on delete cascade,
  external_id text not null check (external_id <> ''),
  org_id text not null references governance.organizations on delete cascade,
  record_key text,
  version numeric,
  payload jsonb not null default '{}',
  unknown_fields text[] not null default '{}',
  status text not null default 'new' check (status in ('new', 'stored', 'refused')),
  error jsonb,
  received_at timestamptz not null default clock_timestamp(),
  purged_at timestamptz,
  primary key (source_key, entity_type, external_id)
);
create index source_records_received_idx on governance.source_records (received_at) where purged_at is null;
create index source_records_record_idx on governance.source_records (entity_type, record_key);
create index source_records_org_idx on governance.source_records (org_id, received_at);
comment on table governance.source_records is 'The last payload that a source system sent for one record, and which record of the CRM it is.';
comment on column governance.source_records.version is 'Rises with every change at the source: its number, or microseconds since 1970 where the source sends a time.';
comment on column governance.source_records.payload is 'Every field as it was sent, also those that the CRM has no column for.';
comment on column governance.source_records.purged_at is 'Since when the payload is forgotten. Which record it is, and in which version, is still known.';
comment on column governance.source_records.error is 'Why the payload could not be written; what the CRM holds is then still the version before.';

create table governance.refused_payloads (
  id bigint generated always as identity primary key,
  org_id text not null references governance.organizations on delete cascade,
  source_key text not null references governance.source_systems on delete cascade,
  entity_type text,
  external_id text,
  payload jsonb not null,
  faults jsonb not null,
  received_at timestamptz not null default clock_timestamp()
);
create index refused_payloads_org_idx on governance.refused_payloads (org_id, received_at);
create index refused_payloads_received_idx on governance.refused_payloads (received_at);
create index refused_payloads_source_idx on governance.refused_payloads (source_key);
comment on table governance.refused_payloads is 'What a source sent that is not as the interface describes it, kept for a time so that somebody can look.';

alter table governance.source_records enable row level security;
alter table governance.refused_payloads enable row level security;
create policy "Members see what sources sent of records that they can read" on governance.source_records for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and governance_private.may_see(org_id, entity_type, coalesce(record_key, ''))
    and (governance_private.can_read_table(entity_type) or governance_private.can_read_fields(entity_type, governance_private.changed_fields(payload, null))));
create policy "Stewards see refused payloads" on governance.refused_payloads for select to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')) and (entity_type is null or governance_private.can_read_table(entity_type)));
grant select on governance.source_records, governance.refused_payloads to authenticated, service_role;

create function governance_private.begin_ingest(p_key_id uuid, p_entity_type text, p_records jsonb)
returns table (n integer, external_id text, version numeric, org_id text, decision text, record jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key governance.integration_keys := governance_private.begin_source(p_key_id);
begin
  -- Definer: source records are written by nobody but through here.
  perform governance_private.begin_cause('sync', gen_random_uuid()::text);
  -- In the order of the ids, so that two calls with the same records wait for each other instead of deadlocking.
  insert into governance.source_records as s (source_key, entity_type, external_id, org_id)
  select v_key.source_key, p_entity_type, x.id, v_key.org_id from (select distinct r ->> 'external_id' as id from jsonb_array_elements(p_records) as r) x
  order by x.id on conflict on constraint source_records_pkey do nothing;
  perform from governance.source_records s
  where s.source_key = v_key.source_key and s.entity_type = p_entity_type and s.external_id in (select r ->> 'external_id' from jsonb_array_elements(p_records) as r)
  order by s.external_id for update;
  return query
    with sent as (
      select (r ->> 'n')::integer as place, r ->> 'external_id' as id, (r ->> 'version')::numeric as at, r ->> 'key' as key, r -> 'fields' as fields,
             -- Of several in one call the newest counts; of the same version the first.
             row_number() over (partition by r ->> 'external_id' order by (r ->> 'version')::numeric desc, (r ->> 'n')::integer) as age
      from jsonb_array_elements(p_records) as r
    )
    select t.place, t.id, t.at, v_key.org_id, case
        when t.at < s.version then 'outdated'
        when t.age > 1 and t.at = (select max(o.at) from sent o where o.id = t.id) then 'repeated'
        when t.age > 1 then 'outdated'
        -- What was refused is tried again: a rule, or the record that it points at, may be another one now.
        when t.at = s.version and s.status = 'stored' then case when s.payload = t.fields or s.purged_at is not null then 'repeated' else 'conflict' end
        when s.record_key is not null and governance_private.record_is_gone(p_entity_type, s.record_key) then 'deleted'
        else 'store' end,
      jsonb_build_object('n', t.place, 'values', coalesce((
          select jsonb_object_agg(f.key, f.value) from jsonb_each(t.fields) f
          where f.key in (select c.column_name from governance_private.entity_columns(p_entity_type) c where not c.is_generated)), '{}'))
        || case when coalesce(s.record_key, t.key) is null then '{}' else jsonb_build_object('key', coalesce(s.record_key, t.key)) end
    from sent t
    join governance.source_records s on s.source_key = v_key.source_key and s.entity_type = p_entity_type and s.external_id = t.id
    order by t.place;
end
$$;
comment on function governance_private.begin_ingest(uuid, text, jsonb) is
  'Locks the source records of a call and decides for each payload: store, repeated, outdated, conflict (another payload under the same version), deleted (somebody deleted the record here).';

create function governance_private.finish_ingest(p_key_id uuid, p_entity_type text, p_records jsonb, p_outcomes jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: as for begin_ingest.
  update governance.source_records s
  set version = (r ->> 'version')::numeric, payload = r -> 'fields', received_at = clock_timestamp(), purged_at = null,
      record_key = case when o ->> 'outcome' = 'refused' then s.record_key else o ->> 'key' end,
      status = case when o ->> 'outcome' = 'refused' then 'refused' else 'stored' end, error = nullif(o -> 'error', 'null'),
      unknown_fields = array(select k from jsonb_object_keys(r -> 'fields') as k
        where k not in (select c.column_name from governance_private.entity_columns(p_entity_type) c where not c.is_generated) order by 1)
  from jsonb_array_elements(p_records) as r, jsonb_array_elements(p_outcomes) as o, governance.integration_keys k
  where o -> 'n' = r -> 'n' and k.key_id = p_key_id
    and s.source_key = k.source_key and s.entity_type = p_entity_type and s.external_id = r ->> 'external_id';
  select governance_private.end_cause();
  select governance_private.end_source();
$$;

create function governance_private.ingest_records(p_key_id uuid, p_entity_type text, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_decided jsonb;
  v_org text;
  v_stored jsonb := '[]';
begin
  -- Invoker, as service_role: what it may not write it cannot ingest; the organization is the key's and no other.
  select jsonb_agg(to_jsonb(d)), min(d.org_id) into v_decided, v_org from governance_private.begin_ingest(p_key_id, p_entity_type, p_records) d;
  if exists (select from jsonb_array_elements(v_decided) as d where d ->> 'decision' = 'store') then
    v_stored := governance_private.store_records(p_entity_type, v_org, (
      select jsonb_agg(d -> 'record' order by d -> 'n') from jsonb_array_elements(v_decided) as d where d ->> 'decision' = 'store'));
    perform governance_private.log_refusals(p_entity_type, v_org, v_stored);
  end if;
  perform governance_private.finish_ingest(p_key_id, p_entity_type, p_records, v_stored);
  return (
    select jsonb_agg(coalesce(s, jsonb_build_object('n', d -> 'n', 'outcome', case when d ->> 'decision' in ('conflict', 'deleted') then 'refused' else d ->> 'decision' end,
      'error', case d ->> 'decision'
        when 'conflict' then jsonb_build_object('code', 'stale', 'message', 'Another payload was sent under the same version: a change needs a higher one.')
        when 'deleted' then jsonb_build_object('code', 'not-found', 'message', 'The record was deleted here; it is not made again.') end))
      || jsonb_build_object('external_id', d -> 'external_id') order by (d ->> 'n')::integer)
    from jsonb_array_elements(v_decided) as d left join jsonb_array_elements(v_stored) as s on s -> 'n' = d -> 'n');
end
$$;

create function governance.ingest_records(p_key_id uuid, p_entity_type text, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('ingest in the name of a source');
  perform governance_private.check_store_call(p_entity_type, null, (
    select jsonb_agg(jsonb_build_object('n', r -> 'n', 'values', r -> 'fields')) from jsonb_array_elements(p_records) as r), 1000);
  return governance_private.ingest_records(p_key_id, p_entity_type, p_records);
end
$$;
comment on function governance.ingest_records(uuid, text, jsonb) is
  'For governance-api: writes payloads {"n", "external_id", "version", "key", "fields"} of the source whose key it is. Each is stored once, in the order of its versions; one that is refused takes no other with it.';

create function governance_private.keep_refused_payloads(p_key_id uuid, p_entity_type text, p_refused jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: written by nobody but through here.
  insert into governance.refused_payloads (org_id, source_key, entity_type, external_id, payload, faults)
  select k.org_id, k.source_key, p_entity_type, left(r ->> 'external_id', 1000), r -> 'payload', r -> 'faults'
  from governance.integration_keys k cross join jsonb_array_elements(p_refused) as r where k.key_id = p_key_id
$$;

create function governance.keep_refused_payloads(p_key_id uuid, p_entity_type text, p_refused jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('keep refused payloads');
  perform governance_private.keep_refused_payloads(p_key_id, p_entity_type, p_refused);
end
$$;
comment on function governance.keep_refused_payloads(uuid, text, jsonb) is 'For governance-api: keeps payloads {"external_id", "payload", "faults"} that are not as the interface describes them.';

grant execute on function governance.ingest_records(uuid, text, jsonb), governance_private.ingest_records(uuid, text, jsonb),
  governance_private.begin_ingest(uuid, text, jsonb), governance_private.finish_ingest(uuid, text, jsonb, jsonb),
  governance.keep_refused_payloads(uuid, text, jsonb), governance_private.keep_refused_payloads(uuid, text, jsonb) to service_role;
