-- What: proposing and revising changes, and validating them: what the rules say of the records as they would be.
-- Why: whoever approves sees what block and issue rules say of it, by the same executions as a real write.
-- Breaks a running client: no.

create function governance_private.check_proposal(p_entity_type text, p_changes jsonb) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_bad text;
begin
  -- Invoker: what the caller may read, and which columns it may set at all.
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no entity "%s".', p_entity_type), jsonb_build_object('field', 'p_entity_type'));
  elsif jsonb_typeof(p_changes) is distinct from 'array' or jsonb_array_length(p_changes) not between 1 and 5000
    or exists (select from jsonb_array_elements(p_changes) as c where jsonb_typeof(c) <> 'object' or jsonb_typeof(c -> 'key') is distinct from 'string'
      or jsonb_typeof(c -> 'values') is distinct from 'object') then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Changes are a list of 1 to 5000 objects with a text "key" and an object "values".', jsonb_build_object('field', 'p_changes'));
  end if;
  select c ->> 'key' into v_bad from jsonb_array_elements(p_changes) as c group by 1 having count(*) > 1 limit 1;
  if v_bad is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The changes name the record "%s" more than once.', v_bad), jsonb_build_object('record_key', v_bad));
  end if;
  select c ->> 'key' into v_bad from jsonb_array_elements(p_changes) as c
  where not governance_private.is_instance_admin() and not governance_private.can_read_record(p_entity_type, c ->> 'key') limit 1;
  if v_bad is not null then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no %s "%s" that you can see.', p_entity_type, v_bad), jsonb_build_object('record_key', v_bad));
  end if;
  select string_agg(distinct format('"%s"', f), ', ') into v_bad
  from jsonb_array_elements(p_changes) as c cross join lateral jsonb_object_keys(c -> 'values') as f
  join governance_private.entity_columns(p_entity_type) x on x.column_name = f
  where not has_column_privilege(governance_private.entity_table(p_entity_type), x.column_name, 'update');
  if v_bad is not null then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot propose %s of %s: nobody with your role may set it.', v_bad, p_entity_type));
  end if;
end
$$;
comment on function governance_private.check_proposal(text, jsonb) is 'Refuses a proposal about records that the caller cannot see, or columns that it could never set.';

create function governance_private.check_proposed_fields(p_entity_type text, p_changes jsonb) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_bad text;
begin
  select string_agg(distinct format('"%s"', f), ', ') into v_bad
  from governance.entities e cross join jsonb_array_elements(p_changes) as c cross join lateral jsonb_object_keys(c -> 'values') as f
  left join governance_private.entity_columns(p_entity_type) x on x.column_name = f
  where e.entity_type = p_entity_type
    and (x.column_name is null or x.is_generated or x.class = 'other' or f = any (e.key_columns) or f is not distinct from e.org_column);
  if v_bad is not null then
    perform governance_private.raise_error('PT422', 'invalid-value',
      format('%s of %s cannot be proposed: it does not exist, is generated, names the record, or is of a type that a change request cannot hold.', v_bad, p_entity_type),
      jsonb_build_object('fields', v_bad));
  end if;
end
$$;

create function governance_private.lock_records(p_entity_type text, p_keys text[], p_is_to_go boolean default false) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- In key order, and before any request: whoever writes records holds them before it supersedes a request.
  execute format('select from %s r join unnest($1) as k(key) on %s order by k.key for %s of r', governance_private.entity_table(p_entity_type),
    governance_private.key_predicate(p_entity_type, 'r', 'k.key'), case when p_is_to_go then 'update' else 'no key update' end) using p_keys;
end
$$;
comment on function governance_private.lock_records(text, text[], boolean) is 'Holds records until the transaction ends; p_is_to_go: nothing new can refer to them either, because they may be deleted.';

create function governance_private.asked_values(p_entity_type text, p_changes jsonb)
returns table (record_key text, org_id text, kept jsonb, asked jsonb)
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_now text;
  v_then text;
begin
  -- What the fields hold now, and what they would: both as the table has them, so that 5 and 5.00 are the same. Unchanged fields fall away.
  select governance_private.object_sql(array_agg(format('%L, %s', c.column_name, governance_private.projection(format('r.%I', c.column_name), c.class, c.base_type)))),
         governance_private.object_sql(array_agg(format('%L, %s', c.column_name, governance_private.projection(format('a.%I', c.column_name), c.class, c.base_type))))
  into v_now, v_then
  from governance_private.entity_columns(p_entity_type) c
  where exists (select from jsonb_array_elements(p_changes) as x where x -> 'values' ? c.column_name);
  return query execute format($sql$
    select x.key, %1$s, j.kept, j.asked
    from jsonb_to_recordset($1) as x(key text, "values" jsonb) join %2$s r on %3$s
    cross join lateral jsonb_populate_record(r, x.values) a
    cross join lateral (
      select jsonb_object_agg(n.key, n.value) as kept, jsonb_object_agg(n.key, t.value) as asked
      from jsonb_each(%4$s) n join jsonb_each(%5$s) t using (key) where x.values ? n.key and n.value is distinct from t.value) j$sql$,
    governance_private.org_expression(p_entity_type, 'r'), governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 'x.key'), v_now, v_then)
  using p_changes;
end
$$;
comment on function governance_private.asked_values(text, jsonb) is 'Of each record the fields that a proposal would change, before and after, as the table has them.';

