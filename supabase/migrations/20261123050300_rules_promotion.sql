-- What: promotion on evidence, with a reason where there is none; proposals to retire noisy, silent and redundant rules.
-- Why: what bites people must have shown that it is right, and what nobody believes must not stay for ever.
-- Breaks a running client: no.

create table governance_private.rule_change_notes (
  transaction_id xid8 primary key default pg_current_xact_id(),
  reason text,
  is_forced boolean not null default false,
  is_import boolean not null default false
);
alter table governance_private.rule_change_notes enable row level security;
comment on table governance_private.rule_change_notes is
  'Why the present transaction changes a rule, and whether somebody insists. A private row keyed by transaction: a session setting could be set by anybody.';

create function governance_private.begin_rule_change(p_reason text, p_is_forced boolean) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: notes are private; only the functions that save and promote call it.
  insert into governance_private.rule_change_notes (reason, is_forced) values (nullif(btrim(p_reason), ''), p_is_forced)
  on conflict (transaction_id) do update set reason = excluded.reason, is_forced = excluded.is_forced
$$;

create function governance_private.end_rule_change() returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: as begin_rule_change.
  delete from governance_private.rule_change_notes n where n.transaction_id = pg_current_xact_id_if_assigned()
$$;

create function governance_private.rule_change_note() returns governance_private.rule_change_notes
language sql stable security invoker set search_path = ''
as $$
  select n from governance_private.rule_change_notes n where n.transaction_id = pg_current_xact_id_if_assigned()
$$;

create function governance_private.block_evidence(p_rule governance.data_quality_rules, p_settings governance_private.evidence_settings) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_health governance_private.rule_health_row;
  v_faults jsonb;
  v_missing jsonb := '[]';
begin
  select * into v_health from governance_private.rule_health_rows(p_rule.org_id, p_rule.id);
  p_rule.enforcement := 'block';
  p_rule.timing := 'write';
  v_faults := (governance_private.compile_rule(p_rule)).faults;
  if v_faults <> '[]' then
    v_missing := v_missing || jsonb_build_array((select string_agg(f ->> 'message', '; ') from jsonb_array_elements(v_faults) as f));
  end if;
  if coalesce(v_health.decided, 0) < p_settings.min_decided then
    v_missing := v_missing || jsonb_build_array(format('%s of its violations are decided, and %s are needed', coalesce(v_health.decided, 0), p_settings.min_decided));
  end if;
  if coalesce(v_health.precision_low, 0) < p_settings.min_precision then
    v_missing := v_missing || jsonb_build_array(format('its precision is at least %s, and %s is needed', coalesce(v_health.precision_low, 0), p_settings.min_precision));
  end if;
  return jsonb_build_object('missing', v_missing, 'can_run', v_faults = '[]', 'decided', coalesce(v_health.decided, 0), 'false_alarms', coalesce(v_health.false_alarms, 0), 'precision', v_health.precision,
    'precision_low', v_health.precision_low, 'precision_high', v_health.precision_high);
end
$$;

create function governance_private.shadow_evidence(p_rule governance.data_quality_rules, p_settings governance_private.evidence_settings) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_since timestamptz;
  v_hits bigint;
  v_writes bigint;
  v_days numeric;
  v_missing jsonb := '[]';
