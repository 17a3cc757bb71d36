-- What: a record as it was at a moment since its table was registered.
-- Why: "what did we know on the first of March" has one answer, and says where it is not sure of it.
-- Breaks a running client: no.

create function governance_private.history_begins(p_entity_type text) returns timestamptz
language sql stable security definer set search_path = ''
as $$
  -- Definer: the settings are private.
  select greatest(e.registered_at, s.kept_from) from governance.entities e cross join governance_private.audit_settings s where e.entity_type = p_entity_type
$$;
comment on function governance_private.history_begins(text) is 'From when on the records of an entity can be told: since it was registered, and since audit is kept.';

create function governance_private.history_gaps(p_entity_type text, p_from timestamptz) returns jsonb
language sql stable security definer set search_path = ''
as $$
  -- Definer: that nothing was recorded for a time is for everybody; the reason given is not.
  select coalesce(jsonb_agg(jsonb_build_object('at', x.occurred_at, 'stage', x.stage) order by x.id), '[]') from (
    select e.id, e.occurred_at, e.after ->> 'stage' as stage from governance.audit_events e
    where e.entity_type = p_entity_type and e.record_key = '' and e.operation = 'gap' and e.occurred_at > p_from
    union all
    -- Paused before, and not resumed yet.
    (select p.* from (
      select e.id, e.occurred_at, e.after ->> 'stage' as stage from governance.audit_events e
      where e.entity_type = p_entity_type and e.record_key = '' and e.operation = 'gap' and e.occurred_at <= p_from and e.after ->> 'stage' in ('pause', 'resume')
      order by e.id desc limit 1) p
     where p.stage = 'pause')) x
$$;
comment on function governance_private.history_gaps(text, timestamptz) is 'When, since a moment, writes of an entity went by unseen: paused, resumed, or a step that failed.';

create function governance_private.readable_record(p_entity_type text, p_record_key text) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_columns text;
  v_record jsonb;
begin
  -- Invoker: row level security answers; the columns are those that the caller may read.
  select string_agg(format('r.%I', c.column_name), ', ') into v_columns from governance_private.entity_columns(p_entity_type) c
  where governance_private.can_read_fields(p_entity_type, array[c.column_name]);
  if v_columns is not null then
    execute format('select to_jsonb(x) from (select %s from %s r where %s) x', v_columns, governance_private.entity_table(p_entity_type),
      governance_private.key_predicate(p_entity_type, 'r', '$1')) into v_record using p_record_key;
  end if;
  return v_record;
exception when data_exception then
  -- No record has a key of that form.
  return null;
end
$$;
comment on function governance_private.readable_record(text, text) is 'A record as it is now, as far as the caller may read it; null where it sees none.';

create function governance_private.require_moment(p_entity_type text, p_at timestamptz) returns governance.entities
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_begins timestamptz := governance_private.history_begins(p_entity_type);
begin
  select * into v_entity from governance.entities e where e.entity_type = p_entity_type;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('"%s" is not a registered entity.', p_entity_type));
  elsif p_at is null or p_at > clock_timestamp() then
    perform governance_private.raise_error('PT422', 'invalid-value', 'The moment has to be one that has passed.', '{"field": "p_at"}');
  elsif p_at < v_begins then
    perform governance_private.raise_error('PT422', 'invalid-value', format('What was before %s is not known: the records of "%s" are recorded since then.', v_begins, p_entity_type),
      jsonb_build_object('field', 'p_at', 'known_from', v_begins));
  end if;
  return v_entity;
end
$$;

create function governance.record_as_of(p_entity_type text, p_record_key text, p_at timestamptz) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities := governance_private.require_moment(p_entity_type, p_at);
  v_now jsonb := governance_private.readable_record(p_entity_type, p_record_key);
  v_since record;
  v_record jsonb;
begin
  -- Invoker. From what the record is now, back over what was written since; of a record that was deleted since, from its deletion.
  with since as materialized (
    select e.* from governance.audit_trail e
    where e.record_key = p_record_key and e.entity_type = p_entity_type and e.occurred_at > p_at and e.operation <> 'gap'
  ), span as materialized (
    select s.* from since s where s.id <= coalesce((select min(d.id) from since d where d.operation = 'delete'), s.id)
  )
  select count(*) as events, (array_agg(s.operation order by s.id))[1] as next, bool_or(s.operation = 'delete') as is_whole,
         coalesce(governance_private.merge_objects(s.before order by s.id desc) filter (where s.before is not null), '{}') as before,
         array(select distinct f from span x cross join unnest(x.masked) as f where x.before ? f order by f) as masked,
         array(select distinct f from span x cross join unnest(x.erased) as f where x.before ? f order by f) as erased
  into v_since from span s;
  if v_now is null and v_since.events = 0 and not exists (
    select from governance.audit_trail e where e.record_key = p_record_key and e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is and was no %s "%s" that you can see.', p_entity_type, p_record_key));
  end if;
  v_record := case when v_since.next = 'insert' then null when v_since.is_whole then v_since.before
    when v_now is not null then v_now || v_since.before else nullif(v_since.before, '{}') end;
  return jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key, 'at', p_at, 'existed', v_record is not null,
    'record', v_record - v_entity.ignored_columns,
    'masked', to_jsonb(array(select distinct f from unnest(v_since.masked || array(
      select c.column_name from governance_private.entity_columns(p_entity_type) c
      where v_record is not null and not governance_private.can_read_fields(p_entity_type, array[c.column_name]))) as f order by f)),
    'erased', to_jsonb(v_since.erased), 'not_recorded', to_jsonb(v_entity.ignored_columns),
    'is_whole', v_record is null or coalesce(v_since.is_whole, false) or v_now is not null,
    'gaps', governance_private.history_gaps(p_entity_type, p_at), 'changes_since', v_since.events);
end
$$;
comment on function governance.record_as_of(text, text, timestamptz) is
  'A record as it was at a moment since its table was registered, also one that was deleted since. masked and erased name fields that are not shown, gaps the times in which writes went by unseen.';

grant execute on function governance.record_as_of(text, text, timestamptz), governance_private.history_begins(text), governance_private.history_gaps(text, timestamptz),
  governance_private.readable_record(text, text), governance_private.require_moment(text, timestamptz), governance_private.merge_objects(jsonb),
  governance_private.entity_columns(text, text), governance_private.base_type(oid), governance_private.class_of(name, "char"),
  governance_private.entity_table(text), governance_private.key_predicate(text, text, text) to authenticated, service_role;
