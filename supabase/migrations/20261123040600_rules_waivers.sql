-- What: waivers: what a rule does not hold for, why, until when, and who said so.
-- Why: an exception that is written down, audited and ends by itself is better than a rule that is switched off.
-- Breaks a running client: no.

create table governance.waivers (
  id uuid primary key default gen_random_uuid(),
  org_id text not null references governance.organizations on delete cascade,
  rule_key text not null,
  entity_type text not null,
  scope text not null check (scope in ('record', 'rule', 'source', 'actor', 'organization')),
  record_key text,
  source_key text,
  actor uuid,
  reason text not null check (length(btrim(reason)) between 1 and 1000),
  granted_by uuid default auth.uid(),
  granted_role text not null default governance_private.writer_role(),
  granted_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by uuid,
  revoked_reason text,
  ended_at timestamptz,
  constraint a_waiver_is_of_its_scope check (
    (record_key is not null) = (scope = 'record') and (source_key is not null) = (scope = 'source') and (actor is not null) = (scope = 'actor')),
  constraint a_waiver_ends_after_it_begins check (expires_at > granted_at and isfinite(expires_at))
);
create index waivers_in_force_idx on governance.waivers (org_id, rule_key) where revoked_at is null;
create index waivers_entity_idx on governance.waivers (entity_type, expires_at);
create index waivers_ending_idx on governance.waivers (expires_at) where ended_at is null;
comment on table governance.waivers is 'What a rule does not hold for. Of a record, or of the whole rule: everywhere. Of a source, an actor, the organization: a block does not refuse its writes, and an issue is opened instead.';
comment on column governance.waivers.source_key is 'The source as audit events name it: a system that is bound to its role, user or key, else person or sql.';
comment on column governance.waivers.expires_at is 'From then on the rule holds again, at once.';
comment on column governance.waivers.ended_at is 'When the records that it covered were queued to be judged again.';
alter table governance.waivers enable row level security;
create policy "Members see the waivers of their organization" on governance.waivers for select to authenticated
  using (org_id in (select governance_private.my_org_ids())
    and (scope <> 'record' or governance_private.may_see(org_id, entity_type, record_key)));
grant select on governance.waivers to authenticated, service_role;

create function governance_private.audit_waivers() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: audit is append-only for everybody, and has what Studio changes as well.
  insert into governance.audit_events (org_id, entity_type, record_key, operation, before, after, actor, db_role, source, reason, request_id)
  values (coalesce(new.org_id, old.org_id), 'governance_waiver', coalesce(new.id, old.id)::text, lower(tg_op),
    case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end,
    auth.uid(), governance_private.writer_role(), governance_private.writer_source(coalesce(new.org_id, old.org_id)),
    coalesce(new.reason, old.reason), (select w.request_id from governance_private.writers w));
  return null;
end
$$;
create trigger _500_audit after insert or update or delete on governance.waivers
  for each row execute function governance_private.audit_waivers();

create function governance_private.is_waived(p_org_id text, p_rule_key text, p_record_key text, p_at timestamptz default null) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select exists (select from governance.waivers w
    where w.org_id = p_org_id and w.rule_key = p_rule_key and (w.scope = 'rule' or (w.scope = 'record' and w.record_key = p_record_key))
      and w.expires_at > coalesce(p_at, now())
      and case when p_at is null then w.revoked_at is null else w.granted_at <= p_at and coalesce(w.revoked_at > p_at, true) end)
$$;
comment on function governance_private.is_waived(text, text, text, timestamptz) is 'Whether a waiver that binds every execution covers a record, now or at a moment.';

create function governance_private.waived_at_write_sql(p_rule_key text, p_org_sql text, p_key_sql text) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- SQL text over a replayed write s: a waiver that was in force then would have let it pass.
  select format($sql$exists (select from governance.waivers w where w.org_id = %s and w.rule_key = %L
    and w.granted_at <= s.occurred_at and w.expires_at > s.occurred_at and coalesce(w.revoked_at > s.occurred_at, true)
    and (w.scope in ('rule', 'organization') or (w.scope = 'record' and w.record_key = %s) or (w.scope = 'source' and w.source_key = s.source) or (w.scope = 'actor' and w.actor = s.actor)))$sql$,
    p_org_sql, p_rule_key, p_key_sql)
$$;

