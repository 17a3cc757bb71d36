-- What: the keys of unique rules: who holds which, kept in every write, set-wise.
-- Why: two simultaneous saves cannot both pass a real unique index; and a group of equal records is found by its key.
-- Breaks a running client: no.

create table governance_private.unique_rules (
  rule_id uuid primary key,
  entity_type text not null references governance.entities on delete cascade,
  is_block boolean not null,
  key_sql text not null,
  columns text[] not null,
  is_built boolean not null default false
);
create index unique_rules_entity_idx on governance_private.unique_rules (entity_type);
comment on table governance_private.unique_rules is 'The unique rules that run, with the key of a record as SQL. Not built: their keys have to be made anew.';

create table governance_private.unique_keys (
  rule_id uuid not null,
  record_key text not null,
  org_id text not null,
  key bytea not null,
  is_exclusive boolean not null,
  -- Records and keys first: a table without statistics must not look as if one rule's keys were few.
  primary key (record_key, rule_id)
);
create unique index unique_keys_exclusive_idx on governance_private.unique_keys (key, rule_id) where is_exclusive;
create index unique_keys_key_idx on governance_private.unique_keys (key, rule_id);
comment on table governance_private.unique_keys is 'Which record holds which key of a unique rule.';
comment on column governance_private.unique_keys.is_exclusive is 'Of a block rule: nobody else may hold this key. Duplicates older than the rule are not exclusive; they stay, and nobody joins them.';
alter table governance_private.unique_rules enable row level security;
alter table governance_private.unique_keys enable row level security;

create function governance_private.build_keys(p_rule governance_private.unique_rules) returns void
language plpgsql volatile security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
begin
  delete from governance_private.unique_keys k where k.rule_id = p_rule.rule_id;
  execute format($sql$
    insert into governance_private.unique_keys (rule_id, record_key, org_id, key, is_exclusive)
    select $1, x.record_key, x.org_id, x.key, $2 and count(*) over (partition by x.key) = 1
    from (select %s as record_key, %s as org_id, %s as key from %s r) x where x.key is not null$sql$,
    governance_private.key_expression(p_rule.entity_type, 'r'), governance_private.org_expression(p_rule.entity_type, 'r'),
    p_rule.key_sql, governance_private.entity_table(p_rule.entity_type))
  using p_rule.rule_id, p_rule.is_block;
  -- Without statistics the next bulk write is planned for an empty table: 20,000 rows then took 50 s.
  analyze governance_private.unique_keys;
  update governance_private.unique_rules u set is_built = true where u.rule_id = p_rule.rule_id;
end
$$;

create function governance_private.refresh_unique_rules(p_entity_type text, p_must boolean default true) returns boolean
language plpgsql volatile security invoker set search_path = '' set lock_timeout = '3s'
as $$
declare
  v_rule governance_private.unique_rules;
begin
  -- False: the table is being written, and it need not be now.
  with wanted as (
    select (x.rule).id as rule_id, (x.rule).enforcement = 'block' and (x.rule).status = 'active' as is_block,
           format('case when true%s then %s end', governance_private.org_branch(governance_private.org_expression(p_entity_type, 'r'), x.org_ids, x.except_org_ids),
                  c.key_sql) as key_sql, c.condition_paths as columns
    from governance_private.running_rules(p_entity_type) x cross join lateral governance_private.compile_rule(x.rule) c where (x.rule).kind = 'unique'
  ), gone as (
    delete from governance_private.unique_rules u
    where u.entity_type = p_entity_type and u.rule_id not in (select w.rule_id from wanted w) returning u.rule_id
  ), freed as (
    delete from governance_private.unique_keys k using gone g where k.rule_id = g.rule_id
  )
  insert into governance_private.unique_rules as u (rule_id, entity_type, is_block, key_sql, columns)
  select w.rule_id, p_entity_type, w.is_block, w.key_sql, w.columns from wanted w
  on conflict (rule_id) do update set is_block = excluded.is_block, key_sql = excluded.key_sql, columns = excluded.columns, is_built = false
    where (u.is_block, u.key_sql) is distinct from (excluded.is_block, excluded.key_sql);
  if not exists (select from governance_private.unique_rules u where u.entity_type = p_entity_type and not u.is_built) then
    return true;
  end if;
  -- No write may slip between a look at the table and the functions that keep the keys from then on. Who waits holds up all writers who come after.
  if p_must then
    execute format('lock table %s in share row exclusive mode', governance_private.entity_table(p_entity_type));
  elsif not governance_private.lock_briefly(array[governance_private.entity_table(p_entity_type)::regclass], 'share row exclusive') then
    return false;
  end if;
  for v_rule in
    select * from governance_private.unique_rules u where u.entity_type = p_entity_type and not u.is_built order by u.rule_id
  loop
    perform governance_private.build_keys(v_rule);
  end loop;
  return true;
