-- What: dependents: a change of a record queues the records of others whose rules read it.
-- Why: an issue about a deal's account must close when the account is corrected, not when somebody touches the deal.
-- Breaks a running client: no.

create table governance_private.rule_reads (
  id bigint generated always as identity primary key,
  reading_entity text not null references governance.entities on delete cascade,
  relation_path text,
  set_key text,
  field text,
  read_entity text references governance.entities on delete cascade,
  columns text[] not null default '{}',
  rule_keys text[] not null default '{}',
  constraint a_read_goes_through_relations_or_a_set check ((relation_path is null) = (set_key is not null and field is not null))
);
create index rule_reads_reading_idx on governance_private.rule_reads (reading_entity);
create index rule_reads_read_idx on governance_private.rule_reads (read_entity);
create index rule_reads_set_idx on governance_private.rule_reads (set_key);
alter table governance_private.rule_reads enable row level security;
comment on table governance_private.rule_reads is 'What the rules of an entity read beyond the record itself: columns at the end of a path of relations, or a reference set about a field.';
comment on column governance_private.rule_reads.read_entity is 'Whose records are read; empty for a list.';
comment on column governance_private.rule_reads.rule_keys is 'Of a set: the rules that suggest its nearest member, so that any change of the set can change what they suggest.';

create function governance_private.relation_target(p_entity_type text, p_prefix text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity text := p_entity_type;
  v_step text;
begin
  foreach v_step in array coalesce(string_to_array(p_prefix, '.'), '{}') loop
    select r.to_entity into v_entity from governance.relations r where r.entity_type = v_entity and r.relation = v_step;
  end loop;
  return v_entity;
end
$$;
comment on function governance_private.relation_target(text, text) is 'The entity that a path of relations of any kind leads to.';

create function governance_private.path_columns(p_entity_type text, p_paths text[])
returns table (relation_path text, read_entity text, column_name text)
language sql stable security invoker set search_path = ''
as $$
  -- Read are the fields, and whatever the joins on the way compare.
  with hops as (
    select x.prefix, governance_private.path_prefix(x.prefix) as parent, rel.from_columns, rel.to_entity, rel.to_columns
    from governance_private.path_prefixes(p_paths) x
    join governance.relations rel
      on rel.entity_type = governance_private.relation_target(p_entity_type, governance_private.path_prefix(x.prefix))
      and rel.relation = regexp_replace(x.prefix, '^.*\.', '')
  ), reads as (
    select governance_private.path_prefix(p) as prefix, regexp_replace(p, '^.*\.', '') as name from unnest(p_paths) as p
    union select h.prefix, c from hops h cross join unnest(h.to_columns) as c
    union select h.parent, c from hops h cross join unnest(h.from_columns) as c
    union select h.prefix, e.org_column from hops h join governance.entities e on e.entity_type = h.to_entity where e.org_column is not null
  )
  select h.prefix, h.to_entity, r.name from hops h join reads r using (prefix)
  union all select '', p_entity_type, r.name from reads r where r.prefix = ''
$$;
comment on function governance_private.path_columns(text, text[]) is 'The entities and columns that field paths read, hop by hop; the entity''s own stand under the empty path.';

create function governance_private.path_reads(p_entity_type text, p_paths text[])
returns table (relation_path text, read_entity text, columns text[])
language sql stable security invoker set search_path = ''
as $$
  select c.relation_path, c.read_entity, array_agg(c.column_name order by c.column_name)
  from governance_private.path_columns(p_entity_type, p_paths) c where c.relation_path <> '' group by 1, 2
$$;
comment on function governance_private.path_reads(text, text[]) is 'The other entities that field paths read, with the columns.';

create function governance_private.changed_sql(p_entity_type text, p_event text, p_old text[], p_new text[], p_names text[], p_compared text[])
returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: values of the records that a statement changed in the compared columns, as they were and as they are.
  select case p_event
    when 'insert' then format('select %s from new_records n', values_n.sql)
    when 'delete' then format('select %s from old_records o', values_o.sql)
    else format('select x.* from old_records o full join new_records n on %s cross join lateral (values (%s), (%s)) as x(%s) where row(%s) is distinct from row(%s)',
      (select string_agg(format('o.%1$I = n.%1$I', k), ' and ') from governance.entities e cross join unnest(e.key_columns) as k where e.entity_type = p_entity_type),
      array_to_string(p_old, ', '), array_to_string(p_new, ', '), names.sql, compared.old, compared.new) end
  from (select string_agg(format('%s as %I', v, n), ', ') as sql from unnest(p_new, p_names) as x(v, n)) values_n
  cross join (select string_agg(format('%s as %I', v, n), ', ') as sql from unnest(p_old, p_names) as x(v, n)) values_o
  cross join (select string_agg(format('%I', n), ', ') as sql from unnest(p_names) as n) names
  cross join (
    select string_agg(governance_private.projection(format('o.%I', c.column_name), c.class, c.base_type), ', ' order by c.column_name) as old,
           string_agg(governance_private.projection(format('n.%I', c.column_name), c.class, c.base_type), ', ' order by c.column_name) as new
    from governance_private.entity_columns(p_entity_type) c where c.column_name = any (p_compared)) compared
$$;

create function governance_private.path_dependents_sql(p_read governance_private.rule_reads, p_event text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_relation governance.relations;
  v_prefix text := p_read.relation_path;
  v_parent text;
  v_entity text;
  v_changed text;
  v_joins text := '';
begin
  -- From the changed records back to the reading ones, a hop at a time.
  loop
    v_parent := governance_private.path_prefix(v_prefix);
    v_entity := governance_private.relation_target(p_read.reading_entity, v_parent);
    select * into strict v_relation from governance.relations r
    where r.entity_type = v_entity and r.relation = regexp_replace(v_prefix, '^.*\.', '');
    if v_changed is null then
      v_changed := governance_private.changed_sql(p_read.read_entity, p_event,
        array(select format('o.%I', c) from unnest(v_relation.to_columns) as c), array(select format('n.%I', c) from unnest(v_relation.to_columns) as c),
        v_relation.to_columns, p_read.columns);
    end if;
    v_joins := v_joins || format(' join %s as %s on %s', governance_private.entity_table(v_entity), governance_private.path_alias(v_parent),
      (select string_agg(format('%s.%I = %s.%I', governance_private.path_alias(v_parent), v_relation.from_columns[i],
         case when v_prefix = p_read.relation_path then 'c' else governance_private.path_alias(v_prefix) end, v_relation.to_columns[i]), ' and ')
       from generate_subscripts(v_relation.from_columns, 1) as i));
    exit when v_parent = '';
    v_prefix := v_parent;
  end loop;
  return format('select %s, %s from (%s) c%s', governance_private.org_expression(p_read.reading_entity, 'r'),
    governance_private.key_expression(p_read.reading_entity, 'r'), v_changed, v_joins);
end
$$;
comment on function governance_private.path_dependents_sql(governance_private.rule_reads, text) is 'SQL text: the records whose rules read, through relations, what a statement changed.';

create function governance_private.set_dependents_sql(p_read governance_private.rule_reads, p_changed text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the records that hold a changed value, and those for which a rule suggests the nearest member.
  -- A changed value without organization concerns every organization.
  select format('select %s, %s from (%s) c join %s as r on c.org_id is null or %s = c.org_id%s where %s',
      o.org, governance_private.key_expression(p_read.reading_entity, 'r'), p_changed, governance_private.entity_table(p_read.reading_entity), o.org,
      governance_private.path_joins(p_read.reading_entity, array[p_read.field]),
      case when s.case_sensitive then format('%s = c.value collate "C"', v.sql)
        else format('governance_private.fold_reference(%s) = governance_private.fold_reference(c.value)', v.sql) end)
    || case when p_read.rule_keys = '{}' then '' else format(
      ' union all select i.org_id, i.record_key from governance.data_quality_issues i where i.rule_key = any (%L::text[]) and i.entity_type = %L'
      ' and i.status <> ''fixed'' and i.record_key <> '''' and exists (select from (%s) c where c.org_id is null or c.org_id = i.org_id)',
      p_read.rule_keys, p_read.reading_entity, p_changed) end
  from governance.reference_sets s
  cross join lateral (select governance_private.org_expression(p_read.reading_entity, 'r') as org) o
  cross join lateral (select governance_private.operand_sql(f.column_sql, f.class, f.base_type) as sql
                      from governance_private.resolve_field(p_read.reading_entity, p_read.field) f) v
  where s.set_key = p_read.set_key
$$;

create function governance_private.dependents_limit() returns integer
language sql stable security invoker set search_path = ''
as $$
  select s.dependents_limit from governance_private.queue_settings s
$$;

create function governance_private.queue_dependents(p_entity_type text, p_org_ids text[], p_record_keys text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_limit integer := governance_private.dependents_limit();
  v_hops integer;
begin
  if p_record_keys is null then
    return;
  end if;
  select c.hops into v_hops from governance_private.write_causes c where c.transaction_id = pg_current_xact_id_if_assigned();
  insert into governance_private.change_queue (org_id, entity_type, record_key, reason, queued_by, hops, cause_kind)
  select d.org_id, p_entity_type, d.record_key, 'dependent', pg_current_xact_id(), coalesce(v_hops, 0),
         -- Records whose fixes chase each other across records come to rest: verified only, which names the rules in an issue.
         case when v_hops >= 8 then 'fix' end
  from unnest(p_org_ids[:v_limit], p_record_keys[:v_limit]) as d(org_id, record_key)
  -- Once a transaction. Another transaction's row does not count: it can be judged before this one commits.
  where not exists (
    select from governance_private.change_queue q
    where q.entity_type = p_entity_type and q.record_key = d.record_key and q.queued_by = pg_current_xact_id());
  if cardinality(p_record_keys) > v_limit then
    perform governance_private.queue_sweep(p_entity_type, 'more dependents than a statement may queue', true);
  end if;
  perform governance_private.ring_doorbell();
end
$$;
comment on function governance_private.queue_dependents(text, text[], text[]) is
  'Queues records because something that their rules read has changed. More than the limit of a statement become a sweep.';

create function governance_private.sweep_readers(p_entity_type text, p_reason text) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.queue_sweep(x.reading_entity, p_reason, true)
  from (select distinct r.reading_entity from governance_private.rule_reads r
        where r.read_entity = p_entity_type and r.reading_entity <> p_entity_type order by 1) x
$$;
comment on function governance_private.sweep_readers(text, text) is 'Sweeps the entities whose rules read this one, where their records can no longer be told one by one.';

create function governance_private.dependents_body(p_entity_type text, p_event text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_read governance_private.rule_reads;
  v_reader text;
  v_changed text;
  v_parts text[];
  v_sweeps text;
  v_steps text := '';
begin
  for v_reader in
    select r.reading_entity from governance_private.rule_reads r where r.read_entity = p_entity_type
    union select u.entity_type from governance_private.unique_rules u where u.entity_type = p_entity_type order by 1
  loop
    v_parts := array_remove(array[case when v_reader = p_entity_type then governance_private.group_dependents_sql(p_entity_type, p_event) end], null);
    v_sweeps := '';
    for v_read in
      select * from governance_private.rule_reads r where r.read_entity = p_entity_type and r.reading_entity = v_reader order by r.id
    loop
      if v_read.set_key is null then
        v_parts := v_parts || governance_private.path_dependents_sql(v_read, p_event);
        continue;
      end if;
      v_changed := format('select distinct y.org_id, y.value from (%s) y where y.value is not null', governance_private.changed_sql(p_entity_type, p_event,
        array[governance_private.org_expression(p_entity_type, 'o'), format('o.%I::text', v_read.columns[1])],
        array[governance_private.org_expression(p_entity_type, 'n'), format('n.%I::text', v_read.columns[1])],
        array['org_id', 'value'], v_read.columns));
      v_parts := v_parts || governance_private.set_dependents_sql(v_read, v_changed);
      -- A set that is empty for an organization objects to nothing: with its first member, or without its last, every record is concerned.
      v_sweeps := v_sweeps || format($sql$
  if exists (select from (%s) c where (select count(*) from %s m where %s = c.org_id and m.%I is not null) <= %s) then
    perform governance_private.queue_sweep(%L, 'a reference set began or ended', true);
  end if;$sql$, v_changed, governance_private.entity_table(p_entity_type), governance_private.org_expression(p_entity_type, 'm'), v_read.columns[1],
        case when p_event = 'delete' then '0' else format('(select count(*) from new_records n where %s = c.org_id and n.%I is not null)',
          governance_private.org_expression(p_entity_type, 'n'), v_read.columns[1]) end, v_reader);
    end loop;
    v_steps := v_steps || format($sql$
  select array_agg(d.org_id), array_agg(d.record_key) into v_orgs, v_keys from (
    select * from (%s) as u(org_id, record_key) group by 1, 2 limit v_limit + 1) d;
  perform governance_private.queue_dependents(%L, v_orgs, v_keys);$sql$,
      array_to_string(v_parts, E'\n    union\n    '), v_reader) || v_sweeps;
  end loop;
  return v_steps;
end
$$;

create function governance_private.generate_dependents(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_event text;
  v_name text;
begin
  -- Set aside, it fires no trigger; what is written here would not even parse.
  if governance_private.missing_columns(p_entity_type) is not null then
    return;
  end if;
  -- An entity that no rule reads carries no trigger for it, and pays nothing.
  foreach v_event in array array['insert', 'update', 'delete'] loop
    v_name := '_550_dependents_' || v_event;
    if not exists (select from governance_private.rule_reads r where r.read_entity = p_entity_type)
      and not exists (select from governance_private.unique_rules u where u.entity_type = p_entity_type) then
      perform governance_private.rest_hook(p_entity_type || v_name);
      continue;
    end if;
    -- The body as a literal: no dollar quote is safe around names that somebody chose.
    execute format($sql$create or replace function governance_private.%I() returns trigger
      language plpgsql security definer set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
      set plan_cache_mode = force_generic_plan as %L$sql$,
      p_entity_type || v_name, format($body$
-- Generated by governance_private.generate_dependents from what rules read of %1$s. Definer: what is concerned does not depend on who writes.
declare
  v_limit constant integer := (select s.dependents_limit from governance_private.queue_settings s);
  v_orgs text[];
  v_keys text[];
  v_state text;
begin%2$s
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'dependents', v_state, sqlerrm);
  perform governance_private.sweep_readers(%1$L, 'governance failed');
  return null;
end
$body$, p_entity_type, governance_private.plan_anew_sql(v_event) || governance_private.dependents_body(p_entity_type, v_event)));
    perform governance_private.place_hook(p_entity_type, v_name, 'after ' || v_event, governance_private.transition_scope(v_event), p_entity_type || v_name);
  end loop;
end
$$;
comment on function governance_private.generate_dependents(text) is 'Writes the functions that queue the records whose rules read this entity, or removes them when there are none.';

create function governance_private.note_reads(p_entity_type text, p_paths text[], p_lookups jsonb, p_rules jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_read text[] := array(select distinct r.read_entity from governance_private.rule_reads r
                         where r.reading_entity = p_entity_type and r.read_entity is not null);
  v_entity text;
begin
  -- p_lookups: [[path, set], …]; p_rules as they are delivered.
  delete from governance_private.rule_reads r where r.reading_entity = p_entity_type;
  insert into governance_private.rule_reads (reading_entity, relation_path, read_entity, columns)
  select p_entity_type, x.relation_path, x.read_entity, x.columns from governance_private.path_reads(p_entity_type, p_paths) x;
  insert into governance_private.rule_reads (reading_entity, field, set_key, read_entity, columns, rule_keys)
  select distinct p_entity_type, l ->> 0, s.set_key, s.entity_type, case when s.kind = 'column' then array[s.column_name] else '{}' end,
    array(select distinct r ->> 'rule_key' from jsonb_array_elements(p_rules) as r
          cross join lateral jsonb_array_elements(case when jsonb_typeof(r -> 'fix') = 'array' then r -> 'fix' else '[]' end) as step
          where step ->> 'in' = s.set_key order by 1)
  from jsonb_array_elements(p_lookups) as l join governance.reference_sets s on s.set_key = l ->> 1;
  for v_entity in
    select x from unnest(v_read || p_entity_type) as x
    union select r.read_entity from governance_private.rule_reads r where r.reading_entity = p_entity_type and r.read_entity is not null
    order by 1
  loop
    perform governance_private.generate_dependents(v_entity);
  end loop;
end
$$;
comment on function governance_private.note_reads(text, text[], jsonb, jsonb) is 'Notes what the rules of an entity read beyond its own records, and has the entities that are read tell of their changes.';

create function governance_private.list_turns(p_set_key text, p_changed jsonb) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- With its first member, or without its last, a list begins or ceases to object at all: beside the changed values there is none.
  with changed as (
    select z.org_id, z.value from jsonb_to_recordset(p_changed) as z(set_key text, org_id text, value text) where z.set_key = p_set_key
  )
  select exists (
    select from (select distinct c.org_id from changed c) x
    where not exists (
      select m.org_id, m.value from governance.reference_values m where m.set_key = p_set_key and (m.org_id is null or m.org_id = x.org_id)
      except select c.org_id, c.value from changed c))
$$;

create function governance_private.queue_list_readers() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_read governance_private.rule_reads;
  v_changed jsonb;
  v_orgs text[];
  v_keys text[];
begin
  -- Definer: whoever changes a list does not see the records that hold its values.
  if tg_op = 'INSERT' then
    select jsonb_agg(distinct jsonb_build_object('set_key', n.set_key, 'org_id', n.org_id, 'value', n.value)) into v_changed from new_values n;
  elsif tg_op = 'DELETE' then
    select jsonb_agg(distinct jsonb_build_object('set_key', o.set_key, 'org_id', o.org_id, 'value', o.value)) into v_changed from old_values o;
  else
    select jsonb_agg(distinct jsonb_build_object('set_key', x.set_key, 'org_id', x.org_id, 'value', x.value)) into v_changed
    from (select * from old_values union select * from new_values) x;
  end if;
  for v_read in
    select r.* from governance_private.rule_reads r
    where r.set_key in (select c ->> 'set_key' from jsonb_array_elements(v_changed) as c) order by r.id
  loop
    execute format('select array_agg(d.org_id), array_agg(d.record_key) from (select * from (%s) as u(org_id, record_key) group by 1, 2 limit governance_private.dependents_limit() + 1) d',
      governance_private.set_dependents_sql(v_read, format('select z.org_id, z.value from jsonb_to_recordset($1) as z(set_key text, org_id text, value text) where z.set_key = %L', v_read.set_key)))
    into v_orgs, v_keys using v_changed;
    perform governance_private.queue_dependents(v_read.reading_entity, v_orgs, v_keys);
    if governance_private.list_turns(v_read.set_key, v_changed) then
      perform governance_private.queue_sweep(v_read.reading_entity, 'a reference set began or ended', true);
    end if;
  end loop;
  return null;
end
$$;
comment on function governance_private.queue_list_readers() is 'Queues the records that hold a value which a list has gained, lost or renamed.';

create trigger _550_dependents_insert after insert on governance.reference_values
  referencing new table as new_values for each statement execute function governance_private.queue_list_readers();
create trigger _550_dependents_update after update on governance.reference_values
  referencing old table as old_values new table as new_values for each statement execute function governance_private.queue_list_readers();
create trigger _550_dependents_delete after delete on governance.reference_values
  referencing old table as old_values for each statement execute function governance_private.queue_list_readers();

create function governance_private.compile_set_readers() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_entity text;
begin
  -- Definer: compiling replaces generated functions of the owner. A set that is gone or redefined changes what its rules mean.
  for v_entity in
    select distinct r.reading_entity from governance_private.rule_reads r where r.set_key in (select o.set_key from old_sets o) order by 1
  loop
    perform governance_private.compile_entity(v_entity);
    perform governance_private.queue_sweep(v_entity, 'a reference set changed', true);
  end loop;
  return null;
end
$$;
create trigger _100_alone before update or delete on governance.reference_sets
  for each statement execute function governance_private.change_rules_alone();
create trigger _550_compile_update after update on governance.reference_sets
  referencing old table as old_sets for each statement execute function governance_private.compile_set_readers();
create trigger _550_compile_delete after delete on governance.reference_sets
  referencing old table as old_sets for each statement execute function governance_private.compile_set_readers();
