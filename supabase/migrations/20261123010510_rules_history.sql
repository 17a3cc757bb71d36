-- What: the history of a rule in words, and restoring an earlier version.
-- Why: who changed what, when, must be readable by people who do not read JSON; and a mistake must be taken back in one step.
-- Breaks a running client: no.

create function governance_private.describe_value(p_value jsonb) returns text
language sql immutable security invoker set search_path = ''
as $$
  select case jsonb_typeof(p_value) when 'string' then case when length(p_value #>> '{}') > 120 then left(p_value #>> '{}', 117) || '…' else p_value #>> '{}' end
    when 'null' then 'nothing' when 'number' then p_value::text when 'boolean' then p_value::text else 'nothing' end
$$;

create function governance_private.describe_rule_changes(p_before jsonb, p_after jsonb, p_sentence_before text, p_sentence text) returns text[]
language sql stable security invoker set search_path = ''
as $$
  -- What differs between two definitions. What a condition is, its sentence says.
  with keys as (
    select k, coalesce(nullif(p_before -> k, 'null'), 'null') as was, coalesce(nullif(p_after -> k, 'null'), 'null') as became
    from (select jsonb_object_keys(p_before || p_after) as k) x
  ), changed as (
    select k, was, became, array_position(array['status', 'enforcement', 'timing', 'severity', 'condition', 'applies_when', 'message', 'fix'], k) as place
    from keys where was <> became
  )
  select coalesce(array_agg(line order by place nulls last, line), '{}') from (
    select place, case
        when jsonb_typeof(was) in ('object', 'array') or jsonb_typeof(became) in ('object', 'array') then null
        when was = 'null' then format('%s set to "%s"', replace(k, '_', ' '), governance_private.describe_value(became))
        when became = 'null' then format('%s "%s" removed', replace(k, '_', ' '), governance_private.describe_value(was))
        else format('%s changed from "%s" to "%s"', replace(k, '_', ' '), governance_private.describe_value(was), governance_private.describe_value(became)) end as line
    from changed
    union all
    select 5, case when p_sentence is not distinct from p_sentence_before
      then format('%s changed in what no sentence says', (select string_agg(replace(k, '_', ' '), ' and ' order by k) from changed where k in ('condition', 'applies_when', 'fix')))
      else format('it says now: %s It said: %s', p_sentence, coalesce(p_sentence_before, 'nothing')) end
    where exists (select from changed where k in ('condition', 'applies_when', 'fix'))) x
  where line is not null
$$;
comment on function governance_private.describe_rule_changes(jsonb, jsonb, text, text) is 'What changed between two versions of a rule, in words.';
grant execute on function governance_private.describe_value(jsonb), governance_private.describe_rule_changes(jsonb, jsonb, text, text) to authenticated, service_role;

create view governance.rule_history with (security_invoker = true) as
select v.rule_id, v.rule_key, v.org_id, v.version, v.changed_at, v.changed_by, v.changed_role, v.sentence,
       case when b.version is null then array['made'] else governance_private.describe_rule_changes(b.definition, v.definition, b.sentence, v.sentence) end as changes, v.definition, v.reason
from governance.data_quality_rule_versions v
left join governance.data_quality_rule_versions b on b.rule_id = v.rule_id and b.version = v.version - 1;
comment on view governance.rule_history is 'Every version of every rule: who made it, when, why where that was said, and what changed, in words.';
grant select on governance.rule_history to authenticated, service_role;

create function governance.restore_rule(p_rule_id uuid, p_version integer, p_expected_version integer default null) returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_then governance.data_quality_rules;
  v_now governance.data_quality_rules;
  v_version integer;
begin
  -- Invoker: who may change the rule may restore it, and the save checks it as any other.
  select * into v_now from governance.data_quality_rules r where r.id = p_rule_id;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such rule that you can see.');
  end if;
  perform governance_private.refuse_version(v_now, p_expected_version);
  select (jsonb_populate_record(v_now, v.definition)).* into v_then
  from governance.data_quality_rule_versions v where v.rule_id = p_rule_id and v.version = p_version;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('The rule "%s" has no version %s.', v_now.rule_key, p_version));
  end if;
  -- Back to what it was is no promotion; the history says that it was restored.
  perform governance_private.begin_rule_change(format('Version %s is restored.', p_version), true);
  update governance.data_quality_rules r
  set dimension = v_then.dimension, severity = v_then.severity, enforcement = v_then.enforcement, timing = v_then.timing, status = v_then.status,
      applies_when = v_then.applies_when, condition = v_then.condition, message = v_then.message, description = v_then.description, fix = v_then.fix,
      due_in = v_then.due_in, default_owner = v_then.default_owner
  where r.id = p_rule_id and r.version = coalesce(p_expected_version, r.version)
  returning r.version into v_version;
  perform governance_private.end_rule_change();
  if v_version is null then
    select * into v_now from governance.data_quality_rules r where r.id = p_rule_id;
    perform governance_private.refuse_version(v_now, p_expected_version);
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot change the rule "%s": that takes an admin of its organization.', v_now.rule_key));
  end if;
  return v_version;
end
$$;
comment on function governance.restore_rule(uuid, integer, integer) is 'Makes a rule what it was in an earlier version. That is a new version; nothing of the history is lost. p_expected_version: the present version that the caller has seen; another is refused.';
grant execute on function governance.restore_rule(uuid, integer, integer) to authenticated, service_role;
