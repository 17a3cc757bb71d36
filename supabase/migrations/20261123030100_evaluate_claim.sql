-- What: claiming a batch of changed records, with everything that their rules need, in one call.
-- Why: several evaluators share the work without meeting; none reads a row at a time.
-- Breaks a running client: no.

create function governance_private.feed_bulk(p_limit integer) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_bulk governance_private.bulk_changes;
  v_moved bigint;
  v_last bigint;
begin
  -- Behind what was written one by one, so that an import does not keep people waiting; more than one claim takes, for the other evaluators.
  if not exists (select from governance_private.bulk_changes)
    or (select count(*) from (select from governance_private.change_queue q
          where q.lease_id is null and q.available_at <= clock_timestamp() limit p_limit) x) >= p_limit then
    return;
  end if;
  select * into v_bulk from governance_private.bulk_changes b order by b.id limit 1 for update skip locked;
  if not found then
    -- Another claim is moving them. Waiting for it is better than going home while there is work; we hold nothing yet.
    select * into v_bulk from governance_private.bulk_changes b order by b.id limit 1 for update;
    if not found then
      return;
    end if;
  end if;
  with moved as (
    insert into governance_private.change_queue (org_id, entity_type, record_key, audit_event_id, cause_kind, enqueued_at)
    select e.org_id, v_bulk.entity_type, e.record_key, e.id, e.cause_kind, v_bulk.enqueued_at
    from governance.audit_events e
    where e.id between v_bulk.next_event_id and v_bulk.last_event_id and e.statement_id = v_bulk.statement_id
    order by e.id limit p_limit * 4
    returning audit_event_id
  )
  select count(*), max(m.audit_event_id) into v_moved, v_last from moved m;
  if v_moved < p_limit * 4 or v_last >= v_bulk.last_event_id then
    delete from governance_private.bulk_changes b where b.id = v_bulk.id;
  else
    update governance_private.bulk_changes b set next_event_id = v_last + 1, records = b.records - v_moved where b.id = v_bulk.id;
  end if;
end
$$;
comment on function governance_private.feed_bulk(integer) is 'Moves the next changes of the oldest bulk write to the queue, when less than p_limit wait there.';

create function governance_private.lease_records(p_limit integer, out lease_id uuid, out entity_type text, out record_keys text[])
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_first record;
begin
  -- The oldest change that nobody holds decides the entity, and whether this is a batch of records that failed before.
  select q.entity_type, l.batch_limit into v_first
  from governance_private.change_queue q
  left join governance_private.record_leases l on l.entity_type = q.entity_type and l.record_key = q.record_key
  where q.lease_id is null and q.available_at <= clock_timestamp() and l.lease_id is null
  order by q.id limit 1 for update of q skip locked;
  if not found then
    return;
  end if;
  lease_id := gen_random_uuid();
  entity_type := v_first.entity_type;

  with candidates as (
    select q.id, q.record_key
    from governance_private.change_queue q
    left join governance_private.record_leases l on l.entity_type = q.entity_type and l.record_key = q.record_key
    where q.lease_id is null and q.available_at <= clock_timestamp() and l.lease_id is null
      and q.entity_type = v_first.entity_type
      and (l.batch_limit is null) = (v_first.batch_limit is null)
      -- A suspect that may only be judged alone is not hidden in a larger batch.
      and (l.batch_limit is null or l.batch_limit >= v_first.batch_limit)
    order by q.id
    limit least(p_limit, coalesce(v_first.batch_limit, p_limit))
    for update of q skip locked
  ), won as (
    -- In key order, so that two claimers wait for each other instead of deadlocking; the unique key lets one of them win.
    insert into governance_private.record_leases as l (entity_type, record_key, lease_id, token, expires_at)
    select v_first.entity_type, c.record_key, lease_records.lease_id, 1, clock_timestamp() + make_interval(secs => s.lease_seconds)
    from (select distinct record_key from candidates) c cross join governance_private.queue_settings s
    order by c.record_key
    on conflict on constraint record_leases_pkey do update
      set lease_id = excluded.lease_id, token = l.token + 1, expires_at = excluded.expires_at
      where l.lease_id is null
    returning l.record_key
  )
  select array_agg(w.record_key) into record_keys from won w;

  -- All queue rows of the records won, but never waiting for a row that another claimer looks at. As an array, so
  -- that it is asked once: a plan that PL/pgSQL keeps from when the queue was short asked once for every row (minutes, for 2,400).
  update governance_private.change_queue q set lease_id = lease_records.lease_id
  where q.id = any (array(
    select x.id from governance_private.change_queue x
    where x.entity_type = v_first.entity_type and x.record_key in (select unnest(lease_records.record_keys)) and x.lease_id is null
    for update of x skip locked));
  update governance_private.record_leases l set batch_size = cardinality(lease_records.record_keys) where l.lease_id = lease_records.lease_id;
