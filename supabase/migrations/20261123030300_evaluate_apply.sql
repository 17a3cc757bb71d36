-- What: applying the verdicts of a batch: fixes, issues, acknowledgement, in one transaction.
-- Why: a verdict is applied whole or not at all, once, and never over a newer one.
-- Breaks a running client: no.

create function governance_private.describe_records(p_entity_type text, p_keys text[])
returns table (record_key text, org_id text, label text, owner_user_id uuid)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- The empty key of what is about no record is no uuid and no number.
  return query execute format('select * from governance_private.%I($1)', p_entity_type || '_describe') using array_remove(p_keys, '');
end
$$;
comment on function governance_private.describe_records(text, text[]) is 'Organization, label and owner of records as they are now; no row for one that is gone.';

create function governance_private.related_records(p_entity_type text, p_keys text[])
returns table (record_key text, prefix text, entity_type text, related_key text)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if p_keys <> '{}' then
    return query execute format('select * from governance_private.%I($1)', p_entity_type || '_related') using p_keys;
  end if;
end
$$;
comment on function governance_private.related_records(text, text[]) is 'The records whose fields the rules of an entity read through its to-one relations, as they are now.';

create function governance_private.held_verdicts(p_lease_id uuid, p_entity_type text, p_verdicts jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_held jsonb;
begin
  -- Verdicts whose lease and token still stand and whose record has not changed since.
  perform from governance_private.record_leases l where l.lease_id = p_lease_id order by l.record_key for update;
  select coalesce(jsonb_agg(v || jsonb_build_object('org_id', coalesce(d.org_id, ''), 'gone', d.record_key is null,
    'swept', exists (select from governance_private.change_queue q where q.lease_id = p_lease_id and q.record_key = l.record_key and q.reason = 'sweep'))), '[]') into v_held
  from jsonb_array_elements(p_verdicts) as v
  join governance_private.record_leases l
    on l.lease_id = p_lease_id and l.entity_type = p_entity_type and l.record_key = v ->> 'key' and l.token = (v ->> 'token')::integer
  left join governance_private.describe_records(p_entity_type, array(select x ->> 'key' from jsonb_array_elements(p_verdicts) as x)) d
    on d.record_key = l.record_key
  where (select e.id from governance.audit_events e where e.entity_type = p_entity_type and e.record_key = l.record_key order by e.id desc limit 1)
      is not distinct from (v ->> 'event_id')::bigint
    and l.record_exists = (d.record_key is not null);
  return v_held;
end
$$;

create function governance_private.write_strength(p_entity_type text, p_columns text[]) returns text
language sql stable security invoker set search_path = ''
as $$
  -- A column that a foreign key may point at is kept as it is by everybody who points there: to write it takes the record whole.
  select case when exists (
    select from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = governance_private.entity_table(p_entity_type)::regclass and i.indisunique and a.attname = any (p_columns)) then 'update' else 'no key update' end
$$;
comment on function governance_private.write_strength(text, text[]) is 'How a record is locked whose columns are to be written.';

create function governance_private.records_in_hand(p_entity_type text, p_keys text[]) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_held text[];
begin
  with free as (
    select i.id from governance.data_quality_issues i where i.entity_type = p_entity_type and i.record_key = any (p_keys) for no key update skip locked
  )
  select coalesce(array_agg(distinct i.record_key), '{}') into v_held from governance.data_quality_issues i
  where i.entity_type = p_entity_type and i.record_key = any (p_keys) and i.id not in (select f.id from free f);
  return v_held;
end
$$;
comment on function governance_private.records_in_hand(text, text[]) is 'Locks the issues of records as far as nobody holds one; tells of which records somebody does. Waits for nobody.';

create function governance_private.apply_fixes(p_entity_type text, p_held jsonb, p_hops integer, out written text[], out failed jsonb, out busy text[])
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_batch uuid := gen_random_uuid();
  v_changes jsonb;
  v_free text[];
begin
  written := '{}';
  failed := '[]';
  busy := '{}';
  select jsonb_agg(governance_private.patch_changes(v ->> 'key', (select jsonb_agg(f -> 'patch' order by n) from jsonb_array_elements(v -> 'fixes') with ordinality as x(f, n))))
  into v_changes
  from jsonb_array_elements(p_held) as v where jsonb_array_length(coalesce(v -> 'fixes', '[]')) > 0;
  if v_changes is null then
    return;
  end if;
  v_free := governance_private.lock_free_records(p_entity_type, array(select c ->> 'key' from jsonb_array_elements(v_changes) as c),
    governance_private.write_strength(p_entity_type, array(select k from jsonb_array_elements(v_changes) as c cross join lateral jsonb_object_keys(c -> 'values') as k)));
  busy := array(select c ->> 'key' from jsonb_array_elements(v_changes) as c where c ->> 'key' <> all (v_free));
  v_changes := (select jsonb_agg(c) from jsonb_array_elements(v_changes) as c where c ->> 'key' = any (v_free));
  if v_changes is null then
    return;
  end if;
  perform governance_private.begin_cause('fix', v_batch::text, p_hops);
  select * into written, failed from governance_private.write_records_apart(p_entity_type, v_changes);
  perform governance_private.end_cause();
  insert into governance.fixes (org_id, entity_type, record_key, rule_id, rule_key, rule_version, patch, inverse, batch_id, cause)
  select v ->> 'org_id', p_entity_type, v ->> 'key', r.id, r.rule_key, r.version, x.f -> 'patch', governance_private.invert_patch(x.f -> 'patch'), v_batch, 'auto'
  from jsonb_array_elements(p_held) as v
  cross join lateral jsonb_array_elements(v -> 'fixes') with ordinality as x(f, n)
  join governance.data_quality_rules r on r.id = (x.f ->> 'rule_id')::uuid
  where v ->> 'key' = any (written)
  order by v ->> 'key', x.n;
end
$$;
comment on function governance_private.apply_fixes(text, jsonb, integer) is
  'Applies the fixes of a batch where the record still holds what was judged; tells which records were written, which refused, and which somebody else is writing.';

create function governance_private.open_issues(p_entity_type text, p_violations jsonb, out opened integer, out reopened integer, out refreshed integer)
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- p_violations: [{"key", "org_id", "event_id", "rule_id", "fields", "message", "observed", "suggested_fix"}, …]
  p_violations := governance_private.without_waived(p_violations);
  with links as materialized (
    select x.record_key, x.prefix, jsonb_build_array(x.entity_type, x.related_key) as related
    from governance_private.related_records(p_entity_type, array(
      select distinct v ->> 'key' from jsonb_array_elements(p_violations) as v
      join governance.data_quality_rules r on r.id = (v ->> 'rule_id')::uuid where position('.' in array_to_string(r.reads, ' ')) > 0)) x
  ), violations as (
    select distinct on (v ->> 'org_id', r.rule_key, v ->> 'key')
           v ->> 'org_id' as org_id, v ->> 'key' as record_key, d.label, r.id as rule_id, r.rule_key, r.version, r.severity, r.due_in,
           coalesce(d.owner_user_id, r.default_owner, o.default_owner) as owner,
           array(select jsonb_array_elements_text(v -> 'fields')) as fields,
           r.reads || array_remove(array[e.label_column], null) as reads, l.related, v ->> 'message' as message, coalesce(v -> 'observed', '{}') as observed,
           -- Seen in the write, where no fix is tried: what was suggested for the same values still stands.
           case when v ? 'suggested_fix' then nullif(v -> 'suggested_fix', 'null') else (
             select i.suggested_fix from governance.data_quality_issues i
             where i.org_id = v ->> 'org_id' and i.rule_key = r.rule_key and i.entity_type = p_entity_type and i.record_key = v ->> 'key'
               and i.discriminator = '' and i.observed = v -> 'observed') end as suggested_fix, (v ->> 'event_id')::bigint as event_id
    from jsonb_array_elements(p_violations) as v
    join governance.data_quality_rules r on r.id = (v ->> 'rule_id')::uuid
    left join governance.organizations o on o.org_id = v ->> 'org_id'
    left join governance.entities e on e.entity_type = p_entity_type
    left join governance_private.describe_records(p_entity_type, array(select x ->> 'key' from jsonb_array_elements(p_violations) as x)) d
      on d.record_key = v ->> 'key'
    left join lateral (
      select jsonb_agg(distinct k.related) as related from links k
      where k.record_key = v ->> 'key' and exists (select from unnest(r.reads) as f where starts_with(f, k.prefix || '.'))) l on true
    order by v ->> 'org_id', r.rule_key, v ->> 'key'
  ), before as (
    select i.id, i.status from governance.data_quality_issues i
    join violations v on i.org_id = v.org_id and i.rule_key = v.rule_key and i.entity_type = p_entity_type and i.record_key = v.record_key and i.discriminator = ''
  ), upserted as (
    insert into governance.data_quality_issues as i (org_id, entity_type, record_key, record_label, rule_key, rule_id, rule_version, fields, reads, related, severity,
      message, observed, suggested_fix, owner_user_id, due_date, last_event_id)
    select v.org_id, p_entity_type, v.record_key, v.label, v.rule_key, v.rule_id, v.version, v.fields, v.reads, v.related, v.severity,
      v.message, v.observed, v.suggested_fix, v.owner, now() + governance_private.due_after(v.severity, v.due_in), v.event_id
    from violations v
    on conflict on constraint one_issue_per_fingerprint do update
      set record_label = excluded.record_label, rule_id = excluded.rule_id, rule_version = excluded.rule_version, fields = excluded.fields,
          reads = excluded.reads, related = excluded.related,
          severity = excluded.severity, message = excluded.message, observed = excluded.observed, suggested_fix = excluded.suggested_fix,
          last_event_id = excluded.last_event_id, last_seen_at = now(),
          occurrence_count = i.occurrence_count + case when i.last_event_id is distinct from excluded.last_event_id or i.status = 'fixed' then 1 else 0 end,
          owner_user_id = coalesce(i.owner_user_id, excluded.owner_user_id),
          due_date = case when i.status = 'fixed' then excluded.due_date else i.due_date end,
          -- What was ignored wakes when the data that it was ignored for changes; a decision about the rule itself stands.
          status = case when i.status = 'fixed'
              or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix' and i.observed is distinct from excluded.observed)
            then 'open' else i.status end
      -- Its rules in the write may have seen the record as it is by now: an old verdict does not come over theirs.
      where coalesce(excluded.last_event_id >= i.last_event_id, true) and (i.status = 'fixed'
        or (i.message, i.rule_id, i.rule_version, i.severity, i.observed, i.suggested_fix, i.last_event_id)
           is distinct from (excluded.message, excluded.rule_id, excluded.rule_version, excluded.severity, excluded.observed, excluded.suggested_fix, excluded.last_event_id))
    returning i.id, i.status
  )
  select count(*) filter (where b.id is null), count(*) filter (where b.status <> 'open' and u.status = 'open'), count(*) filter (where b.status = u.status)
  into opened, reopened, refreshed
  from upserted u left join before b using (id);
end
$$;
comment on function governance_private.open_issues(text, jsonb) is 'Opens, refreshes or reopens the issues of a batch of violations. Seeing the same violation of the same change again changes nothing.';

create function governance_private.resolve_issues(p_entity_type text, p_held jsonb, p_fixed text[], out resolved integer, out deleted integer)
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  with records as (
    select v ->> 'key' as record_key, v ->> 'org_id' as org_id, (v ->> 'gone')::boolean as gone, (v ->> 'swept')::boolean as swept, (v ->> 'event_id')::bigint as event_id,
           coalesce((v ->> 'scanned')::boolean, false) as scanned,
           array(select x ->> 'rule_id' from jsonb_array_elements(coalesce(v -> 'violations', '[]') || coalesce(v -> 'unevaluated', '[]')) as x) as standing,
           last.actor, last.cause_kind
    from jsonb_array_elements(p_held) as v
    left join lateral (
      select e.actor, e.cause_kind from governance.audit_events e
      where e.entity_type = p_entity_type and e.record_key = v ->> 'key' order by e.id desc limit 1) last on true
  ), closed as (
    update governance.data_quality_issues i
    set status = 'fixed', last_event_id = coalesce(r.event_id, i.last_event_id),
        resolution = case when r.gone then 'record_deleted'
          when governance_private.is_waived(i.org_id, i.rule_key, i.record_key) then 'not_applicable'
          when r.cause_kind = 'fix' or r.record_key = any (p_fixed) then 'fixed_by_rule'
          when r.actor is not null then 'fixed_by_person' else 'data_changed' end
    from records r
    where i.entity_type = p_entity_type and i.record_key = r.record_key and coalesce(r.event_id >= i.last_event_id, true)
      and (i.status = 'open' or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix'))
      and (r.gone or (i.rule_key = 'system-dead-letter' and not r.scanned) or i.org_id <> r.org_id or (
        -- Only a rule that ran has said that the record is clean; one by schedule runs in sweeps alone. It is the one that
        -- holds for the organization now, which need not be the one that opened the issue.
        exists (
          select from governance.data_quality_rules d
          where d.rule_key = i.rule_key and d.status = 'active' and d.suspended_reason is null and d.id::text <> all (r.standing)
            and (d.timing <> 'schedule' or r.swept)
            and d.org_id is not distinct from (
              select o.org_id from governance.data_quality_rules o where o.rule_key = i.rule_key and o.org_id = i.org_id))))
    returning r.gone
  )
  select count(*) filter (where not gone), count(*) filter (where gone) into resolved, deleted from closed;
end
$$;
comment on function governance_private.resolve_issues(text, jsonb, text[]) is 'Closes the issues of the batch''s records that no longer stand, and all of records that are gone.';

create function governance_private.without_refused_fixes(p_held jsonb, p_failed jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  -- A record whose correction was refused stays as it was: the verdict on it as it is holds, and each fix becomes a violation that says why.
  select coalesce(jsonb_agg(case when f.error is null then v else v || jsonb_build_object(
    'unevaluated', coalesce(v #> '{if_unfixed,unevaluated}', '[]'),
    'violations', coalesce(v #> '{if_unfixed,violations}', '[]') || (
      select jsonb_agg(jsonb_build_object('rule_id', x -> 'rule_id', 'fields', '[]'::jsonb, 'suggested_fix', x -> 'patch',
        'message', 'This record could not be corrected: ' || f.error))
      from jsonb_array_elements(v -> 'fixes') as x)) end), '[]')
  from jsonb_array_elements(p_held) as v
  left join lateral (select x ->> 'error' as error from jsonb_array_elements(p_failed) as x where x ->> 'key' = v ->> 'key' limit 1) f on true
$$;

create function governance_private.apply_verdicts(p_lease_id uuid, p_entity_type text, p_rules_version text, p_verdicts jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held jsonb;
  v_keys text[];
  v_busy text[];
  v_fixed record;
  v_issues record;
  v_closed record;
begin
  -- Definer: queue, leases and the records of every organization; the caller was checked by the function that people call.
  -- Locked until the verdicts are in, so that a rule that is retired meanwhile closes their issues, too.
  perform from governance.entities e where e.entity_type = p_entity_type and e.rules_version::text = p_rules_version for share;
  if not found then
    perform governance_private.release_changes(p_lease_id, array(select v ->> 'key' from jsonb_array_elements(p_verdicts) as v));
    return jsonb_build_object('applied', 0, 'outdated', true);
  end if;
  v_held := governance_private.held_verdicts(p_lease_id, p_entity_type, p_verdicts);
  -- What somebody is writing or deciding is left to them. To wait for it, with others in hand, could end in a deadlock, and theirs be what is lost.
  v_busy := governance_private.records_in_hand(p_entity_type, array(select v ->> 'key' from jsonb_array_elements(v_held) as v));
  v_held := coalesce((select jsonb_agg(v) from jsonb_array_elements(v_held) as v where v ->> 'key' <> all (v_busy)), '[]');
  select * into v_fixed from governance_private.apply_fixes(p_entity_type, v_held,
    (select coalesce(max(q.hops), 0) + 1 from governance_private.change_queue q where q.lease_id = p_lease_id));

  -- A fix whose pre-image is gone: somebody wrote meanwhile, so the whole verdict is out of date.
  -- The event that a verdict is about is the one that was judged, or our own; what somebody has written since is another's.
  v_held := coalesce((select jsonb_agg(v || case when v ->> 'key' = any (v_fixed.written)
      then jsonb_build_object('event_id', governance_private.last_event_id(p_entity_type, v ->> 'key')) else '{}' end)
    from jsonb_array_elements(v_held) as v
    where jsonb_array_length(coalesce(v -> 'fixes', '[]')) = 0 or v ->> 'key' = any (v_fixed.written)
       or exists (select from jsonb_array_elements(v_fixed.failed) as f where f ->> 'key' = v ->> 'key')), '[]');
  v_keys := array(select v ->> 'key' from jsonb_array_elements(v_held) as v);

  v_held := governance_private.without_refused_fixes(v_held, v_fixed.failed);

  select * into v_issues from governance_private.open_issues(p_entity_type, governance_private.cap_swept(p_lease_id, p_entity_type, v_keys, coalesce((
    select jsonb_agg(x || jsonb_build_object('key', v ->> 'key', 'org_id', v ->> 'org_id', 'event_id', v ->> 'event_id'))
    from jsonb_array_elements(v_held) as v cross join lateral jsonb_array_elements(coalesce(v -> 'violations', '[]')) as x
    where not (v ->> 'gone')::boolean), '[]')));
  select * into v_closed from governance_private.resolve_issues(p_entity_type, v_held, v_fixed.written);
  perform governance_private.note_shadow_verdicts(p_entity_type, v_held);

  delete from governance_private.change_queue q where q.lease_id = p_lease_id and q.record_key = any (v_keys)
    and q.id in (select x.id::bigint from jsonb_array_elements(v_held) as v cross join lateral jsonb_array_elements_text(v -> 'queue_ids') as x(id));
  delete from governance_private.record_leases l where l.lease_id = p_lease_id and l.record_key = any (v_keys);
  -- What is not acknowledged goes back to the queue; what is in somebody's hands, for a second.
  update governance_private.change_queue q set available_at = clock_timestamp() + interval '1 second' where q.lease_id = p_lease_id and q.record_key = any (v_busy || v_fixed.busy);
  perform governance_private.release_changes(p_lease_id, array(select v ->> 'key' from jsonb_array_elements(p_verdicts) as v));
  return jsonb_build_object('applied', cardinality(v_keys), 'stale', jsonb_array_length(p_verdicts) - cardinality(v_keys),
    'fixed', cardinality(v_fixed.written), 'unfixable', jsonb_array_length(v_fixed.failed),
    'opened', v_issues.opened, 'reopened', v_issues.reopened, 'refreshed', v_issues.refreshed,
    'resolved', v_closed.resolved, 'deleted', v_closed.deleted, 'outdated', false);
end
$$;

create function governance.apply_verdicts(p_lease_id uuid, p_entity_type text, p_rules_version text, p_verdicts jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('apply verdicts');
  if jsonb_typeof(p_verdicts) is distinct from 'array'
    or exists (select from jsonb_array_elements(p_verdicts) as v where not (v ? 'key' and v ? 'token' and v ? 'queue_ids'))
    or exists (select from jsonb_array_elements(p_verdicts) as v cross join lateral jsonb_array_elements(coalesce(v -> 'fixes', '[]')) as f
               where not coalesce(governance_private.is_patch(f -> 'patch'), false)) then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_verdicts is a list of verdicts, each with key, token and queue_ids; a fix has a patch of test and replace operations.');
  end if;
  return governance_private.apply_verdicts(p_lease_id, p_entity_type, p_rules_version, p_verdicts);
end
$$;
comment on function governance.apply_verdicts(uuid, text, text, jsonb) is
  'For evaluate: applies the verdicts of a leased batch in one transaction and acknowledges them. Stale ones go back to the queue; outdated is true when the rules changed meanwhile.';
grant execute on function governance_private.is_patch(jsonb) to authenticated, service_role;
grant execute on function governance.apply_verdicts(uuid, text, text, jsonb), governance_private.apply_verdicts(uuid, text, text, jsonb) to service_role;