create function governance_private.add_waived(p_entity_type text, p_records jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Most entities have none: then nothing is put together anew.
  if not exists (select from governance.waivers w where w.entity_type = p_entity_type and w.expires_at > now() and w.revoked_at is null and w.scope in ('rule', 'record')) then
    return p_records;
  end if;
  return (
    select coalesce(jsonb_agg(r || jsonb_build_object('waived', coalesce((
      select jsonb_agg(d.id) from governance.data_quality_rules d
      where d.entity_type = p_entity_type and governance_private.is_waived(r ->> 'org_id', d.rule_key, r ->> 'key')), '[]')) order by n), '[]')
    from jsonb_array_elements(p_records) with ordinality as x(r, n));
end
$$;
comment on function governance_private.add_waived(text, jsonb) is 'Records as evaluate gets them, each with the rules that are waived for it.';

create function governance_private.without_waived(p_violations jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- p_violations: as open_issues takes them. A waiver may have been granted since they were judged.
  if not exists (select from governance.waivers w where w.expires_at > now() and w.revoked_at is null and w.scope in ('rule', 'record')) then
    return p_violations;
  end if;
  return (
    select coalesce(jsonb_agg(v order by n), '[]') from jsonb_array_elements(p_violations) with ordinality as x(v, n)
    where not exists (
      select from governance.data_quality_rules r
      where r.id = (v ->> 'rule_id')::uuid and governance_private.is_waived(v ->> 'org_id', r.rule_key, v ->> 'key')));
end
$$;

create function governance_private.judge_waived_again(p_waiver governance.waivers) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Also what a source or an actor wrote has issues by now: only what was binding everywhere was never judged.
  if not exists (select from governance.entities e where e.entity_type = p_waiver.entity_type) then
    return;
  elsif p_waiver.scope = 'record' then
    perform governance_private.queue_record(p_waiver.org_id, p_waiver.entity_type, p_waiver.record_key);
  elsif p_waiver.scope = 'rule' then
    perform governance_private.queue_sweep(p_waiver.entity_type, 'a waiver ended');
  end if;
end
$$;

create function governance_private.check_waiver(p_org_id text, p_rule_key text, p_scope text, p_reason text, p_expires_at timestamptz) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity text;
begin
  -- Returns the entity of the rule.
  select r.entity_type into v_entity from governance.data_quality_rules r
  where r.rule_key = p_rule_key and (r.org_id is null or r.org_id = p_org_id) limit 1;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no rule "%s" that holds for this organization.', p_rule_key), jsonb_build_object('field', 'p_rule_key'));
  elsif coalesce(p_scope, '') not in ('record', 'rule', 'source', 'actor', 'organization') then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A waiver is for a "record", a "rule", a "source", an "actor" or an "organization".', jsonb_build_object('field', 'p_scope'));
  elsif coalesce(btrim(p_reason), '') = '' or length(p_reason) > 1000 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A waiver says why, in at most 1,000 characters.', jsonb_build_object('field', 'p_reason'));
  elsif p_expires_at is null or p_expires_at <= now() or not isfinite(p_expires_at) then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A waiver ends, and not before now.', jsonb_build_object('field', 'p_expires_at'));
  end if;
  return v_entity;
end
$$;

create function governance_private.grant_waiver(p_org_id text, p_rule_key text, p_scope text, p_reason text, p_expires_at timestamptz, p_value text) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_entity text;
  v_id uuid;
begin
  -- Definer: waivers are written by nobody but through here.
  perform governance_private.require_role(p_org_id, 'steward', 'grant a waiver');
  v_entity := governance_private.check_waiver(p_org_id, p_rule_key, p_scope, p_reason, p_expires_at);
  if p_scope in ('record', 'source', 'actor') and coalesce(p_value, '') = '' then
    perform governance_private.raise_error('PT422', 'invalid-value', format('Say for which %s.', p_scope), jsonb_build_object('field', 'p_' || p_scope));
  end if;
  -- Of a critical rule a key that nobody is signed in with waives single records and no more.
  perform governance_private.refuse_demotion(r, jsonb_populate_record(r, '{"status": "deprecated"}')) from governance.data_quality_rules r
  where p_scope <> 'record' and r.rule_key = p_rule_key and (r.org_id = p_org_id or (r.org_id is null and not exists (
    select from governance.data_quality_rules o where o.rule_key = p_rule_key and o.org_id = p_org_id)));
  insert into governance.waivers (org_id, rule_key, entity_type, scope, record_key, source_key, actor, reason, expires_at)
  values (p_org_id, p_rule_key, v_entity, p_scope, case p_scope when 'record' then p_value end, case p_scope when 'source' then p_value end,
    case p_scope when 'actor' then p_value::uuid end, btrim(p_reason), p_expires_at)
  returning id into v_id;
  if p_scope in ('record', 'rule') then
    update governance.data_quality_issues i set status = 'fixed', resolution = 'not_applicable'
    where i.org_id = p_org_id and i.rule_key = p_rule_key and (p_scope = 'rule' or i.record_key = p_value)
      and (i.status = 'open' or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix'));
  end if;
  return v_id;
end
$$;

create function governance.grant_waiver(p_org_id text, p_rule_key text, p_scope text, p_reason text, p_expires_at timestamptz,
  p_record_key text default null, p_source text default null, p_actor uuid default null) returns uuid
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_other text := case when p_record_key is not null and p_scope <> 'record' then 'p_record_key' when p_source is not null and p_scope <> 'source' then 'p_source'
    when p_actor is not null and p_scope <> 'actor' then 'p_actor' end;
begin
  -- Who names a record and exempts the whole rule means one of the two.
  if v_other is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('%s does not go with the scope "%s".', v_other, p_scope), jsonb_build_object('field', v_other));
  end if;
  return governance_private.grant_waiver(p_org_id, p_rule_key, p_scope, p_reason, p_expires_at,
    case p_scope when 'record' then p_record_key when 'source' then p_source when 'actor' then p_actor::text end);
end
$$;
comment on function governance.grant_waiver(text, text, text, text, timestamptz, text, text, uuid) is
  'Exempts a record or everything (scope record, rule: everywhere), or the writes of a source, an actor or the organization (their blocked writes pass and become issues) from a rule until a moment, with a reason. For stewards. Returns the waiver.';

create function governance_private.revoke_waiver(p_waiver_id uuid, p_reason text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_waiver governance.waivers;
begin
  -- Definer: as grant_waiver. One of an organization that the caller does not belong to does not exist for it.
  select * into v_waiver from governance.waivers w where w.id = p_waiver_id
    and (governance_private.is_instance_admin() or w.org_id in (select governance_private.my_org_ids())) for update;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such waiver that you can see.');
  end if;
  perform governance_private.require_role(v_waiver.org_id, 'steward', 'revoke a waiver');
  if coalesce(btrim(p_reason), '') = '' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Say why the waiver is revoked.', jsonb_build_object('field', 'p_reason'));
  elsif v_waiver.revoked_at is not null or v_waiver.expires_at <= now() then
    perform governance_private.raise_error('PT409', 'stale', 'The waiver has ended already.');
  end if;
  update governance.waivers w set revoked_at = now(), revoked_by = auth.uid(), revoked_reason = btrim(p_reason), ended_at = now() where w.id = p_waiver_id;
  perform governance_private.judge_waived_again(v_waiver);
end
$$;

create function governance.revoke_waiver(p_waiver_id uuid, p_reason text) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.revoke_waiver(p_waiver_id, p_reason)
$$;
comment on function governance.revoke_waiver(uuid, text) is 'Ends a waiver before its time, with a reason; the rule holds again at once. For stewards.';

create function governance_private.end_waivers() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_waiver governance.waivers;
  v_ended integer := 0;
begin
  -- Definer: run by schedule. The rule holds since the moment itself; this has judged what nobody writes.
  for v_waiver in
    update governance.waivers w set ended_at = now() where w.ended_at is null and w.expires_at <= now() returning w.*
  loop
    perform governance_private.judge_waived_again(v_waiver);
    v_ended := v_ended + 1;
  end loop;
  return v_ended;
end
$$;
comment on function governance_private.end_waivers() is 'Queues what expired waivers covered, so that its issues appear again.';
grant execute on function governance.grant_waiver(text, text, text, text, timestamptz, text, text, uuid), governance_private.grant_waiver(text, text, text, text, timestamptz, text),
  governance.revoke_waiver(uuid, text), governance_private.revoke_waiver(uuid, text) to authenticated, service_role;
