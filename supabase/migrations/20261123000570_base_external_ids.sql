-- What: an external id is used once per source.
-- Why: the same key from the same system is the same record; another system may use the same key for another one.
-- Breaks a running client: no.

-- Blank is not a value: two records without an external id have none in common, and " 17" is 17. A record that names no source shares
-- one namespace with all others that name none.
do $$
declare
  v_table record;
begin
  for v_table in
    select c.relname as name, c.oid::regclass as table_name,
           exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'source' and not a.attisdropped) as has_source
    from pg_catalog.pg_class c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'external_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
  loop
    execute format('create unique index %I on %s (%s nullif(btrim(external_id), ''''))',
      v_table.name || '_external_id_is_used_once' || case when v_table.has_source then '_per_source' else '' end, v_table.table_name,
      case when v_table.name = 'organizations' then '' when v_table.has_source then 'org_id, coalesce(btrim(source), ''''),' else 'org_id,' end);
  end loop;
end
$$;
