-- What: erasing the sensitive values of one record everywhere the product keeps them.
-- Why: somebody's right to be forgotten reaches audit, issues, patches and staging; that something happened stays.
-- Breaks a running client: no.

create function governance_private.record_now(p_entity_type text, p_record_key text) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_record jsonb;
begin
  execute format('select to_jsonb(r.*) from %s r where %s', governance_private.entity_table(p_entity_type),
    governance_private.key_predicate(p_entity_type, 'r', '$1')) into v_record using p_record_key;
  return v_record;
end
$$;

create function governance_private.erase_patch(p_patch jsonb, p_fields text[]) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(case when replace(replace(substr(o ->> 'path', 2), '~1', '/'), '~0', '~') = any (p_fields) then o || '{"value": null}' else o end order by n), '[]')
  from jsonb_array_elements(p_patch) with ordinality as x(o, n)
$$;
comment on function governance_private.erase_patch(jsonb, text[]) is 'A patch with null in place of the values of these fields.';

create function governance_private.former_keys(p_entity_type text, p_record_key text) returns table (record_key text, until timestamptz)
language sql stable security invoker set search_path = ''
as $$
  -- A changed key is, in one statement, a delete under the old key and an insert under the new one. Of several in one statement, the one
  -- that is most like it; where two are alike, both: rather forgotten twice than kept. What came later under the old key is another record.
  with recursive keys as (
    select p_record_key as record_key, 9223372036854775807 as statement_id, 'infinity'::timestamptz as until
    union all
    select d.record_key, d.statement_id, d.occurred_at
    from keys k
    join governance.audit_events i on i.record_key = k.record_key and i.entity_type = p_entity_type and i.operation = 'insert' and i.statement_id < k.statement_id
    cross join lateral (
      select x.record_key, x.statement_id, x.occurred_at, rank() over (order by (
        select count(*) from jsonb_each(x.before) b where b.value = i.after -> b.key) desc) as place
      from governance.audit_events x
      where x.statement_id = i.statement_id and x.entity_type = p_entity_type and x.operation = 'delete'
        and x.occurred_at between i.occurred_at - interval '10 minutes' and i.occurred_at + interval '10 minutes') d
    where d.place = 1
  )
  select k.record_key, max(k.until) from keys k group by 1
$$;
comment on function governance_private.former_keys(text, text) is 'The keys that a record has had, the present one too, and until when each was its own.';

create function governance_private.erase_from_audit(p_entity_type text, p_record_key text, p_fields text[], p_until timestamptz) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_events bigint;
  v_fixes bigint;
begin
  update governance.audit_events e
  set before = governance_private.mask_values(e.before, p_fields), after = governance_private.mask_values(e.after, p_fields),
      erased = array(select f from unnest(coalesce(e.erased, '{}') || p_fields) as f
        where f = any (coalesce(e.erased, '{}')) or coalesce(e.before, '{}') ? f or coalesce(e.after, '{}') ? f group by f order by f)
  where e.record_key = p_record_key and e.entity_type = p_entity_type and e.occurred_at <= p_until and (e.before ?| p_fields or e.after ?| p_fields);
  get diagnostics v_events = row_count;
  update governance.fixes f
  set patch = governance_private.erase_patch(f.patch, p_fields), inverse = governance_private.erase_patch(f.inverse, p_fields)
  where f.entity_type = p_entity_type and f.record_key = p_record_key and f.applied_at <= p_until and governance_private.patch_fields(f.patch) && p_fields;
  get diagnostics v_fixes = row_count;
  delete from governance_private.write_fixes w where w.entity_type = p_entity_type and w.record_key = p_record_key;
  return jsonb_build_object('audit_events', v_events, 'fixes', v_fixes);
end
$$;

create function governance_private.shows_erased(p_entity_type text, p_record_key text, p_fields text[], p_of_entity text, p_of_key text, p_reads text[], p_related jsonb) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- Of the record itself: one of the fields, all fields, or words that nobody can take apart. Of another: a path that leads to one of them.
  select case when p_of_entity = p_entity_type and p_of_key = p_record_key then p_reads && p_fields or '*' = any (p_reads) or p_reads = '{}'
    else p_related @> jsonb_build_array(jsonb_build_array(p_entity_type, p_record_key))
      and exists (select from unnest(p_reads) as r where r = '*' or regexp_replace(r, '^.*\.', '') = any (p_fields)) end
