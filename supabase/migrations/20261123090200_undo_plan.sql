-- What: the plan of an undo: for each record what comes back, or what stands against it.
-- Why: what others did since is never overwritten, and everybody can see beforehand what would happen.
-- Breaks a running client: no.

create function governance_private.undo_fates(p_undo_id uuid, p_by_fixes boolean)
returns table (entity_type text, record_key text, org_id text, fate text, base jsonb, erased text[], foreign_id bigint, run_first bigint, run_last bigint)
language sql stable security invoker set search_path = ''
as $$
  -- Each record by its inserts and deletes. The last of somebody else (foreign), our own before it (lost), and our own after it (the run).
  with edges as (
    select h.entity_type, h.record_key, max(h.org_id) as org_id, max(h.event_id) filter (where h.operation <> 'update' and not h.is_mine) as foreign_id
    from governance_private.undo_history h where h.undo_id = p_undo_id group by 1, 2
  ), runs as (
    select e.entity_type, e.record_key, e.org_id, e.foreign_id,
      min(h.event_id) filter (where h.operation <> 'update' and h.event_id > coalesce(e.foreign_id, -1)) as run_first,
      max(h.event_id) filter (where h.operation <> 'update' and h.event_id > coalesce(e.foreign_id, -1)) as run_last,
      max(h.event_id) filter (where h.operation <> 'update' and h.event_id < e.foreign_id) as lost_id,
      coalesce(bool_or(h.event_id > e.foreign_id), false) as is_after
    from edges e left join governance_private.undo_history h on h.undo_id = p_undo_id and h.entity_type = e.entity_type and h.record_key = e.record_key and h.is_mine
    group by 1, 2, 3, 4
  )
  select r.entity_type, r.record_key, r.org_id, case
    when a.operation = 'insert' then case z.operation when 'delete' then 'none' else 'delete' end
    when a.operation = 'delete' then case z.operation when 'delete' then 'insert' else 'update' end
    when r.foreign_id is null then 'update'
    -- Undone, and that undone: it is as we left it.
    when f.operation = 'delete' then case when l.operation = 'insert' then 'none' when l.operation = 'delete' and f.is_undo then 'insert' else 'gone' end
    -- Somebody else made the record anew; where that is how it was, there is nothing left to do.
    when l.operation = 'delete' then case when f.after = l.before then 'none' else 'taken' end
    when l.operation = 'insert' and f.is_undo then 'delete'
    when r.is_after or p_by_fixes then 'update' else 'gone' end,
    coalesce(a.before, l.before), coalesce(a.erased, l.erased), r.foreign_id, r.run_first, coalesce(r.run_last, r.foreign_id)
  from runs r
  left join governance_private.undo_history a on a.undo_id = p_undo_id and a.entity_type = r.entity_type and a.record_key = r.record_key and a.event_id = r.run_first
  left join governance_private.undo_history z on z.undo_id = p_undo_id and z.entity_type = r.entity_type and z.record_key = r.record_key and z.event_id = r.run_last
  left join governance_private.undo_history f on f.undo_id = p_undo_id and f.entity_type = r.entity_type and f.record_key = r.record_key and f.event_id = r.foreign_id
  left join governance_private.undo_history l on l.undo_id = p_undo_id and l.entity_type = r.entity_type and l.record_key = r.record_key and l.event_id = r.lost_id
$$;
comment on function governance_private.undo_fates(uuid, boolean) is
  'What becomes of each record: update, insert (again) or delete; none where nothing is left to do, gone and taken where somebody else deleted it or made it anew. base: the record as it was deleted.';

