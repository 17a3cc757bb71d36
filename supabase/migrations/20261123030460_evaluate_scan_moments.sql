-- What: moving moments in the texts of a scan: today, a week ago, for each organization in its own time zone.
-- Why: a sweep computes them once an organization, and most often once for all of them; asked for row by row they were a third of it.
-- Breaks a running client: no.

create function governance_private.moments_of(p_entity_type text, p_moments jsonb, out alias text, out moments_sql text, out texts text[], out names text[])
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_org text := governance_private.org_expression(p_entity_type, 'r');
begin
  -- SQL text: the moving moments, computed once an organization. Asked for row by row they were a third of a sweep.
  alias := 'moments_' || replace(gen_random_uuid()::text, '-', '');
  select string_agg(format('%s as m%s_', governance_private.moment_sql(m.moment ->> 1, m.moment ->> 0, 'o.time_zone', 'now()'), m.n), ', ' order by m.n),
         array_agg(governance_private.organization_moment_sql(m.moment ->> 1, m.moment ->> 0, v_org) order by m.n), array_agg(format('%s.m%s_', alias, m.n) order by m.n)
  into moments_sql, texts, names
  from (select x as moment, row_number() over (order by x) as n from (select distinct jsonb_array_elements(p_moments) as x) d) m;
  texts := coalesce(texts, '{}');
  moments_sql := coalesce('(select o.org_id, ' || moments_sql || ' from governance.organizations o offset 0)', '');
end
$$;

create function governance_private.moments_join(p_scan governance_private.compiled_scans) returns text
language sql stable security invoker set search_path = ''
as $$
  select case when p_scan.moments_sql = '' then '' else format(' left join %s %s on %2$s.org_id = %s', p_scan.moments_sql, p_scan.moments_alias,
    governance_private.org_expression(p_scan.entity_type, 'r')) end
$$;
comment on function governance_private.moments_join(governance_private.compiled_scans) is 'SQL text: the moving moments of a record''s organization as a join.';

create function governance_private.settle_moments(p_scan governance_private.compiled_scans) returns governance_private.compiled_scans
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_org text;
  v_type text;
  v_name text;
  v_value text;
  v_only text;
  v_groups bigint;
  v_orgs bigint;
begin
  -- A uuid is compared as one: its text is made for each record.
  select format('r.%I', e.org_column), 'uuid' into v_org, v_type from governance.entities e
  join governance_private.entity_columns(p_scan.entity_type) c on c.column_name = e.org_column and c.base_type = 'uuid' where e.entity_type = p_scan.entity_type;
  if not found then
    v_org := governance_private.org_expression(p_scan.entity_type, 'r');
    v_type := 'text';
  end if;
  -- The moments of this transaction as constants: a join that every record passes through took a third of a scan. Most organizations
  -- have the same ones; where they differ too much, or are too many for a text, the join stays.
  foreach v_name in array array(select distinct m[1] from regexp_matches(p_scan.moments_sql, ' as (m[0-9]+_)', 'g') as m order by 1) loop
    execute format($sql$
      select string_agg(format('when %%s = any (%%L::%%s[]) then %%L::%%s', $1, x.orgs, $2, x.value::text, pg_typeof(x.value)), ' '),
        count(*), sum(cardinality(x.orgs)), min(format('%%L::%%s', x.value::text, pg_typeof(x.value)))
      from (select m.%I as value, array_agg(m.org_id order by m.org_id) as orgs from %s m
            where m.%1$I is not null and ($2 = 'text' or m.org_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') group by 1) x$sql$, v_name, p_scan.moments_sql)
    into v_value, v_groups, v_orgs, v_only using v_org, v_type;
    if v_groups > 8 or v_orgs > 5000 then
      p_scan.joins_sql := p_scan.joins_sql || governance_private.moments_join(p_scan);
      return p_scan;
    end if;
    v_name := p_scan.moments_alias || '.' || v_name;
    v_value := coalesce('(case ' || v_value || ' end)', 'null');
    p_scan.select_sql := replace(p_scan.select_sql, v_name, v_value);
    -- What the scan stops at is judged once more: there the one moment of all may stand for that of an organization that nobody knows.
    p_scan.where_sql := replace(p_scan.where_sql, v_name, case when v_groups = 1 then v_only else v_value end);
    p_scan.found_sql := replace(p_scan.found_sql, v_name, v_value);
  end loop;
  return p_scan;
end
$$;
comment on function governance_private.settle_moments(governance_private.compiled_scans) is 'A scan with the moving moments as they are now put into its texts.';