$$;
comment on function governance_private.shows_erased(text, text, text[], text, text, text[], jsonb) is 'Whether what reads these fields, and names these other records, can show a value that is erased.';

create function governance_private.erase_from_issues(p_entity_type text, p_record_key text, p_fields text[], p_until timestamptz) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_org_ids text[];
  v_ids uuid[];
  v_hits bigint;
begin
  select array_agg(distinct e.org_id) into v_org_ids from governance.audit_events e where e.record_key = p_record_key and e.entity_type = p_entity_type;
  v_ids := array(
    select i.id from governance.data_quality_issues i
    where i.entity_type = p_entity_type and i.record_key = p_record_key and i.first_seen_at <= p_until and governance_private.shows_erased(p_entity_type, p_record_key, p_fields, i.entity_type, i.record_key, i.reads, i.related)
    union
    select i.id from governance.data_quality_issues i
    where i.org_id = any (v_org_ids) and i.related is not null and i.first_seen_at <= p_until and governance_private.shows_erased(p_entity_type, p_record_key, p_fields, i.entity_type, i.record_key, i.reads, i.related));
  update governance.data_quality_issues i
  set message = 'The values of this issue were erased.', observed = '{}', suggested_fix = null,
      record_label = case when exists (select from governance.entities e where e.entity_type = i.entity_type and e.label_column = any (p_fields)) then null else i.record_label end
  where i.id = any (v_ids);
  update governance.data_quality_issue_events n set details = n.details - 'message' || '{"erased": true}'
  where n.issue_id = any (v_ids) and n.details ? 'message';
  update governance.shadow_hits h set message = null
  where (h.org_id = any (v_org_ids) or h.entity_type = p_entity_type and h.record_key = p_record_key) and h.message is not null and h.occurred_at <= p_until
    and governance_private.shows_erased(p_entity_type, p_record_key, p_fields, h.entity_type, h.record_key, h.reads, h.related);
  get diagnostics v_hits = row_count;
  update governance_private.dead_letters d set error = 'erased' where d.entity_type = p_entity_type and d.record_key = p_record_key;
  return jsonb_build_object('issues', coalesce(cardinality(v_ids), 0), 'shadow_hits', v_hits);
end
$$;

create function governance_private.erase_from_changes(p_entity_type text, p_record_key text, p_fields text[], p_until timestamptz) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_ids uuid[] := array(select r.request_id from governance.change_request_records r join governance.change_requests q on q.id = r.request_id
    where r.entity_type = p_entity_type and r.record_key = p_record_key and q.proposed_at <= p_until);
begin
  -- What would write an erased value cannot be committed any more.
  perform governance_private.close_request(q.id, 'withdrawn', 'values of it were erased', '{}', 'Your change was withdrawn')
  from governance.change_requests q
  where q.id = any (v_ids) and governance_private.is_pending(q.status) and exists (
    select from governance.change_request_records r where r.request_id = q.id and r.record_key = p_record_key and r.after ?| p_fields);
  update governance.change_request_records r
  set patch = governance_private.erase_patch(r.patch, p_fields), before = governance_private.mask_values(r.before, p_fields), after = governance_private.mask_values(r.after, p_fields),
      outcome = null, record_label = case when exists (select from governance.entities e where e.entity_type = p_entity_type and e.label_column = any (p_fields)) then null else r.record_label end
  where r.request_id = any (v_ids) and r.record_key = p_record_key;
  -- Words about all records of a request cannot be taken apart.
  update governance.change_requests q set validation = case when q.validation is not null then q.validation - 'message' end where q.id = any (v_ids);
  update governance.change_request_decisions d
  set details = d.details - 'message', reason = case when d.decided_by is null then 'erased' else d.reason end where d.request_id = any (v_ids);
  update governance.notifications n set message = 'The words of this message were erased.' where n.subject_type = 'change_request' and n.subject_id = any (v_ids::text[]);
  delete from governance_private.diverted_changes d where d.entity_type = p_entity_type and d.record_key = p_record_key;
  return jsonb_build_object('change_requests', cardinality(v_ids));