end
$$;
comment on function governance_private.lease_records(integer) is 'Takes up to p_limit changed records of one entity under a new lease.';

create function governance_private.look_up_values(p_lookups jsonb, p_records jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_set governance.reference_sets;
  v_found jsonb := '{}';
  v_members text;
  v_one jsonb;
begin
  -- Each distinct value of the records that need it, once: member or not, and for the others the nearest members, from which the evaluator chooses.
  for v_set in
    select distinct s.* from jsonb_array_elements(p_lookups) as l join governance.reference_sets s on s.set_key = l ->> 1
  loop
    if v_set.kind = 'mapping' then
      v_found := v_found || jsonb_build_object(v_set.set_key, governance_private.look_up_mapping(v_set.set_key, p_lookups, p_records));
      continue;
    end if;
    v_members := case when v_set.kind = 'list'
      then format('select m.value, coalesce(m.canonical, m.value) as canonical from governance.reference_values m where m.set_key = %L and (m.org_id is null or m.org_id = d.org_id)', v_set.set_key)
      else format('select m.%1$I::text as value, m.%1$I::text as canonical from %2$s m where %3$s = d.org_id and m.%1$I is not null', v_set.column_name,
                  governance_private.entity_table(v_set.entity_type), governance_private.org_expression(v_set.entity_type, 'm')) end;
    execute format($sql$
      with distinct_values as (
        select distinct r ->> 'org_id' as org_id, r -> 'fields' ->> (l ->> 0) as value
        from jsonb_array_elements($1) as r cross join jsonb_array_elements($2) as l
        where l ->> 1 = $3 and r -> 'fields' ->> (l ->> 0) is not null and not coalesce(r -> 'unasked' ? l::text, false)
      ), looked_up as (
        select d.org_id, d.value, hit.canonical,
          case when hit.canonical is null then (
            select jsonb_agg(n.canonical order by n.distance, n.canonical) from (
              select m.canonical, min(m.value operator(extensions.<->) d.value) as distance from (%1$s) m group by m.canonical order by 2, 1 limit 8) n) end as candidates
        from distinct_values d
        left join lateral (select m.canonical from (%1$s) m where %2$s order by (m.value = d.value) desc, m.canonical limit 1) hit on true
      ), by_org as (
        select org_id, jsonb_object_agg(value, jsonb_strip_nulls(jsonb_build_object(
          -- A set that is empty for the organization knows nothing, and objects to nothing.
          'member', case when canonical is not null then true when candidates is not null then false end, 'canonical', canonical,
          'case_sensitive', $4::boolean, 'candidates', candidates))) as found
        from looked_up group by org_id
      )
      select jsonb_object_agg(org_id, found) from by_org
    $sql$, v_members, case when v_set.case_sensitive then 'm.value = d.value'
      else 'governance_private.fold_reference(m.value) = governance_private.fold_reference(d.value)' end)
    into v_one using p_records, p_lookups, v_set.set_key, v_set.case_sensitive;
    v_found := v_found || jsonb_build_object(v_set.set_key, coalesce(v_one, '{}'));
  end loop;
  return v_found;
end
$$;
comment on function governance_private.look_up_values(jsonb, jsonb) is 'What the records'' values are in the reference sets that the rules name: {set: {org: {value: …}}}.';

create function governance_private.look_up_values(p_values jsonb) returns jsonb
language sql stable security definer set search_path = ''
as $$
  -- Definer: reference sets may be columns of governed tables; only the edge functions get here. p_values: [[set, organization, value], …].
  select coalesce(jsonb_object_agg(asked.set_key, found -> asked.set_key) filter (where found ? asked.set_key), '{}')
  from (
    select v ->> 0 as set_key, jsonb_agg(jsonb_build_object('org_id', v -> 1, 'fields', jsonb_build_object('value', v -> 2))) as records
    from jsonb_array_elements(p_values) as v group by 1) asked
  cross join lateral governance_private.look_up_values(jsonb_build_array(jsonb_build_array('value', asked.set_key)), asked.records) as found
$$;

create function governance.look_up_values(p_values jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('look up values');
  if jsonb_typeof(p_values) is distinct from 'array' or exists (
    select from jsonb_array_elements(p_values) as v where jsonb_typeof(v) <> 'array' or jsonb_array_length(v) <> 3) then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_values is a list of [set, organization, value].', jsonb_build_object('field', 'p_values'));
  end if;
  return governance_private.look_up_values(p_values);
end
$$;
comment on function governance.look_up_values(jsonb) is
  'For evaluate: what the reference sets say of values that fixes have just made: [[set, organization, value], …] gives {set: {organization: {value: …}}}.';

create function governance_private.claim_changes(p_limit integer, p_known_versions jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_lease record;
  v_entity governance.entities;
  v_compiled governance_private.compiled_entities;
  v_records jsonb;
  v_known boolean;
  v_writer xid8;
  v_swept boolean;
begin
  -- Definer: the queue is private; the caller was checked by the function that people call.
  if not governance_private.notice_schema_changes() then
    perform governance_private.ring_doorbell(true);
    return null;
  end if;
  v_swept := governance_private.notice_failures();
  perform governance_private.feed_bulk(p_limit);
  perform governance_private.reclaim_expired_leases();
  perform governance_private.answer_rings();
  select * into v_lease from governance_private.lease_records(p_limit);
  -- Nothing fresh waits: sweeps go on. A step may leave nothing to evaluate, so several, but not without end.
  loop
    exit when v_lease.record_keys is not null or not governance_private.advance_sweep(not v_swept);
    v_swept := true;
    select * into v_lease from governance_private.lease_records(p_limit);
    if clock_timestamp() > now() + interval '2 seconds' then
      perform governance_private.ring_doorbell(true);
      exit;
    end if;
  end loop;
  if v_lease.record_keys is null then
    return null;
  end if;
  -- Before the records are read, by a statement of its own.
  v_writer := governance_private.oldest_writer(v_lease.entity_type);
  select * into strict v_entity from governance.entities e where e.entity_type = v_lease.entity_type;
  select * into strict v_compiled from governance_private.compiled_entities c where c.entity_type = v_lease.entity_type;
  execute format($sql$
    with pending as (
      select q.record_key, max(q.org_id) as org_id, jsonb_agg(q.id::text order by q.id) as queue_ids,
             -- What the product itself wrote is only verified.
             bool_and(q.cause_kind is not null and q.cause_kind = 'fix') as verify_only, bool_or(q.reason = 'sweep') as swept
      from governance_private.change_queue q where q.lease_id = $1 group by q.record_key
    ), marked as (
      update governance_private.record_leases l set record_exists = d.record_key is not null
      from governance_private.record_leases own left join governance_private.%1$I($2) d on d.record_key = own.record_key
      where l.lease_id = $1 and own.entity_type = l.entity_type and own.record_key = l.record_key
      returning l.record_key, l.token, d.org_id, d.fields, d.dangling, d.counts, d.unasked
    )
    select jsonb_agg(jsonb_build_object(
      'key', m.record_key, 'token', m.token, 'queue_ids', coalesce(p.queue_ids, '[]'),
      -- As last_event_id, in line: as a function it was a sixth of the whole evaluation.
      'event_id', (select e.id from governance.audit_events e where e.entity_type = $3 and e.record_key = m.record_key order by e.id desc limit 1)::text,
      'org_id', coalesce(m.org_id, p.org_id, ''), 'exists', m.fields is not null, 'verify_only', coalesce(p.verify_only, false),
      'swept', coalesce(p.swept, false), 'groups', coalesce(g.groups, '{}'),
      'default_country', o.default_country, 'fields', coalesce(m.fields, '{}'), 'dangling', to_jsonb(coalesce(m.dangling, '{}')),
      'counts', coalesce(m.counts, '{}'),
      -- Look-ups that no rule needs for it; what a fix makes of it may need one after all, and evaluate asks then.
      'unasked', coalesce(m.unasked, '[]'),
      -- What people took back is not done again to the same value.
      'undone', coalesce((
        select jsonb_agg(jsonb_build_object('rule_id', f.rule_id, 'field', t.key, 'from', t.value))
        from governance.fixes f cross join lateral jsonb_each(governance_private.patch_changes('', jsonb_build_array(f.patch)) -> 'tests') t
        where f.entity_type = $3 and f.record_key = m.record_key and f.cause = 'auto' and f.reverted_at is not null), '[]')))
    from marked m left join pending p using (record_key)
    left join governance_private.group_sizes($3, $2) g using (record_key) left join governance.organizations o on o.org_id = coalesce(m.org_id, p.org_id)
  $sql$, v_lease.entity_type || '_deliver')
  into v_records using v_lease.lease_id, v_lease.record_keys, v_lease.entity_type;
  if v_writer is not null then
    perform governance_private.queue_second_looks(v_lease.lease_id, v_writer);
  end if;
  v_records := governance_private.add_waived(v_lease.entity_type, v_records);
  v_known := p_known_versions ->> v_lease.entity_type = v_entity.rules_version::text;
  return jsonb_build_object(
    'lease_id', v_lease.lease_id, 'lease_seconds', (select s.lease_seconds from governance_private.queue_settings s),
    'entity_type', v_lease.entity_type, 'rules_version', v_entity.rules_version::text,
    'rules', case when not coalesce(v_known, false) then v_compiled.rules end,
    'classes', case when not coalesce(v_known, false) then v_compiled.classes end,
    'now', governance_private.instant_text(now() at time zone 'UTC'),
    'lookups', governance_private.look_up_values(v_compiled.lookups, v_records),
    'moments', governance_private.deliver_moments(v_compiled.moments, array(select r ->> 'org_id' from jsonb_array_elements(v_records) as r)),
    'records', v_records,
    'more', governance_private.is_anything_waiting());
end
$$;

create function governance_private.is_anything_waiting() returns boolean
language sql volatile security invoker set search_path = ''
as $$
  select exists (select from governance_private.change_queue q where q.lease_id is null and q.available_at <= clock_timestamp())
    or exists (select from governance_private.bulk_changes)
$$;
comment on function governance_private.is_anything_waiting() is 'True when a claim would find changes that nobody holds.';

create function governance_private.last_event_id(p_entity_type text, p_record_key text) returns bigint
language sql stable security invoker set search_path = ''
as $$
  select e.id from governance.audit_events e where e.entity_type = p_entity_type and e.record_key = p_record_key order by e.id desc limit 1
$$;
comment on function governance_private.last_event_id(text, text) is 'The last audit event of a record: a verdict that carries an older one is out of date.';

create function governance.claim_changes(p_limit integer, p_known_versions jsonb default '{}') returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('claim changes');
  if p_limit is null or p_limit not between 1 and 5000 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('p_limit is %s; it is a number from 1 to 5000.', coalesce(p_limit::text, 'null')));
  end if;
  return governance_private.claim_changes(p_limit, coalesce(p_known_versions, '{}'));
end
$$;
comment on function governance.claim_changes(integer, jsonb) is
  'For evaluate: leases up to p_limit changed records of one entity and returns them with the rules (null when the caller knows that version), lookups and related fields. Null when nothing waits.';

create function governance.heartbeat(p_lease_id uuid) returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('prolong a lease');
  return governance_private.heartbeat(p_lease_id);
end
$$;
comment on function governance.heartbeat(uuid) is 'For evaluate: prolongs a lease. False when it is lost: stop working on that batch.';

create function governance_private.heartbeat(p_lease_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update governance_private.record_leases l set expires_at = clock_timestamp() + make_interval(secs => s.lease_seconds)
  from governance_private.queue_settings s where l.lease_id = p_lease_id and l.expires_at >= clock_timestamp();
  return found;
end
$$;

create function governance.fail_changes(p_lease_id uuid, p_keys text[], p_error text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('report failed changes');
  return governance_private.fail_changes(p_lease_id, p_keys, p_error);
end
$$;
comment on function governance.fail_changes(uuid, text[], text) is 'For evaluate: these records failed, each alone. They back off; after five failures they are dead letters.';

create function governance_private.fail_changes(p_lease_id uuid, p_keys text[], p_error text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- The evaluator has halved down to the record: it failed alone, whatever the size of the batch that was claimed.
  update governance_private.record_leases l set batch_size = 1 where l.lease_id = p_lease_id and l.record_key = any (p_keys);
  return governance_private.note_failures(p_lease_id, p_keys, left(p_error, 2000));
end
$$;

create function governance.release_changes(p_lease_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('release changes');
  perform governance_private.release_changes(p_lease_id, null);
end
$$;
comment on function governance.release_changes(uuid) is 'For evaluate: gives a batch back untouched.';

create function governance_private.release_changes(p_lease_id uuid, p_keys text[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update governance_private.change_queue q set lease_id = null
  where q.lease_id = p_lease_id and (p_keys is null or q.record_key = any (p_keys));
  update governance_private.record_leases l set lease_id = null
  where l.lease_id = p_lease_id and (p_keys is null or l.record_key = any (p_keys));
end
$$;

grant execute on function governance.claim_changes(integer, jsonb), governance_private.claim_changes(integer, jsonb),
  governance.heartbeat(uuid), governance_private.heartbeat(uuid),
  governance.fail_changes(uuid, text[], text), governance_private.fail_changes(uuid, text[], text),
  governance.look_up_values(jsonb), governance_private.look_up_values(jsonb),
  governance.release_changes(uuid), governance_private.release_changes(uuid, text[]) to service_role;
