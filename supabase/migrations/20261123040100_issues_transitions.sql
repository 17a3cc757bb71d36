-- What: the legal transitions of issues and the events they leave, whoever edits; opening the product's own issues.
-- Why: Studio's table editor must not be able to make an issue lie.
-- Breaks a running client: no.

create function governance_private.issue_reads(p_issue governance.data_quality_issues) returns text[]
-- plpgsql keeps its plan from one row to the next; a function in SQL would be planned for each issue.
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return array(select f from unnest(p_issue.reads || p_issue.fields || governance_private.patch_fields(coalesce(p_issue.suggested_fix, '[]'))) as f group by 1 order by 1);
end
$$;
comment on function governance_private.issue_reads(governance.data_quality_issues) is 'The fields that an issue shows: those of its rule, and those that it names itself.';

create function governance_private.keep_issue_legal() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: any editor passes here, also one who may not read what it calls.
  if tg_op = 'INSERT' then
    if new.status <> 'open' then
      perform governance_private.raise_error('PT422', 'transition-refused', format('You cannot make an issue that is "%s": an issue begins open.', new.status));
    end if;
    new.reads := governance_private.issue_reads(new);
    return new;
  end if;
  if (new.id, new.org_id, new.entity_type, new.record_key, new.rule_key, new.discriminator, new.first_seen_at)
     is distinct from (old.id, old.org_id, old.entity_type, old.record_key, old.rule_key, old.discriminator, old.first_seen_at) then
    perform governance_private.raise_error('PT422', 'transition-refused', 'You cannot change what an issue is about: rule, record and first day stay.');
  end if;
  new.updated_at := now();
  if (new.reads, new.fields, new.suggested_fix) is distinct from (old.reads, old.fields, old.suggested_fix) then
    new.reads := governance_private.issue_reads(new);
  end if;
  if (new.status, new.resolution, new.ignored_reason, new.ignored_until) is not distinct from (old.status, old.resolution, old.ignored_reason, old.ignored_until)
    or (new.status = 'open' and old.status = 'open') then
    return new;
  end if;
  if old.status = 'fixed' and new.status = 'ignored' then
    perform governance_private.raise_error('PT422', 'transition-refused', 'You cannot ignore an issue that is "fixed": reopen it first.');
  end if;
  if new.status = 'ignored' then
    if coalesce(btrim(new.ignored_reason), '') = '' then
      perform governance_private.raise_error('PT422', 'transition-refused', 'You cannot ignore an issue without a reason.',
        jsonb_build_object('field', 'ignored_reason'), 'Say in ignored_reason why it may stay as it is.');
    end if;
  else
    new.ignored_reason := null;
    new.ignored_until := null;
  end if;
  if new.status = 'open' then
    new.resolution := null;
    new.decided_by := null;
    new.decided_at := null;
  else
    if new.status = 'fixed' and (new.resolution is null or (old.status <> 'fixed' and new.resolution is not distinct from old.resolution)) then
      new.resolution := 'fixed_by_person';
    end if;
    new.decided_by := auth.uid();
    new.decided_at := now();
  end if;
  return new;
end
$$;

create function governance_private.record_new_issues() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into governance.data_quality_issue_events (issue_id, kind, actor, db_role, details, reads, related)
  select n.id, 'opened', auth.uid(), governance_private.writer_role(), jsonb_build_object('message', n.message, 'rule_version', n.rule_version), n.reads, n.related
  from new_issues n order by n.id;
  return null;
end
$$;

create function governance_private.record_issue_changes() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into governance.data_quality_issue_events (issue_id, kind, actor, db_role, details, reads, related)
  select n.id, x.kind, auth.uid(), governance_private.writer_role(), jsonb_strip_nulls(x.details),
         case when x.details ? 'message' then n.reads else '{}' end, case when x.details ? 'message' then n.related end
  from new_issues n join old_issues o using (id)
  cross join lateral (
    select case n.status when 'open' then 'reopened' else n.status end as kind,
           jsonb_build_object('from', o.status, 'resolution', n.resolution, 'reason', n.ignored_reason, 'until', n.ignored_until, 'message', n.message) as details
    where n.status <> o.status or (n.status <> 'open'
      and (n.resolution, n.ignored_reason, n.ignored_until) is distinct from (o.resolution, o.ignored_reason, o.ignored_until))
    union all
    select 'assigned', jsonb_build_object('from', o.owner_user_id, 'to', n.owner_user_id) where n.owner_user_id is distinct from o.owner_user_id
    union all
    select 'rescheduled', jsonb_build_object('from', o.due_date, 'to', n.due_date) where n.due_date is distinct from o.due_date and n.status = o.status
  ) x
  order by n.id;
  return null;
