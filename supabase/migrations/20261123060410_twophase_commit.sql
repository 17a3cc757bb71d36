-- What: committing an approved change: held, merged field by field, judged again, written whole or not at all; and the functions that people call.
-- Why: what is written is what was approved, against the record as it is at that moment.
-- Breaks a running client: no.

create function governance_private.merge_change(p_request_id uuid, p_entity_type text, out changes jsonb, out conflicts jsonb, out gone text[])
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Field by field: as it was, it is written; already as asked, it is left; else somebody else changed it.
  with live as (
    select r.record_key, r.before, r.after from governance.change_request_records r where r.request_id = p_request_id and r.superseded_by is null
  ), fields as (
    select l.record_key, f.key as field, l.before -> f.key as was, f.value as asked, n.held -> f.key as held, n.record_key is not null as is_there
    from live l cross join lateral jsonb_each(l.after) f
    left join governance_private.held_values(p_entity_type, (select jsonb_agg(jsonb_build_object('key', x.record_key, 'values', x.after)) from live x)) n on n.record_key = l.record_key
  )
  select (select coalesce(jsonb_agg(jsonb_build_object('key', m.record_key, 'values', m.values, 'tests', '{}'::jsonb) order by m.record_key), '[]') from (
            select f.record_key, jsonb_object_agg(f.field, f.asked) as values from fields f where f.is_there and f.held = f.was group by 1) m),
         (select coalesce(jsonb_agg(jsonb_build_object('record_key', f.record_key, 'field', f.field, 'expected', f.was, 'asked', f.asked, 'actual', f.held) order by f.record_key, f.field), '[]')
          from fields f where f.is_there and f.held <> f.was and f.held <> f.asked),
         array(select distinct f.record_key from fields f where not f.is_there order by 1)
  into changes, conflicts, gone;
end
$$;
comment on function governance_private.merge_change(uuid, text) is 'What a commit would write, where it conflicts with what others wrote since, and which records are gone.';

create function governance_private.held_values(p_entity_type text, p_changes jsonb) returns table (record_key text, held jsonb)
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
begin
  return query execute format('select x.key, %s from jsonb_to_recordset($1) as x(key text) join %s r on %s',
    (select governance_private.object_sql(array_agg(format('%L, %s', c.column_name, governance_private.projection(format('r.%I', c.column_name), c.class, c.base_type))))
     from governance_private.entity_columns(p_entity_type) c where exists (select from jsonb_array_elements(p_changes) as x where x -> 'values' ? c.column_name)),
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 'x.key')) using p_changes;
end
$$;

create function governance_private.require_quorum(p_request governance.change_requests) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_needs jsonb := governance_private.change_needs(p_request.entity_type, governance_private.live_changes(p_request.id));
  v_approvals integer := governance_private.count_approvals(p_request, v_needs);
begin
  -- By the policies and the memberships of this moment.
  if v_approvals < (v_needs ->> 'approvals')::integer then
    perform governance_private.raise_error('PT409', 'not-approved',
      format('This change cannot be committed: it has %s of %s approvals by the role %s%s.', v_approvals, v_needs ->> 'approvals', v_needs ->> 'role',
        case when (v_needs ->> 'four_eyes')::boolean then ', none of which may be the proposer''s' else '' end),
      jsonb_build_object('request_id', p_request.id, 'approvals', v_approvals, 'needs', v_needs), 'Let those approve it who may.');
  end if;
end
$$;
comment on function governance_private.require_quorum(governance.change_requests) is 'Refuses a commit that not enough people have approved, by the decisions themselves.';

