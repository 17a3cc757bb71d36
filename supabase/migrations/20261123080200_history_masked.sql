-- What: issues, fixes and requested changes with masked values, for those from whom the tables hide the whole row.
-- Why: that something is wrong, was corrected or is asked for is no secret; the value is.
-- Breaks a running client: no.

create function governance_private.mask_patch(p_patch jsonb, p_hidden text[]) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select case when p_patch is null or p_hidden = '{}' then p_patch when '*' = any (p_hidden) then governance_private.erase_patch(p_patch, governance_private.patch_fields(p_patch))
    else governance_private.erase_patch(p_patch, p_hidden) end
$$;
comment on function governance_private.mask_patch(jsonb, text[]) is 'A patch with null in place of the values of hidden fields; * hides all.';

create function governance_private.hidden_reads(p_org_id text, p_entity_type text, p_reads text[], p_related jsonb) returns text[]
language sql stable security invoker set search_path = ''
as $$
  select governance_private.hidden_fields(p_entity_type, p_reads)
    || case when p_related is null or governance_private.may_see_all(p_org_id, p_related) then '{}'::text[] else '{*}' end
$$;
comment on function governance_private.hidden_reads(text, text, text[], jsonb) is 'Which of the fields that an issue shows the caller may not read; * for what is another record''s.';

-- With the rights of its owner, as audit_trail; so are those below.
create view governance.masked_issues with (security_barrier = true) as
select i.id, i.org_id, i.entity_type, i.record_key, case when h.fields = '{}' then i.record_label end as record_label, i.rule_key, i.rule_version, i.fields, i.severity,
       case when h.fields = '{}' then i.message else format('The rule "%s" objects; you may not read the values that it speaks of.', i.rule_key) end as message,
       case when '*' = any (h.fields) then '{}' else governance_private.mask_values(i.observed, h.fields) end as observed,
       governance_private.mask_patch(i.suggested_fix, h.fields) as suggested_fix, i.status, i.resolution, i.owner_user_id, i.due_date, i.first_seen_at, i.last_seen_at,
       i.occurrence_count, h.fields as masked
from governance.data_quality_issues i
cross join lateral (select governance_private.hidden_reads(i.org_id, i.entity_type, i.reads, i.related) as fields offset 0) h
where governance_private.is_instance_admin()
  or (i.org_id in (select governance_private.my_org_ids()) and governance_private.may_see(i.org_id, i.entity_type, i.record_key));
comment on view governance.masked_issues is 'The issues of the records that the caller may read; of what it may not read, that there is an issue, and no value. masked names the fields.';

create view governance.masked_fixes with (security_barrier = true) as
select f.id, f.org_id, f.entity_type, f.record_key, f.rule_key, f.rule_version, governance_private.mask_patch(f.patch, h.fields) as patch, f.cause, f.batch_id,
       f.applied_at, f.applied_by, f.reverted_at, f.reverted_by, h.fields as masked
from governance.fixes f
cross join lateral (select governance_private.hidden_fields(f.entity_type, governance_private.patch_fields(f.patch)) as fields offset 0) h
where governance_private.is_instance_admin()
  or (f.org_id in (select governance_private.my_org_ids()) and governance_private.may_see(f.org_id, f.entity_type, f.record_key));
comment on view governance.masked_fixes is 'The fixes of the records that the caller may read, with null for values that it may not read; masked names the fields.';

create view governance.masked_change_records with (security_barrier = true) as
select r.request_id, r.record_key, r.org_id, r.entity_type, governance_private.mask_patch(r.patch, h.fields) as patch, h.fields as masked
from governance.change_request_records r
cross join lateral (select governance_private.hidden_fields(r.entity_type, governance_private.patch_fields(r.patch)) as fields offset 0) h
where governance_private.is_instance_admin()
  or (r.org_id in (select governance_private.my_org_ids()) and governance_private.may_see(r.org_id, r.entity_type, r.record_key));
comment on view governance.masked_change_records is 'What is asked of records that the caller may read, with null for values that it may not read; masked names the fields.';

grant select on governance.masked_issues, governance.masked_fixes, governance.masked_change_records to authenticated, service_role;
grant execute on function governance_private.mask_patch(jsonb, text[]), governance_private.hidden_reads(text, text, text[], jsonb),
  governance_private.erase_patch(jsonb, text[]) to authenticated, service_role;
