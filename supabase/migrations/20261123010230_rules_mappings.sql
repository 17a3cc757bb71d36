-- What: mappings: what a value says of another field, as a ZIP code's first digits say the state.
-- Why: two fields that are each plausible can contradict each other.
-- Breaks a running client: no.

create function governance_private.mapping_values(p_set_key text, p_org_id text, p_key text) returns text[]
language sql stable security invoker
begin atomic
  select array_agg(distinct v.value order by v.value)
  from governance.reference_sets s
  join governance.reference_values m on m.set_key = s.set_key
    and governance_private.fold_reference(m.value) = governance_private.fold_reference(left(p_key, coalesce(s.key_length, length(p_key))))
    and (not s.case_sensitive or m.value = left(p_key, coalesce(s.key_length, length(p_key))))
    and (m.org_id is null or m.org_id = p_org_id)
  cross join lateral unnest(m.alternatives || coalesce(m.canonical, m.value)) as v(value)
  where s.set_key = p_set_key;
end;
comment on function governance_private.mapping_values(text, text, text) is 'Everything that a mapping gives for a key, as an organization sees it; null when the key is not in it.';

create function governance_private.mapping_agrees(p_set_key text, p_org_id text, p_key text, p_value text) returns boolean
language sql stable security invoker
begin atomic
  select case when p_key is not null and p_value is not null then (
    select bool_or(case when s.case_sensitive then v.value = p_value
                        else governance_private.fold_reference(v.value) = governance_private.fold_reference(p_value) end)
    from governance.reference_sets s
    cross join lateral unnest(governance_private.mapping_values(p_set_key, p_org_id, p_key)) as v(value)
    where s.set_key = p_set_key) end;
end;
comment on function governance_private.mapping_agrees(text, text, text, text) is
  'Whether a value is one that a mapping gives for a key; null when either is null or the mapping does not know the key.';

create function governance_private.look_up_mapping(p_set_key text, p_lookups jsonb, p_records jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  with distinct_keys as (
    select distinct r ->> 'org_id' as org_id, r -> 'fields' ->> (l ->> 0) as key
    from jsonb_array_elements(p_records) as r cross join jsonb_array_elements(p_lookups) as l
    where l ->> 1 = p_set_key and r -> 'fields' ->> (l ->> 0) is not null and not coalesce(r -> 'unasked' ? l::text, false)
  ), by_org as (
    select d.org_id, jsonb_object_agg(d.key, jsonb_strip_nulls(jsonb_build_object(
      'agrees', governance_private.mapping_values(p_set_key, d.org_id, d.key), 'case_sensitive', s.case_sensitive))) as found
    from distinct_keys d join governance.reference_sets s on s.set_key = p_set_key group by d.org_id
  )
  select coalesce(jsonb_object_agg(org_id, found), '{}') from by_org
$$;
comment on function governance_private.look_up_mapping(text, jsonb, jsonb) is 'What a mapping gives for the records'' values: {org: {value: {agrees: […]}}}.';