create function governance_private.write_or_refuse(p_request governance.change_requests, p_changes jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_written text[];
  v_state text;
  v_detail text;
  v_constraint text;
begin
  -- All records or none. Null when they were written, else why not.
  v_written := governance_private.write_change(p_request.id, p_request.entity_type, p_changes);
  if cardinality(v_written) < jsonb_array_length(p_changes) then
    perform governance_private.raise_error('PT409', 'stale', 'a record of it could not be written');
  end if;
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate, v_detail = pg_exception_detail, v_constraint = constraint_name;
  if governance_private.is_nobodys_data(v_state) then
    raise;
  end if;
  return governance_private.refusal_of(v_state, sqlerrm, v_detail, v_constraint);
end
$$;

create function governance_private.commit_change(p_request_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_request governance.change_requests;
  v_merged record;
  v_refusal jsonb;
begin
  -- Definer: what was approved is written by the product, whoever commits; the approvals are counted here.
  v_request := governance_private.lock_request(p_request_id, true);
  if auth.uid() is null or v_request.proposed_by is distinct from auth.uid() then
    perform governance_private.require_role(v_request.org_id, 'steward', 'commit this change');
  end if;
  perform governance_private.require_status(v_request, '{proposed,validated,approved}', 'commit');
  perform governance_private.require_quorum(v_request);
  v_merged := governance_private.merge_change(p_request_id, v_request.entity_type);
  if v_merged.conflicts <> '[]' or v_merged.gone <> '{}' then
    perform governance_private.keep_outcomes(p_request_id, jsonb_build_object('conflicts', v_merged.conflicts));
    return governance_private.send_back(v_request, jsonb_build_object('ok', false, 'refused', 'stale', 'missing', to_jsonb(v_merged.gone)),
      case when v_merged.gone <> '{}' then 'a record of it is gone' else format('%s changed since it was proposed',
        (select string_agg(distinct format('"%s"', c ->> 'field'), ', ') from jsonb_array_elements(v_merged.conflicts) as c)) end)
      || jsonb_build_object('conflicts', v_merged.conflicts);
  end if;
  if v_merged.changes <> '[]' then
    v_refusal := governance_private.write_or_refuse(v_request, v_merged.changes);
    if v_refusal is not null then
      perform governance_private.keep_outcomes(p_request_id, jsonb_build_object('refused', v_refusal));
      return governance_private.send_back(v_request, jsonb_build_object('ok', false, 'refused', v_refusal -> 'code', 'message', governance_private.shareable_message(v_request.entity_type, v_refusal)),
        governance_private.shareable_message(v_request.entity_type, v_refusal))
        || jsonb_build_object('refused', v_refusal);
    end if;
  end if;
  update governance.change_requests q
  set status = 'committed', committed_at = clock_timestamp(), committed_by = auth.uid(), updated_at = clock_timestamp() where q.id = p_request_id;
  perform governance_private.note_decision(p_request_id, 'committed');
  perform governance_private.tell_proposer(p_request_id, 'Your change was committed.');
  return jsonb_build_object('request_id', p_request_id, 'status', 'committed', 'records', jsonb_array_length(v_merged.changes));
end
$$;
comment on function governance_private.commit_change(uuid) is 'Writes an approved change, or sends it back with what stands against it.';

create function governance_private.require_visible_request(p_request_id uuid, p_whole boolean default false) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_total integer;
begin
  -- Invoker: the caller's own row level security answers. Who decides must see every record of it.
  select q.record_count into v_total from governance.change_requests q where q.id = p_request_id;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no change request "%s" that you can see.', p_request_id));
  elsif p_whole and (select count(*) from governance.change_request_records r where r.request_id = p_request_id) < v_total then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot decide on this change: you may not read all of its records.', jsonb_build_object('request_id', p_request_id));
  end if;
end
$$;

create function governance.propose_changes(p_entity_type text, p_changes jsonb, p_reason text default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.check_proposal(p_entity_type, p_changes);
  return (select jsonb_agg(governance_private.validate_change(i)) from unnest(governance_private.propose_changes(p_entity_type, p_changes, p_reason)) as i);
end
$$;
comment on function governance.propose_changes(text, jsonb, text) is
  'Proposes changes of up to 5,000 records [{"key", "values"}, …] and validates them: a change request for each organization, with its status and what the rules say.';

create function governance.propose_change(p_entity_type text, p_record_key text, p_values jsonb, p_reason text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance.propose_changes(p_entity_type, jsonb_build_array(jsonb_build_object('key', p_record_key, 'values', p_values)), p_reason) -> 0
$$;
comment on function governance.propose_change(text, text, jsonb, text) is 'Proposes a change of one record and validates it.';

create function governance.validate_change(p_request_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_request(p_request_id);
  return governance_private.validate_change(p_request_id);
end
$$;
comment on function governance.validate_change(uuid) is 'Says what the rules say of the records as they would be, and stores it.';

create function governance.approve_change(p_request_id uuid, p_reason text default null, p_commit boolean default false) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_request(p_request_id, true);
  return governance_private.approve_change(p_request_id, p_reason, p_commit);
end
$$;
comment on function governance.approve_change(uuid, text, boolean) is
  'Approves a change; with p_commit it is committed at once when this was the last approval that it needed. Never the proposer''s, never a database role''s.';

create function governance.reject_change(p_request_id uuid, p_reason text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_request(p_request_id);
  return governance_private.decide_change(p_request_id, 'rejected', p_reason);
end
$$;
comment on function governance.reject_change(uuid, text) is 'Rejects a change for good, and says why. For stewards.';

create function governance.request_changes(p_request_id uuid, p_reason text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_request(p_request_id);
  return governance_private.decide_change(p_request_id, 'changes_requested', p_reason);
end
$$;
comment on function governance.request_changes(uuid, text) is 'Sends a change back to its proposer, and says what should be different. For stewards.';

create function governance.revise_change(p_request_id uuid, p_changes jsonb default null, p_reason text default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity text;
begin
  perform governance_private.require_visible_request(p_request_id, true);
  select q.entity_type into v_entity from governance.change_requests q where q.id = p_request_id;
  if p_changes is not null then
    perform governance_private.check_proposal(v_entity, p_changes);
  end if;
  return governance_private.revise_change(p_request_id, p_changes, p_reason);
end
$$;
comment on function governance.revise_change(uuid, jsonb, text) is
  'Asks for something else, or for the same of the records as they are now; earlier approvals no longer count. For the proposer.';

create function governance.withdraw_change(p_request_id uuid, p_reason text default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_request(p_request_id);
  return governance_private.withdraw_change(p_request_id, p_reason);
end
$$;
comment on function governance.withdraw_change(uuid, text) is 'Takes a change back. For the proposer.';

create function governance.commit_change(p_request_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_request(p_request_id);
  return governance_private.commit_change(p_request_id);
end
$$;
comment on function governance.commit_change(uuid) is
  'Writes an approved change. Fields that somebody else changed since send it back with both values; other edits are kept. For stewards and the proposer.';

grant execute on function governance.propose_changes(text, jsonb, text), governance.propose_change(text, text, jsonb, text), governance.validate_change(uuid),
  governance.approve_change(uuid, text, boolean), governance.reject_change(uuid, text), governance.request_changes(uuid, text),
  governance.revise_change(uuid, jsonb, text), governance.withdraw_change(uuid, text), governance.commit_change(uuid),
  governance_private.check_proposal(text, jsonb), governance_private.propose_changes(text, jsonb, text), governance_private.validate_change(uuid),
  governance_private.approve_change(uuid, text, boolean), governance_private.decide_change(uuid, text, text), governance_private.revise_change(uuid, jsonb, text),
  governance_private.withdraw_change(uuid, text), governance_private.commit_change(uuid), governance_private.require_visible_request(uuid, boolean) to authenticated, service_role;