end
$$;

create trigger _100_keep_legal before insert or update on governance.data_quality_issues
  for each row execute function governance_private.keep_issue_legal();
create trigger _500_record_insert after insert on governance.data_quality_issues
  referencing new table as new_issues for each statement execute function governance_private.record_new_issues();
create trigger _500_record_update after update on governance.data_quality_issues
  referencing old table as old_issues new table as new_issues for each statement execute function governance_private.record_issue_changes();

create function governance_private.due_after(p_severity text, p_due_in interval) returns interval
language sql immutable security invoker
return coalesce(p_due_in, case p_severity when 'critical' then interval '1 day' when 'high' then interval '3 days'
  when 'medium' then interval '7 days' else interval '30 days' end);

create function governance_private.open_system_issue(
  p_rule_key text, p_org_id text, p_entity_type text, p_record_key text, p_severity text, p_message text, p_discriminator text default ''
) returns void
language sql volatile security invoker set search_path = ''
as $$
  insert into governance.data_quality_issues as i (org_id, entity_type, record_key, rule_key, discriminator, severity, message, reads, due_date)
  -- Of a record its message can quote any value.
  values (coalesce(p_org_id, ''), p_entity_type, p_record_key, p_rule_key, p_discriminator, p_severity, p_message,
    case when p_record_key = '' then '{}' else array['*'] end, now() + governance_private.due_after(p_severity, null))
  on conflict on constraint one_issue_per_fingerprint do update
    set message = excluded.message, severity = excluded.severity, last_seen_at = now(), occurrence_count = i.occurrence_count + 1,
        status = 'open', resolution = null, due_date = case when i.status = 'fixed' then excluded.due_date else i.due_date end
$$;
comment on function governance_private.open_system_issue(text, text, text, text, text, text, text) is 'Opens or refreshes an issue of the product''s own checks (rule keys system-…).';

create function governance_private.rule_holds(p_rule_key text, p_org_id text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- An organization's own row stands in for the shared one, whatever its status.
  select exists (
    select from governance.data_quality_rules r
    where r.rule_key = p_rule_key and r.status = 'active'
      and r.org_id is not distinct from (select o.org_id from governance.data_quality_rules o where o.rule_key = p_rule_key and o.org_id = p_org_id))
$$;
comment on function governance_private.rule_holds(text, text) is 'Whether an active rule of this key holds for an organization.';

create function governance_private.close_retired_issues(p_rule_keys text[]) returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_closed integer;
begin
  -- A rule that no longer runs for an organization takes its open issues there with it.
  update governance.data_quality_issues i set status = 'fixed', resolution = 'rule_retired'
  where i.rule_key = any (p_rule_keys) and (i.status = 'open' or (i.status = 'ignored' and i.resolution is null))
    and (i.rule_key, i.org_id) in (
      select d.rule_key, d.org_id from (select distinct x.rule_key, x.org_id from governance.data_quality_issues x where x.rule_key = any (p_rule_keys)) d
      where not governance_private.rule_holds(d.rule_key, d.org_id));
  get diagnostics v_closed = row_count;
  delete from governance.further_violations f using governance.data_quality_rules r
  where r.rule_key = any (p_rule_keys) and f.rule_id = r.id and r.status <> 'active';
  return v_closed;
end
$$;

create function governance_private.wake_issues() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_woken integer;
  v_rule_keys text[];
begin
  -- Definer: run by schedule. Only what nobody has decided, or what will not be fixed for now, wakes.
  with woken as (
    update governance.data_quality_issues i set status = 'open', resolution = null
    where i.status = 'ignored' and i.ignored_until <= now() and coalesce(i.resolution, 'wont_fix') = 'wont_fix'
    returning i.rule_key
  )
  select count(*), array_agg(distinct w.rule_key) filter (where w.rule_key not like 'system-%') into v_woken, v_rule_keys from woken w;
  -- Of a rule that was retired meanwhile nothing is left to do.
  perform governance_private.close_retired_issues(v_rule_keys);
  return v_woken;
end
$$;
comment on function governance_private.wake_issues() is 'Reopens ignored issues whose date has passed.';