begin
  -- Since it says what it says, in shadow.
  select min(v.changed_at) into v_since from governance.data_quality_rule_versions v
  where v.rule_id = p_rule.id and p_rule.status = 'shadow' and v.version > coalesce((
    select max(b.version) from governance.data_quality_rule_versions b
    where b.rule_id = p_rule.id and (b.definition ->> 'status' <> 'shadow' or (b.definition -> 'condition', b.definition -> 'applies_when')
      is distinct from (coalesce(p_rule.condition, 'null'), coalesce(p_rule.applies_when, 'null')))), 0);
  v_days := round(coalesce(extract(epoch from now() - v_since) / 86400, 0)::numeric, 1);
  select coalesce(sum(t.hits), 0) into v_hits from governance.shadow_tallies t
  where t.rule_id = p_rule.id and t.day >= (v_since at time zone 'UTC')::date and t.source <> 'sweep' and (p_rule.org_id is null or t.org_id = p_rule.org_id);
  select count(*) into v_writes from governance.audit_events e
  where e.entity_type = p_rule.entity_type and e.operation in ('insert', 'update') and e.occurred_at >= v_since and (p_rule.org_id is null or e.org_id = p_rule.org_id);
  if v_since is null then
    v_missing := v_missing || '["it has not been in shadow"]';
  elsif v_days < p_settings.shadow_days then
    v_missing := v_missing || jsonb_build_array(format('it has been in shadow for %s days, and %s are needed', v_days, p_settings.shadow_days));
  end if;
  if v_since is not null and v_writes = 0 then
    v_missing := v_missing || '["nothing was written meanwhile"]';
  elsif v_hits > v_writes * p_settings.shadow_max_share then
    v_missing := v_missing || jsonb_build_array(format('it objected to %s of %s writes, and at most a share of %s is allowed', v_hits, v_writes, p_settings.shadow_max_share));
  end if;
  return jsonb_build_object('missing', v_missing, 'can_run', true, 'in_shadow_since', v_since, 'days', v_days, 'hits', v_hits, 'writes', v_writes, 'share', round(v_hits::numeric / nullif(v_writes, 0), 4));
end
$$;