create function governance_private.propose_changes(p_entity_type text, p_changes jsonb, p_reason text) returns uuid[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_org text;
  v_ids uuid[];
begin
  -- Definer: requests are written by functions only. The caller must belong to the organization of every record.
  perform governance_private.check_proposed_fields(p_entity_type, p_changes);
  perform governance_private.lock_records(p_entity_type, array(select c ->> 'key' from jsonb_array_elements(p_changes) as c));
  delete from governance_private.diverted_changes d where d.transaction_id = pg_current_xact_id() and d.entity_type = p_entity_type;
  begin
    insert into governance_private.diverted_changes (entity_type, record_key, org_id, kept, asked)
    select p_entity_type, a.record_key, a.org_id, a.kept, a.asked from governance_private.asked_values(p_entity_type, p_changes) a where a.asked is not null;
  exception when data_exception then
    perform governance_private.raise_error('PT422', 'invalid-value', format('A value cannot be taken: %s', sqlerrm), jsonb_build_object('sqlstate', sqlstate));
  end;
  for v_org in select distinct d.org_id from governance_private.diverted_changes d where d.transaction_id = pg_current_xact_id() and d.entity_type = p_entity_type loop
    perform governance_private.require_role(v_org, 'member', 'propose changes');
  end loop;
  perform governance_private.open_diverted(p_entity_type, 'proposal', p_reason);
  v_ids := array(select distinct d.request_id from governance_private.diverted_changes d where d.transaction_id = pg_current_xact_id() and d.entity_type = p_entity_type);
  if v_ids = '{}' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Nothing would change: the records hold these values already.');
  end if;
  return v_ids;
end
$$;
comment on function governance_private.propose_changes(text, jsonb, text) is 'Opens a change request for each organization of the records; or finds the one that asks the same already.';

create function governance_private.live_changes(p_request_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('key', r.record_key, 'values', r.after, 'tests', '{}'::jsonb) order by r.record_key), '[]')
  from governance.change_request_records r where r.request_id = p_request_id and r.superseded_by is null
$$;
comment on function governance_private.live_changes(uuid) is 'What a request still asks for: records that a newer one took over are left out.';

create function governance_private.scan_records(p_entity_type text, p_keys text[]) returns jsonb
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_scan governance_private.compiled_scans;
  v_found jsonb;
begin
  select * into v_scan from governance_private.compiled_scans s where s.entity_type = p_entity_type;
  if not found then
    return '[]';
  end if;
  execute 'select jsonb_agg(jsonb_build_object(''record_key'', f.record_key, ''rule_key'', d.rule_key, ''rule_version'', f.version, ''severity'', d.severity,
      ''fields'', f.fields, ''message'', f.message) order by f.record_key, d.rule_key) from ('
    || v_scan.select_sql || 'unnest($1) as k(key) join ' || governance_private.entity_table(p_entity_type) || ' r on '
    || governance_private.key_predicate(p_entity_type, 'r', 'k.key') || v_scan.joins_sql || governance_private.moments_join(v_scan) || ' left join lateral ' || v_scan.found_sql || ' on true) f
    join governance.data_quality_rules d on d.id = f.rule_id where d.enforcement = ''issue'''
  into v_found using p_keys;
  return coalesce(v_found, '[]');
end
$$;
comment on function governance_private.scan_records(text, text[]) is 'What the issue rules that SQL can judge say of records as they are at this moment.';

create function governance_private.write_change(p_request_id uuid, p_entity_type text, p_changes jsonb) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_written text[];
begin
  -- The private rows exist only while this writes: nothing else of the transaction passes by them.
  insert into governance_private.committing_changes (entity_type, record_key, request_id)
  select p_entity_type, c ->> 'key', p_request_id from jsonb_array_elements(p_changes) as c;
  perform governance_private.begin_cause('change_request', p_request_id::text);
  v_written := array(select governance_private.write_records(p_entity_type, p_changes));
  perform governance_private.end_cause();
  delete from governance_private.committing_changes c where c.transaction_id = pg_current_xact_id();
  return v_written;
end
$$;
comment on function governance_private.write_change(uuid, text, jsonb) is 'Writes what a request asks, past the policies. Only trials and commit_change call it, after their checks.';

create function governance_private.try_request(p_request_id uuid, p_entity_type text, p_changes jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_result jsonb;
  v_detail text;
  v_constraint text;
  v_state text;
  v_written text[];
begin
  -- Written and taken back: generated columns, triggers and constraints have their say.
  begin
    v_written := governance_private.write_change(p_request_id, p_entity_type, p_changes);
    v_result := jsonb_build_object('ok', cardinality(v_written) = jsonb_array_length(p_changes), 'issues', governance_private.scan_records(p_entity_type, v_written),
      'missing', (select coalesce(jsonb_agg(c ->> 'key'), '[]') from jsonb_array_elements(p_changes) as c where c ->> 'key' <> all (v_written)));
    raise exception using errcode = 'GOV01', message = 'The trial ends.';
  exception
    when sqlstate 'GOV01' then
      return v_result;
    when others then
      get stacked diagnostics v_state = returned_sqlstate, v_detail = pg_exception_detail, v_constraint = constraint_name;
      if governance_private.is_nobodys_data(v_state) then
        raise;
      end if;
      return jsonb_build_object('ok', false, 'issues', '[]'::jsonb, 'refused', governance_private.refusal_of(v_state, sqlerrm, v_detail, v_constraint));
  end;
end
$$;
comment on function governance_private.try_request(uuid, text, jsonb) is 'What block and issue rules, constraints and triggers say of the records of a request as they would be. Nothing stays.';
