-- What: what a constraint's refusal means to a person: the sentence, the record that it collides with, and what to do.
-- Why: "duplicate key value violates unique constraint" helps nobody, and Postgres names the other record not at all under row level security.
-- Breaks a running client: no.

create function governance_private.constraint_sentence(p_table text, p_constraint text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- A comment on the constraint says it best; else its name, unless that is one that Postgres made up.
  select coalesce(
    (select obj_description(c.oid, 'pg_constraint') from pg_catalog.pg_constraint c where c.conname = p_constraint and c.conrelid = to_regclass(p_table)),
    case when p_constraint ~ '_(check|key|excl|fkey|pkey|idx|not_null)[0-9]*$' or p_constraint !~ '_.*_'
      then format('The database refuses it ("%s")', p_constraint)
      else upper(left(p_constraint, 1)) || replace(substr(p_constraint, 2), '_', ' ') end)
$$;

create function governance_private.proposed_record_sql(p_entity_type text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the record $1 (none: a new one) as it would be with the values $2. Generated columns are made anew from theirs.
  select format('(select %s from (select (jsonb_populate_record(x.r, $2)).* from (select (select r from %s r where %s) as r) x) p)',
    (select string_agg(format('%s as %I', case when d.adbin is not null and a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) else format('p.%I', a.attname) end, a.attname), ', ' order by a.attnum)
     from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = e.name::regclass and a.attnum > 0 and not a.attisdropped),
    e.name, governance_private.key_predicate(p_entity_type, 'r', '$1'))
  from (select governance_private.entity_table(p_entity_type) as name) e
$$;

create function governance_private.index_keys(p_index oid)
returns table (place integer, expression text, type_sql text, operator_sql text)
language sql stable security invoker set search_path = ''
as $$
  -- What no two records may have in common, with the operator that says so: equality, or that of an exclusion constraint.
  -- A GiST index may store another type than it compares; ranges and arrays compare through a pseudo-type.
  select a.attnum::integer, pg_get_indexdef(i.indexrelid, a.attnum, true), format_type(case when t.typtype = 'p' then a.atttypid else o.oprright end, null), format('operator(%I.%s)', n.nspname, o.oprname)
  from pg_catalog.pg_index i
  join pg_catalog.pg_attribute a on a.attrelid = i.indexrelid and a.attnum between 1 and i.indnkeyatts
  join pg_catalog.pg_opclass c on c.oid = i.indclass[a.attnum - 1]
  left join pg_catalog.pg_constraint x on x.conindid = i.indexrelid and x.contype = 'x'
  left join pg_catalog.pg_amop m on x.oid is null and m.amopfamily = c.opcfamily and m.amopstrategy = 3
    and m.amoplefttype = c.opcintype and m.amoprighttype = c.opcintype
  join pg_catalog.pg_operator o on o.oid = coalesce(x.conexclop[a.attnum], m.amopopr)
  join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  join pg_catalog.pg_type t on t.oid = o.oprright
  where i.indexrelid = p_index
$$;

create function governance_private.find_collision(
  p_entity_type text, p_constraint text, p_record_key text, p_values jsonb, out entity_type text, out record_key text, out label text
)
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_index record;
  v_given text[];
begin
  -- Invoker: the other record is looked for with the rights of the caller, so that a hidden one is not found.
  select i.indexrelid, coalesce('(' || pg_get_expr(i.indpred, i.indrelid) || ')', 'true') as predicate into v_index
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  where i.indrelid = v_table::regclass and c.relname = p_constraint and (i.indisunique or i.indisexclusion);
  if not found then
    return;
  end if;
  execute format('select array[%s] from %s s',
    (select string_agg(format('(%s)::text', k.expression), ', ' order by k.place) from governance_private.index_keys(v_index.indexrelid) k),
    governance_private.proposed_record_sql(p_entity_type)) into v_given using p_record_key, p_values;
  execute format('select %L, %s, %s from %s o where %s and %s and %s is distinct from $2 limit 1', p_entity_type,
    governance_private.key_expression(p_entity_type, 'o'),
    coalesce((select 'o.' || quote_ident(e.label_column) || '::text' from governance.entities e where e.entity_type = p_entity_type), 'null::text'), v_table,
    (select string_agg(format('%s %s $1[%s]::%s', k.expression, k.operator_sql, k.place, k.type_sql), ' and ')
     from governance_private.index_keys(v_index.indexrelid) k), v_index.predicate, governance_private.key_expression(p_entity_type, 'o'))
  into entity_type, record_key, label using v_given, p_record_key;
end
$$;
comment on function governance_private.find_collision(text, text, text, jsonb) is
  'The record that holds what a unique or exclusion constraint keeps apart, if the caller may read it; p_record_key and p_values are the write that was refused.';

create function governance_private.find_referrer(p_constraint text, p_table text, p_entity_type text, p_record_key text, out entity_type text, out record_key text, out label text)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_child governance.entities;
  v_columns text;
begin
  -- Invoker, for the same reason: a record that still refers to the one that was to be deleted.
  select e.* into v_child from governance.entities e where to_regclass(format('%I.%I', e.table_schema, e.table_name)) = to_regclass(p_table);
  select string_agg(format('o.%I = r.%I', f.attname, t.attname), ' and ') into v_columns
  from pg_catalog.pg_constraint c cross join unnest(c.conkey, c.confkey) as k(child, parent)
  join pg_catalog.pg_attribute f on f.attrelid = c.conrelid and f.attnum = k.child
  join pg_catalog.pg_attribute t on t.attrelid = c.confrelid and t.attnum = k.parent
  where c.conname = p_constraint and c.conrelid = to_regclass(p_table) and c.contype = 'f';
  if v_child.entity_type is null or v_columns is null then
    return;
  end if;
  execute format('select %L, %s, %s from %s o join %s r on %s where %s limit 1', v_child.entity_type,
    governance_private.key_expression(v_child.entity_type, 'o'), coalesce('o.' || quote_ident(v_child.label_column) || '::text', 'null::text'), p_table,
    governance_private.entity_table(p_entity_type), v_columns, governance_private.key_predicate(p_entity_type, 'r', '$1'))
  into entity_type, record_key, label using p_record_key;
end
$$;

create function governance_private.explain_constraint(
  p_entity_type text, p_record_key text, p_values jsonb, p_state text, p_table text, p_constraint text, p_column text
) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_deleting boolean := p_state = '23503' and to_regclass(p_table) is distinct from governance_private.entity_table(p_entity_type)::regclass;
  v_type text;
  v_key text;
  v_label text;
  v_what text;
begin
  begin
    if p_state in ('23505', '23P01') then
      select * into v_type, v_key, v_label from governance_private.find_collision(p_entity_type, p_constraint, p_record_key, p_values);
    elsif v_deleting then
      select * into v_type, v_key, v_label from governance_private.find_referrer(p_constraint, p_table, p_entity_type, p_record_key);
    end if;
  exception when others then
    v_key := null; -- an explanation that fails must not hide what is explained
  end;
  v_what := case
    when p_state = '23502' then format('"%s" must be filled in', p_column)
    when v_deleting then format('%s still refers to it', coalesce((select governance_private.with_article(governance_private.entity_label(e.entity_type))
      from governance.entities e where to_regclass(format('%I.%I', e.table_schema, e.table_name)) = to_regclass(p_table)), 'another record'))
    else governance_private.constraint_sentence(coalesce(nullif(p_table, '.'), governance_private.entity_table(p_entity_type)), p_constraint) end;
  return jsonb_strip_nulls(jsonb_build_object(
    'message', format('Not %s: %s.', case when v_deleting then 'deleted' else 'saved' end, v_what),
    'hint', case p_state
      when '23505' then 'Choose another value; or if both are the same, merge the two records.'
      when '23P01' then 'Change one of the two so that they no longer overlap.'
      when '23502' then 'Fill it in.'
      when '23503' then case when v_deleting then 'Change or remove what refers to it first.'
        else 'Choose a record that exists in the same organization.' end
      else 'Correct the values so that this holds.' end,
    'sqlstate', p_state, 'constraint', nullif(p_constraint, ''), 'field', nullif(p_column, ''),
    'collides_with', case when v_key is not null then jsonb_build_object('entity_type', v_type, 'record_key', v_key, 'label', v_label) end));
end
$$;
comment on function governance_private.explain_constraint(text, text, jsonb, text, text, text, text) is
  'What a refusal by a constraint (SQLSTATE class 23, with table, constraint and column of the error) means: message, hint, and the record that it collides with, '
  'named only where the caller may read it. p_record_key is null for a new record; p_values are the values of the write as texts.';

create function governance_private.raise_refusal(p_entity_type text, p_record_key text, p_explained jsonb) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_other jsonb := p_explained -> 'collides_with';
  v_detail jsonb := jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key) || (p_explained - 'message' - 'hint');
  v_message text := (p_explained ->> 'message') || case when v_other is null then '' else format(' It collides with the %s "%s".',
    governance_private.entity_label(v_other ->> 'entity_type'), coalesce(v_other ->> 'label', v_other ->> 'record_key')) end;
begin
  if p_explained ->> 'sqlstate' in ('23505', '23P01') then
    perform governance_private.raise_error('PT409', 'collides', v_message, v_detail, p_explained ->> 'hint');
  end if;
  perform governance_private.raise_error('PT422', 'constraint-violated', v_message, v_detail, p_explained ->> 'hint');
end
$$;

grant execute on function governance_private.constraint_sentence(text, text), governance_private.proposed_record_sql(text), governance_private.index_keys(oid),
  governance_private.find_collision(text, text, text, jsonb), governance_private.find_referrer(text, text, text, text),
  governance_private.explain_constraint(text, text, jsonb, text, text, text, text), governance_private.raise_refusal(text, text, jsonb),
  governance_private.entity_label(text), governance_private.with_article(text)
  to authenticated, service_role;