create function governance_private.evidence_for(p_rule governance.data_quality_rules, p_to text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_settings governance_private.evidence_settings;
  v_found jsonb;
begin
  select * into strict v_settings from governance_private.evidence_settings;
  v_found := case p_to when 'block' then governance_private.block_evidence(p_rule, v_settings) else governance_private.shadow_evidence(p_rule, v_settings) end;
  return jsonb_build_object('rule_key', p_rule.rule_key, 'to', p_to, 'is_offered', v_found -> 'missing' = '[]') || v_found;
end
$$;
comment on function governance_private.evidence_for(governance.data_quality_rules, text) is 'What speaks for promoting a rule to block, or from shadow to active, and what is missing.';

create function governance_private.promotion_evidence(p_rule_id uuid, p_to text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
begin
  -- Definer: as rule_health.
  select * into v_rule from governance.data_quality_rules r where r.id = p_rule_id
    and (governance_private.is_instance_admin() or r.org_id is null or r.org_id in (select governance_private.my_org_ids()));
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such rule that you can see.');
  elsif v_rule.org_id is null then
    perform governance_private.require_instance_admin('see the evidence for a rule of all organizations');
  else
    perform governance_private.require_role(v_rule.org_id, 'steward', 'see the evidence for a rule');
  end if;
  return governance_private.evidence_for(v_rule, coalesce(p_to, case when v_rule.status = 'active' and v_rule.enforcement = 'issue' then 'block' else 'active' end));
end
$$;

create function governance.promotion_evidence(p_rule_id uuid, p_to text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.promotion_evidence(p_rule_id, p_to)
$$;
comment on function governance.promotion_evidence(uuid, text) is 'Whether a rule is offered its next step (to block, or from shadow to active), on what figures, and what is missing. For stewards.';

create function governance_private.check_promotion(p_old governance.data_quality_rules, p_new governance.data_quality_rules) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_to text := case when p_old.status = 'shadow' and p_new.status = 'active' then 'active'
    when p_old.status = 'active' and p_new.status = 'active' and p_old.enforcement = 'issue' and p_new.enforcement = 'block' then 'block' end;
  v_evidence jsonb;
begin
  -- Called when a rule is saved. Instance administrators answer for themselves; who promotes with a reason has given it; and back to what it
  -- was before it was shadowed is no promotion.
  if v_to is null or governance_private.is_instance_admin() or (governance_private.rule_change_note()).is_forced
    or (v_to = 'active' and governance_private.was_active(p_new)) then
    return;
  end if;
  v_evidence := governance_private.evidence_for(p_old, v_to);
  if not (v_evidence ->> 'is_offered')::boolean then
    perform governance_private.raise_error('PT409', 'evidence-missing', format('The rule "%s" cannot go to "%s" yet: %s.', p_old.rule_key, v_to,
      (select string_agg(m, '; ') from jsonb_array_elements_text(v_evidence -> 'missing') as m)), v_evidence,
      'Wait for the evidence, or call governance.promote_rule with a reason, which stays in the rule''s history.');
  end if;
end
$$;

create function governance_private.refuse_demotion(p_old governance.data_quality_rules, p_new governance.data_quality_rules) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Called when a rule is saved. A key that nobody is signed in with is no person; whoever is on the database itself is one.
  if p_old.severity = 'critical' and p_old.status = 'active' and auth.uid() is null and governance_private.writer_role() = 'service_role'
    and (p_new.status <> 'active' or p_new.severity <> 'critical' or (p_old.enforcement = 'block' and p_new.enforcement <> 'block')) then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot demote the critical rule "%s" without a person who is signed in.', p_old.rule_key));
  end if;
end
$$;
comment on function governance_private.refuse_demotion(governance.data_quality_rules, governance.data_quality_rules) is 'Refuses what takes a critical rule out of force, or makes it less than critical, unless a person does it.';

create function governance_private.was_active(p_rule governance.data_quality_rules) returns boolean
language sql stable security definer set search_path = ''
as $$
  -- Definer: reads the history of a rule for whoever promotes it. One that was active and only shadowed, judging what it judged, goes back.
  select coalesce((
    select v.definition ->> 'status' = 'active' and (v.definition -> 'condition', v.definition -> 'applies_when', v.definition ->> 'enforcement')
      is not distinct from (coalesce(p_rule.condition, 'null'), coalesce(p_rule.applies_when, 'null'), p_rule.enforcement)
    from governance.data_quality_rule_versions v
    where v.rule_id = p_rule.id and v.definition ->> 'status' <> 'shadow' order by v.version desc limit 1), false)
$$;
grant execute on function governance_private.was_active(governance.data_quality_rules) to authenticated, service_role;

create function governance.promote_rule(p_rule_id uuid, p_to text, p_reason text default null, p_expected_version integer default null) returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
  v_evidence jsonb;
  v_version integer;
begin
  -- Invoker: who may change the rule may promote it; saving checks it as any other change.
  select * into v_rule from governance.data_quality_rules r where r.id = p_rule_id;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such rule that you can see.');
  elsif coalesce(p_to, '') not in ('shadow', 'active', 'block', 'issue', 'deprecated') then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A rule goes to "shadow", "active", "block", "issue" or "deprecated".', jsonb_build_object('field', 'p_to'));
  elsif v_rule.severity = 'critical' and auth.uid() is null and v_rule.status = 'active' and p_to in ('shadow', 'issue', 'deprecated') then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot demote the critical rule "%s" without a person who is signed in.', v_rule.rule_key));
  end if;
  perform governance_private.refuse_version(v_rule, p_expected_version);
  if p_to = 'block' or (p_to = 'active' and v_rule.status = 'shadow' and not governance_private.was_active(v_rule)) then
    v_evidence := governance_private.promotion_evidence(p_rule_id, p_to);
    if not (v_evidence ->> 'is_offered')::boolean and coalesce(btrim(p_reason), '') = '' then
      perform governance_private.raise_error('PT409', 'evidence-missing', format('The rule "%s" cannot go to "%s" yet: %s.', v_rule.rule_key, p_to,
        (select string_agg(m, '; ') from jsonb_array_elements_text(v_evidence -> 'missing') as m)), v_evidence, 'Wait for the evidence, or insist with a reason.');
    end if;
  end if;
  perform governance_private.begin_rule_change(p_reason, coalesce(btrim(p_reason), '') <> '');
  update governance.data_quality_rules r
  set status = case when p_to in ('shadow', 'active', 'deprecated') then p_to else r.status end,
      enforcement = case when p_to in ('block', 'issue') then p_to else r.enforcement end,
      timing = case p_to when 'block' then 'write' else r.timing end
  where r.id = p_rule_id and r.version = coalesce(p_expected_version, r.version) returning r.version into v_version;
  perform governance_private.end_rule_change();
  if v_version is null then
    select * into v_rule from governance.data_quality_rules r where r.id = p_rule_id;
    perform governance_private.refuse_version(v_rule, p_expected_version);
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot change the rule "%s": that takes an admin of its organization.', v_rule.rule_key));
  end if;
  return v_version;
end
$$;
comment on function governance.promote_rule(uuid, text, text, integer) is
  'Takes a rule a step on, to shadow, active, block, issue or deprecated. From shadow to active and to block on evidence, or with a reason, which stays in its history. p_expected_version: the version that the caller has seen; another is refused. For admins. Returns the new version.';
grant execute on function governance.promotion_evidence(uuid, text), governance_private.promotion_evidence(uuid, text), governance.promote_rule(uuid, text, text, integer),
  governance_private.begin_rule_change(text, boolean), governance_private.end_rule_change() to authenticated, service_role;

create function governance_private.judged_records(p_entity_type text, p_since timestamptz) returns bigint
language sql stable security invoker set search_path = ''
as $$
  select coalesce((select sum((r.counts ->> 'records')::bigint) from governance.runs r where r.job = 'sweep' and r.entity_type = p_entity_type and r.finished_at >= p_since), 0)::bigint
    + (select count(*) from governance.audit_events e where e.entity_type = p_entity_type and e.occurred_at >= p_since and e.operation in ('insert', 'update'))
$$;
comment on function governance_private.judged_records(text, timestamptz) is 'How many records of an entity were judged since then, by sweeps and after changes.';

create function governance_private.retirement_proposals() returns table (rule_id uuid, problem text, message text)
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  s governance_private.evidence_settings;
begin
  select * into strict s from governance_private.evidence_settings;
  return query
    with health as (
      select h.*, r.created_at, coalesce(h.decided >= s.noisy_decided and h.precision_high < s.noisy_precision, false) as is_noisy
      from governance_private.rule_health_rows(null) h join governance.data_quality_rules r on r.id = h.rule_id
      where h.status = 'active' and h.suspended_reason is null
    ), entities as (
      select e.entity_type, governance_private.judged_records(e.entity_type, now() - make_interval(days => s.silent_days)) as judged
      from (select distinct h.entity_type from health h) e
    ), twins as (
      -- Of two that say the same of the same fields the later one goes; one whose records another covers goes, unless it weighs more.
      select distinct on (a.rule_id) a.rule_id, b.rule_key as other, round(100.0 * o.shared / o.records) as percent
      from governance_private.rule_overlaps(null) o join health a on a.rule_id = o.rule_id join health b on b.rule_id = o.other_id
      left join governance_private.rule_overlaps(null) back on back.rule_id = o.other_id and back.other_id = o.rule_id
      where o.records >= s.redundant_records and o.shared >= o.records * s.redundant_share and not b.is_noisy and a.org_id is not distinct from b.org_id
        and governance_private.judges_same_fields(a.rule_id, b.rule_id)
        and governance_private.severity_rank(a.severity) >= governance_private.severity_rank(b.severity)
        and (coalesce(back.shared < back.records * s.redundant_share, true) or governance_private.severity_rank(a.severity) > governance_private.severity_rank(b.severity)
          or (a.created_at, a.rule_id) > (b.created_at, b.rule_id))
      order by a.rule_id, o.shared desc
    )
    select h.rule_id, 'noisy', format('The rule "%s" is noisy: of %s decided violations %s were false alarms, so that at most %s %% are right.',
      h.rule_key, h.decided, h.false_alarms, round(100 * h.precision_high)) from health h where h.is_noisy
    union all
    select h.rule_id, 'silent', format('The rule "%s" has not fired for %s days, while %s records were judged.', h.rule_key, s.silent_days, e.judged)
    from health h join entities e using (entity_type)
    where e.judged >= s.silent_records and h.refused_at_most = 0 and h.active_since < now() - make_interval(days => s.silent_days)
      and coalesce(h.last_fired_at < now() - make_interval(days => s.silent_days), true)
    union all
    select h.rule_id, 'redundant', format('The rule "%s" says what "%s" says, too: on %s %% of its records.', h.rule_key, t.other, t.percent)
    from health h join twins t using (rule_id) where not h.is_noisy;
end
$$;
comment on function governance_private.retirement_proposals() is 'The active rules that are noisy, silent or redundant, with the figures.';

create function governance_private.judges_same_fields(p_rule_id uuid, p_other_id uuid) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select exists (
    select from governance.data_quality_rules a, governance.data_quality_rules b,
      jsonb_path_query(jsonb_build_array(a.condition, a.fix), '$.**.field') as x, jsonb_path_query(jsonb_build_array(b.condition, b.fix), '$.**.field') as y
    where a.id = p_rule_id and b.id = p_other_id and x = y)
$$;

create function governance_private.propose_retirements() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_proposals jsonb;
begin
  -- Definer: run by schedule. It proposes and changes no rule; a proposal that was ignored stays so.
  select coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('key', 'system-rule-' || p.problem, 'rule_key', r.rule_key, 'org', coalesce(r.org_id, ''), 'entity_type', r.entity_type,
    'message', p.message || case when r.severity = 'critical' then ' It is critical: only a person may retire it.' else ' Correct it, or deprecate it.' end)), '[]') into v_proposals
  from governance_private.retirement_proposals() p join governance.data_quality_rules r on r.id = p.rule_id;
  insert into governance.data_quality_issues as i (org_id, entity_type, rule_key, discriminator, severity, message, due_date)
  select p ->> 'org', p ->> 'entity_type', p ->> 'key', p ->> 'rule_key', 'low', p ->> 'message', now() + governance_private.due_after('low', null)
  from jsonb_array_elements(v_proposals) as p
  on conflict on constraint one_issue_per_fingerprint do update
    set message = excluded.message, last_seen_at = now(), status = 'open', resolution = null, due_date = case when i.status = 'fixed' then excluded.due_date else i.due_date end
    where i.status = 'fixed' or (i.status = 'open' and i.message <> excluded.message);
  update governance.data_quality_issues i
  set status = 'fixed', resolution = case when exists (
      select from governance.data_quality_rules r where r.rule_key = i.discriminator and coalesce(r.org_id, '') = i.org_id and r.status = 'active') then 'data_changed' else 'rule_retired' end
  where i.rule_key in ('system-rule-noisy', 'system-rule-silent', 'system-rule-redundant') and i.status = 'open' and not exists (
    select from jsonb_array_elements(v_proposals) as p where p ->> 'key' = i.rule_key and p ->> 'rule_key' = i.discriminator and p ->> 'org' = i.org_id);
  return jsonb_array_length(v_proposals);
end
$$;
comment on function governance_private.propose_retirements() is
  'Opens an issue on each rule that is noisy, silent or redundant, for the stewards of its organization (instance administrators, when it is of all), and closes those that are so no more.';

create function governance_private.review_rules() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: run by schedule.
  perform governance_private.measure_rule_costs(e.entity_type) from governance.entities e
  where e.paused_at is null and governance_private.table_signature(e.entity_type) is not null;
  delete from governance_private.rule_costs c where not exists (select from governance.data_quality_rules r where r.id = c.rule_id);
  return governance_private.propose_retirements();
end
$$;
comment on function governance_private.review_rules() is 'By night: what rules cost is measured, and which should be retired is proposed.';