create function governance_private.fix_values(p_entity_type text, p_fix_ids uuid[]) returns table (fix_id uuid, before jsonb, after jsonb)
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
begin
  -- Patches hold values as text; through the table's own types they read as audit has them.
  return query execute format('select f.id, to_jsonb(jsonb_populate_record(null::%1$s, c -> ''tests'')), to_jsonb(jsonb_populate_record(null::%1$s, c -> ''values''))
    from governance.fixes f cross join lateral governance_private.patch_changes('''', jsonb_build_array(f.patch)) c where f.id = any ($1)', governance_private.entity_table(p_entity_type))
  using p_fix_ids;
end
$$;

create function governance_private.undo_fix_touches(p_undo_id uuid)
returns table (entity_type text, record_key text, touch numeric, field text, before jsonb, after jsonb, is_mine boolean, is_erased boolean)
language sql stable security invoker set search_path = ''
as $$
  -- All fixes of the writes in question, because several can follow each other on one field in one write.
  with scoped as (
    select distinct u.entity_type, u.record_key, u.event_id, f.batch_id
    from governance_private.undo_events u join governance.fixes f on f.id = u.fix_id where u.undo_id = p_undo_id
  ), fixes as (
    select s.entity_type, s.record_key, s.event_id, f.id, f.place, f.patch,
      m.fix_id is not null as is_mine
    from scoped s cross join lateral (
      -- By the record: a batch can have thousands.
      select x.* from governance.fixes x where x.entity_type = s.entity_type and x.record_key = s.record_key and x.batch_id::text = s.batch_id::text offset 0) f
    left join (select u.fix_id from governance_private.undo_events u where u.undo_id = p_undo_id) m on m.fix_id = f.id
  ), read as (
    select v.* from (select f.entity_type, array_agg(f.id) as ids from fixes f group by 1) x cross join lateral governance_private.fix_values(x.entity_type, x.ids) v
  )
  select f.entity_type, f.record_key, f.event_id + row_number() over (partition by f.entity_type, f.record_key, f.event_id order by f.place) / 1000000.0,
    k, r.before -> k, r.after -> k, f.is_mine, coalesce(k = any (h.erased), false)
  from fixes f join read r on r.fix_id = f.id
  left join governance_private.undo_history h on h.undo_id = p_undo_id and h.entity_type = f.entity_type and h.record_key = f.record_key and h.event_id = f.event_id
  cross join lateral jsonb_object_keys(governance_private.patch_changes('', jsonb_build_array(f.patch)) -> 'values') as k
$$;
comment on function governance_private.undo_fix_touches(uuid) is 'The fields that the fixes of an undo wrote, in their order.';

create function governance_private.undo_touches(p_undo_id uuid, p_by_fixes boolean)
returns table (entity_type text, record_key text, touch numeric, field text, before jsonb, after jsonb, is_mine boolean, is_consequence boolean, is_undo boolean, is_erased boolean)
language sql stable security invoker set search_path = ''
as $$
  with fates as materialized (
    select * from governance_private.undo_fates(p_undo_id, p_by_fixes) f where f.fate in ('update', 'insert', 'delete')
  ), fixed as materialized (
    select * from governance_private.undo_fix_touches(p_undo_id) t where p_by_fixes
  ), updates as (
    select h.entity_type, h.record_key, h.event_id, f.fate, a.key as field, h.before -> a.key as before, a.value as after, h.is_mine, h.is_consequence, h.is_undo, h.erased
    -- Record by record over the index: nobody has counted these rows yet.
    from fates f cross join lateral (
      select x.* from governance_private.undo_history x
      where x.undo_id = p_undo_id and x.entity_type = f.entity_type and x.record_key = f.record_key and x.operation = 'update' and x.event_id > coalesce(f.foreign_id, -1)
        and case f.fate when 'delete' then x.event_id > f.run_last else f.run_first is null or x.event_id < f.run_first or x.event_id > f.run_last end offset 0) h
    cross join lateral jsonb_each(h.after) a
  )
  select u.entity_type, u.record_key, u.event_id::numeric, u.field, u.before, u.after, u.is_mine, u.is_consequence, u.is_undo, coalesce(u.field = any (u.erased), false)
  from updates u
  where not exists (select from fixed x where x.entity_type = u.entity_type and x.record_key = u.record_key and x.field = u.field and floor(x.touch) = u.event_id)
  union all
  -- Deleted and made again, by us: what differs.
  select f.entity_type, f.record_key, f.run_last, b.key, f.base -> b.key, b.value, true, false, false, coalesce(b.key = any (f.erased), false)
  from fates f cross join lateral (
    select x.after from governance_private.undo_history x
    where x.undo_id = p_undo_id and x.entity_type = f.entity_type and x.record_key = f.record_key and x.event_id = f.run_last offset 0) h
  cross join lateral jsonb_each(h.after) b
  where f.fate = 'update' and f.run_first is not null and f.base -> b.key is distinct from b.value
  union all
  select t.entity_type, t.record_key, t.touch, t.field, t.before, t.after, t.is_mine, not t.is_mine, false, t.is_erased
  from fixed t
$$;
comment on function governance_private.undo_touches(uuid, boolean) is 'Each write of a field that matters for an undo, in order.';

create function governance_private.undo_fields(p_undo_id uuid, p_by_fixes boolean)
returns table (entity_type text, record_key text, field text, target jsonb, held jsonb, expected jsonb, is_mine boolean, is_foreign boolean, is_restored boolean, is_erased boolean)
language sql stable security invoker set search_path = ''
as $$
  -- What others wrote last stands; of what we wrote after it, the first write says what was there. Corrections by rules follow what they corrected.
  with touches as (
    select t.*, max(t.touch) filter (where t.is_mine) over field as last_touch
    from governance_private.undo_touches(p_undo_id, p_by_fixes) t window field as (partition by t.entity_type, t.record_key, t.field)
  ), bounded as (
    select t.*, max(t.touch) filter (where not t.is_mine and not t.is_consequence and t.touch < t.last_touch) over field as foreign_before,
      coalesce(bool_or(not t.is_mine and not t.is_consequence and t.touch > t.last_touch) over field, false) as is_foreign_after
    from touches t window field as (partition by t.entity_type, t.record_key, t.field)
  ), fields as (
    select t.entity_type, t.record_key, t.field, bool_or(t.is_mine) as is_mine, bool_or(not t.is_mine and not t.is_consequence) as is_foreign, bool_or(t.is_foreign_after) as is_foreign_after,
      (array_agg(t.before order by t.touch) filter (where t.is_mine and t.touch > coalesce(t.foreign_before, -1)))[1] as target,
      (array_agg(t.after order by t.touch desc))[1] as held, (array_agg(t.is_undo order by t.touch desc))[1] as is_undone,
      (array_agg(t.after order by t.touch desc) filter (where t.is_mine))[1] as expected, bool_or(t.is_erased and t.is_mine) as is_erased
    from bounded t group by 1, 2, 3
  )
  -- What others wrote and had undone is as if they had not; of fixes counts what is there, whoever wrote it.
  select f.entity_type, f.record_key, f.field, f.target, f.held, f.expected, f.is_mine, f.is_foreign,
    f.is_mine and (not f.is_foreign_after or (f.held = f.expected and (f.is_undone or p_by_fixes))), f.is_erased
  from fields f
$$;
comment on function governance_private.undo_fields(uuid, boolean) is
  'Each field of an undo: held, what it holds; target, what comes back (is_restored); or, where somebody else wrote it last, what we wrote (expected); target, what was there before us.';

create function governance_private.conflict_of(p_reason text, p_fields jsonb default '[]') returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_build_object('reason', p_reason, 'fields', p_fields, 'message', case p_reason
    when 'changed-since' then 'Somebody else changed it since.'
    when 'deleted-since' then 'Somebody else deleted it since.'
    when 'key-taken' then 'Somebody else made a record with its key since.'
    when 'erased' then 'Values that would come back were erased.'
    when 'field-gone' then 'A column that would be written is no more.'
    when 'referenced' then 'Records of others refer to it, and would be lost or changed with it.'
    when 'not-visible' then 'You may not see this record.'
    when 'not-allowed' then 'You may not write this record so.'
    when 'policy' then 'A change policy guards it: that takes the role of those who approve.'
    when 'kept' then 'A rule or a trigger of the table puts the value back as it was.' end)
$$;
comment on function governance_private.conflict_of(text, jsonb) is 'Why a record cannot be taken back, in a word and in a sentence.';

create function governance_private.plan_undo_steps(p_undo_id uuid, p_by_fixes boolean) returns void
language sql volatile security invoker set search_path = '' set enable_nestloop = off set jit = off
as $$
  -- Nobody has counted these rows: a nested loop over what is thought to be one record compares each with each.
  with fates as materialized (
    select * from governance_private.undo_fates(p_undo_id, p_by_fixes) f where f.fate <> 'none'
  ), withholding as materialized (
    select x.entity_type from (select distinct f.entity_type from fates f offset 0) x where governance_private.withheld_columns(x.entity_type) <> '{}'
  ), writable as materialized (
    select x.entity_type, c.column_name, c.is_generated from (select distinct f.entity_type from fates f) x cross join lateral governance_private.entity_columns(x.entity_type) c
  ), fields as materialized (
    select f.*, w.column_name is null as is_gone, f.is_mine and not f.is_restored and f.target <> f.held as is_conflict,
      f.is_restored and (f.is_erased or f.target is distinct from f.held) as is_written
    from governance_private.undo_fields(p_undo_id, p_by_fixes) f
    left join writable w on w.entity_type = f.entity_type and w.column_name = f.field
    where not coalesce(w.is_generated, false)
  ), records as (
    select f.entity_type, f.record_key,
      coalesce(jsonb_object_agg(f.field, f.target) filter (where f.is_written), '{}') as values,
      coalesce(jsonb_object_agg(f.field, f.held) filter (where f.is_written), '{}') as tests,
      jsonb_agg(jsonb_build_object('field', f.field, 'expected', f.expected, 'actual', f.held) order by f.field) filter (where f.is_conflict) as changed,
      jsonb_agg(jsonb_build_object('field', f.field, 'actual', f.held) order by f.field) filter (where f.is_foreign) as foreign_fields,
      jsonb_agg(jsonb_build_object('field', f.field) order by f.field) filter (where f.is_written and f.is_erased) as erased,
      jsonb_agg(jsonb_build_object('field', f.field) order by f.field) filter (where f.is_written and f.is_gone) as gone
    from fields f group by 1, 2
  )
  insert into governance_private.undo_steps (undo_id, entity_type, record_key, org_id, operation, values, tests, conflict)
  select p_undo_id, f.entity_type, f.record_key, f.org_id, case f.fate when 'gone' then 'update' when 'taken' then 'insert' else f.fate end,
    case f.fate when 'insert' then f.base || coalesce(r.values, '{}') when 'update' then coalesce(r.values, '{}') else '{}' end,
    case f.fate when 'update' then coalesce(r.tests, '{}') else '{}' end,
    case
      when f.fate = 'gone' then governance_private.conflict_of('deleted-since')
      when f.fate = 'taken' then governance_private.conflict_of('key-taken')
      when f.fate = 'delete' then (select governance_private.conflict_of('changed-since', r.foreign_fields) where r.foreign_fields is not null)
      when f.fate = 'insert' and coalesce(f.erased, '{}') <> '{}' then governance_private.conflict_of('erased', (select jsonb_agg(jsonb_build_object('field', x)) from unnest(f.erased) as x))
      when f.fate = 'insert' and f.entity_type in (select w.entity_type from withholding w) then governance_private.conflict_of('field-gone')
      when r.erased is not null then governance_private.conflict_of('erased', r.erased)
      when f.fate = 'update' and r.changed is not null then governance_private.conflict_of('changed-since', r.changed)
      when f.fate = 'update' and r.gone is not null then governance_private.conflict_of('field-gone', r.gone) end
  from fates f left join records r using (entity_type, record_key)
  where f.fate <> 'update' or r.values <> '{}' or r.changed is not null
$$;
comment on function governance_private.plan_undo_steps(uuid, boolean) is 'Writes down what an undo does with each record.';
