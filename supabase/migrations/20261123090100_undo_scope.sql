-- What: the scope of an undo: which audit events it takes back, and everything that happened to their records since.
-- Why: one language for all: a fix, a batch, a change request, an import, a version of a rule, somebody in a span of time, another undo.
-- Breaks a running client: no.

create function governance_private.check_undo_scope(p_scope jsonb) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_known constant text[] := '{fix,batch,change_request,import,rule_key,rule_version,actor,source,statement,transaction,undo,from,to,entity_type,org_id,record_key}';
  v_bad text;
begin
  if jsonb_typeof(p_scope) is distinct from 'object' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A scope is an object such as {"import": "…"}.', '{"field": "p_scope"}');
  end if;
  select string_agg(format('"%s"', k), ', ') into v_bad from jsonb_each(p_scope) as x(k, v)
  where k <> all (v_known) or jsonb_typeof(v) <> all (case when k in ('rule_version', 'statement') then '{number,string}'::text[] else '{string}' end);
  if v_bad is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('A scope cannot be given by %s.', v_bad),
      jsonb_build_object('field', 'p_scope', 'allowed', to_jsonb(v_known)));
  elsif not p_scope ?| '{fix,batch,change_request,import,rule_key,statement,transaction,undo,from}' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A scope names what is to be taken back, or from when on.', '{"field": "p_scope"}',
      'An actor or a source takes a span of time: {"actor": "…", "from": "2026-11-01T00:00:00Z"}.');
  elsif (select count(*) from jsonb_object_keys(p_scope) as k where k in ('fix', 'batch', 'change_request', 'import', 'rule_key', 'undo')) > 1
    or (p_scope ? 'rule_version' and not p_scope ? 'rule_key') then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A scope names one cause: a fix, a batch, a change request, an import, a rule or an undo.', '{"field": "p_scope"}');
  end if;
  if p_scope ?| '{fix,batch,rule_key}' and p_scope ?| '{transaction,statement,source}' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Fixes are not told apart by transaction, statement or source.', '{"field": "p_scope"}');
  end if;
  perform (p_scope ->> 'fix')::uuid, (p_scope ->> 'batch')::uuid, (p_scope ->> 'change_request')::uuid, (p_scope ->> 'import')::uuid, (p_scope ->> 'undo')::uuid,
    (p_scope ->> 'actor')::uuid, (p_scope ->> 'rule_version')::integer, (p_scope ->> 'statement')::bigint, (p_scope ->> 'from')::timestamptz, (p_scope ->> 'to')::timestamptz;
exception when data_exception then
  perform governance_private.raise_error('PT422', 'invalid-value', format('The scope holds a value that cannot be read: %s.', sqlerrm), '{"field": "p_scope"}');
end
$$;
comment on function governance_private.check_undo_scope(jsonb) is 'Refuses a scope that says nothing, or what nobody understands.';

create function governance_private.undo_orgs(p_scope jsonb) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_orgs text[] := array(select governance_private.my_org_ids('steward'));
begin
  -- Definer: membership answers for whoever asks. Null is every organization.
  if p_scope ? 'org_id' then
    perform governance_private.require_role(p_scope ->> 'org_id', 'steward', 'undo what was done in this organization');
    return array[p_scope ->> 'org_id'];
  end if;
  return case when not governance_private.is_instance_admin() then v_orgs end;
end
$$;
comment on function governance_private.undo_orgs(jsonb) is 'In which organizations the caller may undo; null where in all.';

