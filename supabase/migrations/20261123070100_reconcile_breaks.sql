-- What: breaks become issues, corrections become fixes, and both end by themselves when the books agree.
-- Why: whatever job finds a break, it lives in the same queue as everything else that somebody has to look at.
-- Breaks a running client: no.

create function governance_private.add_counts(p_into jsonb, p_more jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  -- {"a": 1, "b": {"c": 2}} and the like: numbers add up, objects merge.
  select coalesce(jsonb_object_agg(k, case
    when jsonb_typeof(coalesce(p_more -> k, p_into -> k)) = 'object' then governance_private.add_counts(coalesce(p_into -> k, '{}'), coalesce(p_more -> k, '{}'))
    else to_jsonb(coalesce((p_into ->> k)::numeric, 0) + coalesce((p_more ->> k)::numeric, 0)) end), '{}')
  from (select jsonb_object_keys(p_into) as k union select jsonb_object_keys(p_more)) x
$$;
comment on function governance_private.add_counts(jsonb, jsonb) is 'Adds the counts of a chunk to those of its run.';

create function governance_private.correction_patch(p_correction jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_agg(x.op order by c.key, x.place)
  from jsonb_each(p_correction) as c
  cross join lateral (values
    (jsonb_build_object('op', 'test', 'path', '/' || c.key, 'value', c.value -> 'from'), 1),
    (jsonb_build_object('op', 'replace', 'path', '/' || c.key, 'value', c.value -> 'to'), 2)) as x(op, place)
$$;
comment on function governance_private.correction_patch(jsonb) is 'The JSON Patch of a break''s correction, with what must be there.';

create function governance_private.open_breaks(p_run governance.runs, p_class text, p_limit integer) returns bigint
language sql volatile security invoker set search_path = ''
as $$
  select count(*) from (
    select from governance.data_quality_issues i
    where i.org_id = p_run.org_id and i.rule_key = 'system-break-' || p_run.job and i.status = 'open'
      and split_part(i.discriminator, ':', 1) = p_class and not i.observed ? 'further' limit p_limit) x
$$;
comment on function governance_private.open_breaks(governance.runs, text, integer) is 'How many breaks of a class are open in the queue, at most the limit.';

create function governance_private.count_further_breaks(p_run governance.runs, p_further jsonb, p_limit integer) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- p_further: {class: how many more}. What earlier chunks counted stands in the run. Seen in this run, or closed with the mended ones.
  insert into governance.data_quality_issues as i (org_id, entity_type, record_key, rule_key, discriminator, reads, severity, message, observed, due_date)
  select p_run.org_id, coalesce(s.entity_type, x.entity_type, 'run'), '', 'system-break-' || p_run.job, c.break_class || ':' || coalesce(x.source, '…'), array['*'], c.severity,
    format('%s: %s more than the %s that have an issue. They are counted, and get issues in a later run when those are done.', c.title, n.further, p_limit),
    jsonb_build_object('further', n.further), now() + governance_private.due_after(c.severity, c.due_in)
  from jsonb_each_text(p_further) as f
  join governance.break_classes c on c.break_class = f.key
  join governance.reconcile_steps s on s.step = c.step
  left join governance.extracts x on p_run.job = 'extract' and x.id::text = p_run.subject
  cross join lateral (select f.value::bigint + coalesce((p_run.counts #>> array['further', f.key])::bigint, 0) as further) n
  order by f.key
  on conflict on constraint one_issue_per_fingerprint do update
    set severity = excluded.severity, message = excluded.message, observed = excluded.observed, last_seen_at = now(),
        due_date = case when i.status = 'fixed' then excluded.due_date else i.due_date end,
        status = case when i.status = 'fixed' then 'open' else i.status end;
end
$$;
comment on function governance_private.count_further_breaks(governance.runs, jsonb, integer) is 'Keeps the one issue of a class that counts the breaks beyond its limit.';

create function governance_private.save_breaks(p_run governance.runs, p_breaks governance_private.found_break[]) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_settled_at timestamptz := now() - (select j.settle_window from governance.reconcile_jobs j where j.job = p_run.job);
  v_limit integer := (select s.issues_per_sweep from governance_private.queue_settings s);
  v_counts jsonb;
begin
  with found as (
    select distinct on (b.entity_type, b.record_key, d.discriminator)
           b.*, d.discriminator, c.severity, c.due_in,
           coalesce(b.touched_at, '-infinity') > v_settled_at as is_in_flight
    from unnest(p_breaks) as b
    join governance.break_classes c on c.break_class = b.break_class
    cross join lateral (select b.break_class || coalesce(':' || b.partner, '') as discriminator) d
    where not exists (select from governance.reconcile_policies p
                      where p.org_id = p_run.org_id and p.break_class = b.break_class and p.is_ignored)
    order by b.entity_type, b.record_key, d.discriminator
  ), known as (
    select f.entity_type, f.record_key, f.discriminator, i.status
    from found f
    join governance.data_quality_issues i on i.org_id = p_run.org_id and i.rule_key = 'system-break-' || p_run.job
      and i.entity_type = f.entity_type and i.record_key = f.record_key and i.discriminator = f.discriminator
  ), fresh as materialized (
    -- What stands has its place; what is new, or is back, gets one while the class has any left.
    select f.entity_type, f.record_key, f.discriminator, f.break_class,
           row_number() over (partition by f.break_class order by f.record_key, f.discriminator) as place
    from found f left join known k using (entity_type, record_key, discriminator)
    where not f.is_in_flight and coalesce(k.status, 'fixed') = 'fixed'
  ), further as materialized (
    select f.entity_type, f.record_key, f.discriminator, f.break_class
    from fresh f
    join (select c.break_class, governance_private.open_breaks(p_run, c.break_class, v_limit) as n from (select distinct break_class from fresh) c) o using (break_class)
    where f.place > v_limit - o.n
  ), labels as materialized (
    -- Flattened into the join, each record is compared with the label of every other.
    select e.entity_type, d.record_key, d.label, d.owner_user_id
    from (select f.entity_type, array_agg(distinct f.record_key) filter (where f.record_key <> '') as keys from found f group by 1) e
    cross join lateral governance_private.describe_records(e.entity_type, e.keys) d
    where e.keys is not null
  ), saved as (
    insert into governance.data_quality_issues as i (org_id, entity_type, record_key, record_label, rule_key, discriminator, fields, reads, severity,
      message, observed, suggested_fix, owner_user_id, due_date)
    select p_run.org_id, f.entity_type, f.record_key, l.label, 'system-break-' || p_run.job, f.discriminator,
      -- Amounts and facts of any column.
      array(select jsonb_object_keys(f.correction)), array['*'], f.severity, f.message,
      jsonb_strip_nulls(coalesce(f.facts, '{}') || jsonb_build_object('expected', f.expected, 'actual', f.actual,
        'difference', f.actual - f.expected, 'currency', f.currency, 'since', f.since)),
      governance_private.correction_patch(f.correction), coalesce(l.owner_user_id, o.default_owner),
      now() + governance_private.due_after(f.severity, f.due_in)
    from found f
    left join labels l on l.entity_type = f.entity_type and l.record_key = f.record_key
    left join known k on k.entity_type = f.entity_type and k.record_key = f.record_key and k.discriminator = f.discriminator
    left join governance.organizations o on o.org_id = p_run.org_id
    -- What is in flight opens nothing; what stands already is only seen again.
    where (not f.is_in_flight or k.status <> 'fixed')
      and not exists (select from further x where (x.entity_type, x.record_key, x.discriminator) = (f.entity_type, f.record_key, f.discriminator))
    on conflict on constraint one_issue_per_fingerprint do update
      set record_label = excluded.record_label, fields = excluded.fields, reads = excluded.reads, severity = excluded.severity, message = excluded.message,
          observed = excluded.observed, suggested_fix = excluded.suggested_fix, last_seen_at = now(),
          owner_user_id = coalesce(i.owner_user_id, excluded.owner_user_id),
          due_date = case when i.status = 'fixed' then excluded.due_date else i.due_date end,
          occurrence_count = i.occurrence_count + case when i.status = 'fixed' or i.observed is distinct from excluded.observed then 1 else 0 end,
          status = case when i.status = 'fixed'
              or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix' and i.observed is distinct from excluded.observed)
            then 'open' else i.status end
    returning i.entity_type, i.record_key, i.discriminator, i.status
  )
  select jsonb_build_object(
      'found', count(*) filter (where not f.is_in_flight or k.status <> 'fixed'),
      'in_flight', count(*) filter (where f.is_in_flight),
      'opened', count(*) filter (where s.status = 'open' and k.status is null),
      'reopened', count(*) filter (where s.status = 'open' and k.status in ('fixed', 'ignored')))
    || jsonb_build_object('further', coalesce((select jsonb_object_agg(x.break_class, x.n) from (select break_class, count(*) as n from further group by 1) x), '{}'))
    || jsonb_build_object('classes', coalesce((select jsonb_object_agg(g.break_class, g.n) from (
         select g.break_class, count(*) as n from found g left join known kg using (entity_type, record_key, discriminator)
         where not g.is_in_flight or kg.status <> 'fixed' group by 1) g), '{}'))
    || jsonb_build_object('differences', coalesce((select jsonb_object_agg(g.currency, g.total) from (
         select g.currency, sum(abs(g.actual - g.expected)) as total from found g
         where not g.is_in_flight and g.currency is not null and g.actual is not null and g.expected is not null group by 1) g), '{}'))
  into v_counts
  from found f
  left join saved s using (entity_type, record_key, discriminator)
  left join known k using (entity_type, record_key, discriminator);
  if v_counts -> 'further' <> '{}' then
    perform governance_private.count_further_breaks(p_run, v_counts -> 'further', v_limit);
  end if;
  return v_counts;
end
$$;
comment on function governance_private.save_breaks(governance.runs, governance_private.found_break[]) is
  'Opens, refreshes or reopens the issues of the breaks that one chunk found. Returns its counts.';

create function governance_private.close_mended(p_run governance.runs, p_classes text[], p_entity_type text default null, p_partner text default null)
returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_closed integer;
begin
  -- Every break that stands was seen again since this run began; the others have been mended.
  update governance.data_quality_issues i
  set status = 'fixed', resolution = case
      when i.record_key <> '' and governance_private.record_is_gone(i.entity_type, i.record_key) then 'record_deleted'
      when exists (select from governance.fixes f where f.issue_id = i.id and f.reverted_at is null) then 'fixed_by_rule'
      else 'data_changed' end
  where i.org_id = p_run.org_id and i.rule_key = 'system-break-' || p_run.job and split_part(i.discriminator, ':', 1) = any (p_classes)
    and i.last_seen_at < p_run.started_at
    and (p_entity_type is null or i.entity_type = p_entity_type) and (p_partner is null or split_part(i.discriminator, ':', 2) = p_partner)
    and (i.status = 'open' or (i.status = 'ignored' and coalesce(i.resolution, 'wont_fix') = 'wont_fix'));
  get diagnostics v_closed = row_count;
  return v_closed;
end
$$;
comment on function governance_private.close_mended(governance.runs, text[], text, text) is 'Closes the issues of breaks that a whole run over these classes did not see any more.';

create function governance_private.correct_breaks(p_run governance.runs) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_batch uuid := gen_random_uuid();
  v_entity record;
  v_written text[];
  v_failed jsonb;
  v_counts jsonb := '{}';
begin
  -- Only classes that the organization's policy turns on, and never twice what somebody has taken back.
  for v_entity in
    select i.entity_type, array_agg(i.id) as ids,
           jsonb_agg(governance_private.patch_changes(i.record_key, jsonb_build_array(i.suggested_fix))) as changes
    from (
      select distinct on (i.entity_type, i.record_key) i.*
      from governance.data_quality_issues i
      join governance.reconcile_policies p on p.org_id = i.org_id and p.break_class = split_part(i.discriminator, ':', 1) and p.is_corrected
      where i.org_id = p_run.org_id and i.rule_key = 'system-break-' || p_run.job and i.status = 'open' and i.suggested_fix is not null
        and i.last_seen_at >= p_run.started_at
        and not exists (select from governance.fixes f where f.issue_id = i.id and f.patch = i.suggested_fix and f.reverted_at is not null)
      order by i.entity_type, i.record_key, i.discriminator
      limit 1000) i
    group by i.entity_type
  loop
    perform governance_private.begin_cause('fix', v_batch::text);
    select * into v_written, v_failed from governance_private.write_records_apart(v_entity.entity_type, v_entity.changes);
    perform governance_private.end_cause();
    insert into governance.fixes (org_id, entity_type, record_key, rule_key, rule_version, issue_id, patch, inverse, batch_id, cause)
    select i.org_id, i.entity_type, i.record_key, i.rule_key, 1, i.id, i.suggested_fix, governance_private.invert_patch(i.suggested_fix), v_batch, 'auto'
    from governance.data_quality_issues i where i.id = any (v_entity.ids) and i.record_key = any (v_written);
    update governance.data_quality_issues i set status = 'fixed', resolution = 'fixed_by_rule'
    where i.id = any (v_entity.ids) and i.record_key = any (v_written);
    v_counts := governance_private.add_counts(v_counts, jsonb_build_object('corrected', cardinality(v_written), 'refused', jsonb_array_length(v_failed)));
  end loop;
  return v_counts;
end
$$;
comment on function governance_private.correct_breaks(governance.runs) is
  'Applies the safe corrections that the organization''s policies turn on, as fixes that can be undone. At most 1,000 records a call.';