end
$$;
comment on function governance_private.refresh_unique_rules(text, boolean) is 'Makes the keys of new and changed unique rules of an entity, and drops those of rules that no longer run.';

create function governance_private.rebuild_keys(p_entity_type text) returns void
language sql volatile security invoker set search_path = ''
as $$
  update governance_private.unique_rules u set is_built = false where u.entity_type = p_entity_type and u.is_built
$$;
comment on function governance_private.rebuild_keys(text) is 'Writes went by unseen: the keys of an entity''s unique rules are made anew when it is compiled or swept.';

create function governance_private.keys_of(p_entity_type text, p_table text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the keys that the records of a transition table hold.
  select format('select x.rule_id, x.is_block, x.key, %s as record_key, %s as org_id from %s r cross join lateral (values %s) as x(rule_id, is_block, key)',
    governance_private.key_expression(p_entity_type, 'r'), governance_private.org_expression(p_entity_type, 'r'), p_table,
    string_agg(format('(%L::uuid, %L::boolean, %s)', u.rule_id, u.is_block, u.key_sql), ', ' order by u.rule_id))
  from governance_private.unique_rules u where u.entity_type = p_entity_type
$$;

create function governance_private.rekeyed_sql(p_entity_type text, p_from text, p_other text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the rows of one transition table of an update whose columns a key is made of are not as in the other.
  -- As text and by "not in", which is hashed whatever the planner expects of a transition table.
  select format('(select f.* from %s f where row(%s)::text not in (select row(%s)::text from %s t))', p_from,
    (select string_agg(format('f.%I', k), ', ') from unnest(e.key_columns) as k) || ', ' ||
    string_agg(governance_private.projection(format('f.%I', c.column_name), c.class, c.base_type), ', ' order by c.column_name),
    (select string_agg(format('t.%I', k), ', ') from unnest(e.key_columns) as k) || ', ' ||
    string_agg(governance_private.projection(format('t.%I', c.column_name), c.class, c.base_type), ', ' order by c.column_name), p_other)
  from governance.entities e join governance_private.entity_columns(p_entity_type) c
    on c.column_name = e.org_column or c.column_name in (
      select n from governance_private.unique_rules u cross join unnest(u.columns) as n where u.entity_type = p_entity_type)
  where e.entity_type = p_entity_type group by e.key_columns
$$;

create function governance_private.keep_keys_body(p_entity_type text, p_event text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_old text := governance_private.keys_of(p_entity_type, governance_private.rekeyed_sql(p_entity_type, 'old_records', 'new_records'));
  v_new text := governance_private.keys_of(p_entity_type, governance_private.rekeyed_sql(p_entity_type, 'new_records', 'old_records'));
  v_shadow uuid[] := array(select (x.rule).id from governance_private.running_rules(p_entity_type) x
    where (x.rule).kind = 'unique' and (x.rule).enforcement = 'block' and (x.rule).status = 'shadow' order by 1);
begin
  -- Statements of a block function. All keys are freed before any is taken, so that two records can swap theirs; in the order
  -- of the keys, so that two sessions wait for each other instead of deadlocking. v_refused names the records that came second;
  -- of shadow rules those that would have: the same, where nobody is kept from sharing a key.
  if not exists (select from governance_private.unique_rules u where u.entity_type = p_entity_type) then
    return '';
  end if;
  return case when p_event = 'update' then format($sql$
  delete from governance_private.unique_keys k using (((%1$s) except (%2$s)) union ((%2$s) except (%1$s))) m
  where k.rule_id = m.rule_id and k.record_key = m.record_key and k.rule_id = any (v_unique);$sql$, v_old, v_new)
    else format($sql$
  delete from governance_private.unique_keys k using %s r where k.rule_id = any (v_unique) and k.record_key = %s;$sql$,
      case p_event when 'delete' then 'old_records' else 'new_records' end, v_key) end
  || case when p_event = 'delete' then '' else format($sql$
  with moved as materialized (
    select *%s from (%s) m where m.key is not null and m.rule_id = any (v_unique)
  ), taken as (
    insert into governance_private.unique_keys (rule_id, record_key, org_id, key, is_exclusive)
    select m.rule_id, m.record_key, m.org_id, m.key, m.is_block from moved m order by m.rule_id, m.key, m.record_key
    on conflict do nothing returning rule_id, record_key
  )
  select coalesce(jsonb_object_agg(m.rule_id::text || m.record_key, true), '{}') into v_refused
  from moved m
  -- "not in", because it is hashed whatever the planner expects: it remembers how many rows the first statement of a session wrote.
  where (m.is_block%s) and ((m.rule_id, m.record_key) not in (select t.rule_id, t.record_key from taken t)%s or exists (
    select from governance_private.unique_keys u where u.rule_id = m.rule_id and u.key = m.key and u.record_key <> m.record_key));$sql$,
    case when v_shadow <> '{}' then ', row_number() over (partition by m.rule_id, m.key order by m.record_key) as place' else '' end,
    case when p_event = 'update' then format('(%s) except (%s)', v_new, v_old) else governance_private.keys_of(p_entity_type, 'new_records') end,
    case when v_shadow <> '{}' then format(' or m.rule_id = any (%L::uuid[])', v_shadow) else '' end,
    case when v_shadow <> '{}' then ' or (m.place > 1 and not m.is_block)' else '' end) end;
end
$$;

create function governance_private.group_dependents_sql(p_entity_type text, p_event text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the records whose group a statement has changed. Of a large group some: only from one to two, and back, changes a verdict.
  select format('select u.org_id, u.record_key from (%s) m cross join lateral ('
    'select k.org_id, k.record_key from governance_private.unique_keys k where k.rule_id = m.rule_id and k.key = m.key and k.record_key <> m.record_key limit 100) u',
    case p_event
      -- What was written holds its key by now.
      when 'insert' then format('select k.rule_id, k.record_key, k.key from new_records r join governance_private.unique_keys k on k.rule_id = any (%L::uuid[]) and k.record_key = %s',
        array_agg(x.rule_id), governance_private.key_expression(p_entity_type, 'r'))
      when 'delete' then governance_private.keys_of(p_entity_type, 'old_records')
      else format('((%1$s) except (%2$s)) union all ((%2$s) except (%1$s))',
        governance_private.keys_of(p_entity_type, governance_private.rekeyed_sql(p_entity_type, 'old_records', 'new_records')),
        governance_private.keys_of(p_entity_type, governance_private.rekeyed_sql(p_entity_type, 'new_records', 'old_records'))) end)
  from governance_private.unique_rules x where x.entity_type = p_entity_type having count(*) > 0
$$;

create function governance_private.group_sizes(p_entity_type text, p_keys text[]) returns table (record_key text, groups jsonb)
language sql stable security invoker set search_path = ''
as $$
  with held as (
    select k.rule_id, k.record_key, k.key from governance_private.unique_rules u
    join governance_private.unique_keys k on k.rule_id = u.rule_id and k.record_key = any (p_keys)
    where u.entity_type = p_entity_type
  ), grouped as materialized (
    -- Counted once a key and taken apart again: joined, a plan that expects few records counted every key for each record.
    select array_agg(h.record_key) as record_keys, h.rule_id,
           (select count(*) from governance_private.unique_keys k where k.rule_id = h.rule_id and k.key = h.key) as size
    from held h group by h.rule_id, h.key
  )
  select r, jsonb_object_agg(g.rule_id, g.size) from grouped g cross join lateral unnest(g.record_keys) as r where g.size > 1 group by 1
$$;
comment on function governance_private.group_sizes(text, text[]) is 'Of each record that shares the key of a unique rule: how many records hold it.';

create function governance_private.correct_keys(p_entity_type text, p_record_keys text[]) returns void
language plpgsql volatile security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_rules uuid[] := array(select u.rule_id from governance_private.unique_rules u where u.entity_type = p_entity_type);
  v_table text := governance_private.entity_table(p_entity_type);
  v_actual text;
  v_wrong text[];
  v_changed jsonb;
begin
  -- A replica session, or a subscription, fires no trigger: its records hold the keys that they had before.
  if v_rules = '{}' then
    return;
  end if;
  v_actual := governance_private.keys_of(p_entity_type, format('(select %s from unnest($1) as k(key) join %s t on %s)',
    (select string_agg(format('t.%I', c.column_name), ', ') from governance_private.entity_columns(p_entity_type) c), v_table,
    governance_private.key_predicate(p_entity_type, 't', 'k.key')));
  execute format($sql$
    select array_agg(distinct record_key)
    from (select * from (%s) x where x.key is not null) a
    full join (select * from governance_private.unique_keys u where u.record_key = any ($1) and u.rule_id = any ($2)) k using (rule_id, record_key)
    where (a.key, a.org_id) is distinct from (k.key, k.org_id)$sql$, v_actual)
  into v_wrong using p_record_keys, v_rules;
  if v_wrong is null then
    return;
  end if;
  -- A record that somebody is writing is left to the next sweep: what it will hold is not known yet.
  v_wrong := governance_private.lock_free_records(p_entity_type, v_wrong, 'share');
  with freed as (
    delete from governance_private.unique_keys k where k.record_key = any (v_wrong) and k.rule_id = any (v_rules) returning k.rule_id, k.key
  )
  select coalesce(jsonb_agg(jsonb_build_object('rule_id', f.rule_id, 'key', f.key)), '[]') into v_changed from freed f;
  execute format($sql$
    insert into governance_private.unique_keys (rule_id, record_key, org_id, key, is_exclusive)
    select x.rule_id, x.record_key, x.org_id, x.key, x.is_block and count(*) over (partition by x.rule_id, x.key) = 1 and not exists (
      select from governance_private.unique_keys u where u.rule_id = x.rule_id and u.key = x.key)
    from (%s) x where x.key is not null$sql$, v_actual)
  using v_wrong;
  select v_changed || coalesce(jsonb_agg(jsonb_build_object('rule_id', k.rule_id, 'key', k.key)), '[]') into v_changed
  from governance_private.unique_keys k where k.record_key = any (v_wrong) and k.rule_id = any (v_rules);
  perform governance_private.queue_groups(p_entity_type, v_changed);
end
$$;
comment on function governance_private.correct_keys(text, text[]) is 'Brings the keys of these records to what the records hold, and has their groups judged again.';

create function governance_private.drop_lost_keys(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_changed jsonb;
begin
  execute format($sql$
    with lost as (
      delete from governance_private.unique_keys k using governance_private.unique_rules u
      where u.entity_type = $1 and k.rule_id = u.rule_id and not exists (select from %s r where %s = k.record_key)
      returning k.rule_id, k.key)
    select jsonb_agg(jsonb_build_object('rule_id', l.rule_id, 'key', l.key)) from lost l$sql$,
    governance_private.entity_table(p_entity_type), governance_private.key_expression(p_entity_type, 'r'))
  into v_changed using p_entity_type;
  perform governance_private.queue_groups(p_entity_type, v_changed);
end
$$;
comment on function governance_private.drop_lost_keys(text) is 'Frees the keys of records that went without a trace, and has their groups judged again.';

create function governance_private.queue_groups(p_entity_type text, p_keys jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_orgs text[];
  v_keys text[];
begin
  -- p_keys: [{"rule_id", "key"}, …]. Of a large group some: only from one to two, and back, changes a verdict.
  select array_agg(d.org_id), array_agg(d.record_key) into v_orgs, v_keys from (
    select distinct u.org_id, u.record_key
    from (select distinct c ->> 'rule_id' as rule_id, c ->> 'key' as key from jsonb_array_elements(p_keys) as c) m
    cross join lateral (
      select k.org_id, k.record_key from governance_private.unique_keys k
      where k.rule_id = m.rule_id::uuid and k.key = m.key::bytea limit 100) u) d;
  if v_keys is not null then
    perform governance_private.queue_dependents(p_entity_type, v_orgs, v_keys);
  end if;
end
$$;
comment on function governance_private.queue_groups(text, jsonb) is 'Queues the records that hold these keys of unique rules.';