end
$$;

create function governance_private.erase_from_sources(p_entity_type text, p_record_key text, p_fields text[], p_until timestamptz) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_payloads bigint;
  v_refused bigint;
  v_rows bigint;
  v_answers bigint;
begin
  -- Before the payloads lose what they are called by.
  update governance.refused_payloads r set payload = '{}', faults = '[]'
  where r.entity_type = p_entity_type and r.received_at <= p_until and (r.external_id = p_record_key or r.payload ->> 'key' = p_record_key or exists (
    select from governance.source_records s where s.source_key = r.source_key and s.entity_type = p_entity_type and s.external_id = r.external_id and s.record_key = p_record_key));
  get diagnostics v_refused = row_count;
  -- What the CRM has no column for may say the same again.
  update governance.source_records s set payload = governance_private.mask_values(s.payload, p_fields || s.unknown_fields), error = null
  where s.entity_type = p_entity_type and s.record_key = p_record_key and s.received_at <= p_until;
  get diagnostics v_payloads = row_count;
  v_rows := governance_private.erase_import_rows(p_entity_type, p_record_key);
  update governance.import_rows w set raw = null, record = null, reasons = '[]', fixes = null, issues = null, match_key = null
  from governance.imports i, governance.entities e
  where i.entity_type = p_entity_type and e.entity_type = p_entity_type and w.import_id = i.import_id and w.record_key is null and i.created_at <= p_until
    and (w.match_key = p_record_key or (cardinality(e.key_columns) = 1 and w.record ->> e.key_columns[1] = p_record_key));
  delete from governance_private.idempotent_calls c where position(p_record_key in c.answer::text) > 0;
  get diagnostics v_answers = row_count;
  delete from governance_private.trials t where t.entity_type = p_entity_type;
  update governance_private.extract_rows x
  set fingerprint = null, values = array(select case when f.name = any (p_fields) then null else x.values[f.n] end from unnest(t.fields) with ordinality as f(name, n) order by f.n)
  from governance.extracts t
  where t.entity_type = p_entity_type and x.extract_id = t.id and t.fields && p_fields and x.key = (
    select governance_private.record_now(p_entity_type, p_record_key) ->> t.key_column);
  return jsonb_build_object('source_records', v_payloads, 'refused_payloads', v_refused, 'import_rows', v_rows, 'answers', v_answers);
end
$$;

create function governance_private.erasable_fields(p_entity_type text, p_org_ids text[], p_columns text[]) returns text[]
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_fields text[] := coalesce(p_columns, array(
    select distinct s.column_name from governance.sensitive_columns s
    where s.entity_type = p_entity_type and (s.org_id is null or s.org_id = any (p_org_ids)) order by 1));
begin
  select * into v_entity from governance.entities e where e.entity_type = p_entity_type;
  if v_fields = '{}' then
    perform governance_private.raise_error('PT422', 'invalid-value', format('No column of "%s" is marked as sensitive: say which to erase.', p_entity_type), '{"field": "p_columns"}');
  elsif v_fields && (v_entity.key_columns || v_entity.org_column) then
    perform governance_private.raise_error('PT422', 'invalid-value', 'What names a record or its organization cannot be erased: it stands in every row about it.', '{"field": "p_columns"}');
  end if;
  return v_fields;
end
$$;

create function governance_private.erase_places(p_entity_type text, p_record_key text, p_fields text[], p_until timestamptz) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Audit last: the other places ask it which organizations the record was in.
  return governance_private.erase_from_issues(p_entity_type, p_record_key, p_fields, p_until)
    || governance_private.erase_from_changes(p_entity_type, p_record_key, p_fields, p_until)
    || governance_private.erase_from_sources(p_entity_type, p_record_key, p_fields, p_until)
    || governance_private.erase_from_audit(p_entity_type, p_record_key, p_fields, p_until);