create function governance_private.select_undo_fixes(p_undo_id uuid, p_scope jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_orgs text[] := governance_private.undo_orgs(p_scope);
begin
  -- What somebody accepted, it may take back itself. The event of a correction in the write itself is that of the write.
  insert into governance_private.undo_events (undo_id, entity_type, record_key, fix_id, event_id)
  select p_undo_id, f.entity_type, f.record_key, f.id, coalesce(
    (select min(e.id) from governance.audit_events e where e.record_key = f.record_key and e.entity_type = f.entity_type and e.cause_id = f.batch_id::text),
    (select min(e.id) from governance.audit_events e where e.record_key = f.record_key and e.entity_type = f.entity_type and e.occurred_at >= f.applied_at), 0)
  from governance.fixes f join governance.entities x using (entity_type)
  where f.reverted_at is null and (v_orgs is null or f.org_id = any (v_orgs) or f.applied_by = auth.uid())
    and (not p_scope ? 'org_id' or f.org_id = p_scope ->> 'org_id')
    and (not p_scope ? 'fix' or f.id = (p_scope ->> 'fix')::uuid)
    and (not p_scope ? 'batch' or f.batch_id = (p_scope ->> 'batch')::uuid)
    and (not p_scope ? 'rule_key' or f.rule_key = p_scope ->> 'rule_key')
    and (not p_scope ? 'rule_version' or f.rule_version = (p_scope ->> 'rule_version')::integer)
    and (not p_scope ? 'actor' or f.applied_by = (p_scope ->> 'actor')::uuid)
    and (not p_scope ? 'from' or f.applied_at >= (p_scope ->> 'from')::timestamptz)
    and (not p_scope ? 'to' or f.applied_at < (p_scope ->> 'to')::timestamptz)
    and (not p_scope ? 'entity_type' or f.entity_type = p_scope ->> 'entity_type')
    and (not p_scope ? 'record_key' or f.record_key = p_scope ->> 'record_key');
end
$$;
comment on function governance_private.select_undo_fixes(uuid, jsonb) is 'Notes the fixes in a scope that names a fix, a batch or a rule.';

create function governance_private.select_undo_events(p_undo_id uuid, p_scope jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_where text;
begin
  -- Only what is asked for is in the text: a plan for all that could be asked finds no index.
  select string_agg(case k
    when 'change_request' then 'e.cause_kind = ''change_request'' and e.cause_id = $2 ->> ''change_request'''
    when 'import' then 'e.cause_kind = ''import'' and e.cause_id = $2 ->> ''import'''
    when 'undo' then 'e.cause_kind in (''undo'', ''import_undo'') and e.cause_id = $2 ->> ''undo'''
    when 'actor' then 'e.actor = ($2 ->> ''actor'')::uuid'
    when 'source' then 'e.source = $2 ->> ''source'''
    when 'statement' then 'e.statement_id = ($2 ->> ''statement'')::bigint'
    when 'transaction' then 'e.transaction_id = $2 ->> ''transaction'''
    when 'from' then 'e.occurred_at >= ($2 ->> ''from'')::timestamptz'
    when 'to' then 'e.occurred_at < ($2 ->> ''to'')::timestamptz'
    when 'entity_type' then 'e.entity_type = $2 ->> ''entity_type'''
    when 'record_key' then 'e.record_key = $2 ->> ''record_key''' end, ' and ')
  into v_where from jsonb_object_keys(p_scope) as k;
  execute format('insert into governance_private.undo_events (undo_id, event_id, entity_type, record_key)
    select $1, e.id, e.entity_type, e.record_key from governance.audit_events e
    where %s and e.operation in (''insert'', ''update'', ''delete'') and ($3 is null or e.org_id = any ($3))
      and e.entity_type in (select x.entity_type from governance.entities x)', v_where)
  using p_undo_id, p_scope, governance_private.undo_orgs(p_scope);
end
$$;
comment on function governance_private.select_undo_events(uuid, jsonb) is 'Notes the audit events in a scope that names no fix.';

create function governance_private.read_undo_history(p_undo_id uuid, p_by_fixes boolean) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- Record by record over the audit's index: the planner cannot know how many there are.
  insert into governance_private.undo_history (undo_id, entity_type, record_key, event_id, org_id, operation, before, after, erased, is_mine, is_consequence, is_undo, cause_id, transaction_id)
  select p_undo_id, r.entity_type, r.record_key, h.id, h.org_id, h.operation, h.before, h.after, h.erased,
    not p_by_fixes and m.event_id is not null, h.cause_kind is not distinct from 'fix' and (p_by_fixes or m.event_id is null),
    coalesce(h.cause_kind in ('undo', 'import_undo'), false), h.cause_id, h.transaction_id
  from (select u.entity_type, u.record_key, min(u.event_id) as first from governance_private.undo_events u where u.undo_id = p_undo_id group by 1, 2) r
  cross join lateral (
    select e.id, e.org_id, e.operation, e.before, e.after, e.erased, e.cause_kind, e.cause_id, e.transaction_id
    from governance.audit_events e
    where e.record_key = r.record_key and e.entity_type = r.entity_type and e.id >= r.first and e.operation in ('insert', 'update', 'delete') offset 0) h
  left join (select distinct u.event_id from governance_private.undo_events u where u.undo_id = p_undo_id) m on m.event_id = h.id
$$;
comment on function governance_private.read_undo_history(uuid, boolean) is 'Notes everything that happened to the records of an undo since its first event.';
