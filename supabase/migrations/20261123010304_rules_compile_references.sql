-- What: membership in reference sets as SQL text, and why a set cannot be used.
-- Why: a set that is empty for an organization knows nothing, whoever asks.
-- Breaks a running client: no.

create function governance_private.reference_sql(p_operand text, p_set_key text, p_org_sql text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_set governance.reference_sets;
  v_members text;
  v_member text;
begin
  select * into strict v_set from governance.reference_sets s where s.set_key = p_set_key;
  if v_set.kind = 'list' then
    v_members := format('governance.reference_values m where m.set_key = %L and (m.org_id is null or m.org_id = %s)', p_set_key, p_org_sql);
    v_member := 'm.value';
  else
    v_members := format('%s m where %s = %s and m.%I is not null', governance_private.entity_table(v_set.entity_type),
      governance_private.org_expression(v_set.entity_type, 'm'), p_org_sql, v_set.column_name);
    v_member := format('m.%I::text', v_set.column_name);
  end if;
  -- A set that is empty for the organization knows nothing, and objects to nothing.
  return format('(case when %1$s is not null and exists (select from %2$s) then exists (select from %2$s and %3$s) end)', p_operand, v_members,
    case when v_set.case_sensitive then format('%s = %s', v_member, p_operand)
      else format('governance_private.fold_reference(%s) = governance_private.fold_reference(%s)', v_member, p_operand) end);
end
$$;
comment on function governance_private.reference_sql(text, text, text) is
  'SQL text: a value is a member of a reference set, as an organization sees it; null for null, and where the set is empty.';

create function governance_private.reference_fault(p_set_key text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- A column set is only as good as its column.
  select case
    when s.set_key is null then format('"%s" is not a reference set', p_set_key)
    when s.kind = 'mapping' then format('"%s" is a mapping between two fields: ask it with agreesWith', p_set_key)
    when s.kind = 'column' and not exists (
      select from governance_private.entity_columns(s.entity_type, s.column_name)) or governance_private.missing_columns(s.entity_type) is not null
      then format('the reference set "%s" reads %s.%s, which does not exist', p_set_key, s.entity_type, s.column_name) end
  from (select p_set_key as wanted) w left join governance.reference_sets s on s.set_key = w.wanted
$$;
comment on function governance_private.reference_fault(text) is 'Why a reference set cannot be used; null when it can.';