end
$$;
comment on function governance_private.erase_places(text, text, text[], timestamptz) is 'Erases values that stand under a key, up to a moment; tells how many where.';

create function governance_private.hold_erasures() returns void
language sql volatile security invoker set search_path = ''
as $$
  select pg_advisory_xact_lock_shared(hashtextextended('governance.erasure', 0))
$$;
comment on function governance_private.hold_erasures() is 'For what brings values back from audit: until this transaction ends no erasure passes it by.';

create function governance_private.erase_record(p_entity_type text, p_record_key text, p_columns text[], p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now jsonb;
  v_org_ids text[];
  v_fields text[];
  v_counts jsonb;
  v_former jsonb;
begin
  -- Definer: reaches what nobody may change; an admin of every organization that the record was in gets here.
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('"%s" is not a registered entity.', p_entity_type));
  end if;
  -- An undo under way may still bring back what is erased here.
  perform pg_advisory_xact_lock(hashtextextended('governance.erasure', 0));
  begin
    v_now := governance_private.record_now(p_entity_type, p_record_key);
  exception when data_exception then
    v_now := null;
  end;
  -- The keys it had before, too: by its audit, which is erased last.
  select jsonb_agg(jsonb_build_object('key', f.record_key, 'until', f.until)) into v_former from governance_private.former_keys(p_entity_type, p_record_key) f;
  select array_agg(distinct o) into v_org_ids from (
    select e.org_id as o from jsonb_to_recordset(v_former) as f(key text, until timestamptz)
    join governance.audit_events e on e.record_key = f.key and e.entity_type = p_entity_type and e.operation <> 'gap' and e.occurred_at <= f.until
    union select coalesce(v_now ->> e.org_column, e.fixed_org_id) from governance.entities e where e.entity_type = p_entity_type and v_now is not null) x;
  if v_org_ids is null or not (governance_private.is_instance_admin() or v_org_ids && array(select governance_private.my_org_ids())) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is and was no %s "%s" that you can see.', p_entity_type, p_record_key));
  elsif coalesce(btrim(p_reason), '') = '' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Say why: an erasure is audited.', '{"field": "p_reason"}');
  end if;
  perform governance_private.require_role(o, 'admin', 'erase values of this record') from unnest(v_org_ids) as o;
  v_fields := governance_private.erasable_fields(p_entity_type, v_org_ids, p_columns);
  select jsonb_object_agg(c.place, c.n) into v_counts from (
    select c.key as place, sum(c.value::bigint) as n from jsonb_to_recordset(v_former) as f(key text, until timestamptz)
    cross join lateral jsonb_each_text(governance_private.erase_places(p_entity_type, f.key, v_fields, f.until)) c group by 1) c;
  insert into governance.audit_events (org_id, entity_type, record_key, operation, after, actor, db_role, source, reason, request_id)
  select o, 'governance_erasure', gen_random_uuid()::text, 'erase',
    jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key, 'fields', v_fields, 'counts', v_counts),
    auth.uid(), governance_private.writer_role(), governance_private.writer_source(o), p_reason, (select w.request_id from governance_private.writers w)
  from unnest(v_org_ids) as o;
  return jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key, 'fields', to_jsonb(v_fields), 'counts', v_counts,
    'still_held', to_jsonb(array(select f from unnest(v_fields) as f where coalesce(v_now -> f, 'null') <> 'null' order by f)));
end
$$;
comment on function governance_private.erase_record(text, text, text[], text) is 'Erases values of a record from audit, issues, fixes, change requests, payloads and staging.';

create function governance.erase_record(p_entity_type text, p_record_key text, p_columns text[] default null, p_reason text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.erase_record(p_entity_type, p_record_key, p_columns, p_reason)
$$;
comment on function governance.erase_record(text, text, text[], text) is
  'Erases the sensitive values of one record (or these columns) everywhere the product keeps them, for admins. The record itself is yours to change first: still_held names what it still holds.';
grant execute on function governance.erase_record(text, text, text[], text), governance_private.erase_record(text, text, text[], text) to authenticated, service_role;
