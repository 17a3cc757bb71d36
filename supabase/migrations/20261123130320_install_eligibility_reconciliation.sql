-- What: the reconciliation of the reference CRM's coverage with the eligibility files.
-- Why: who is covered is what the last complete file says; a file that cannot be believed terminates nobody.
-- Breaks a running client: no.

create function governance_private.eligibility_full_files(p_org_id text, p_settings jsonb)
returns table (file_id uuid, source text, plan_id uuid, as_of date, previous_id uuid, previous_as_of date, previous_count bigint, record_count bigint, expected_count integer,
  received_count integer, is_short boolean, has_shrunk boolean, place bigint, name text, touched_at timestamptz)
language sql stable security invoker set search_path = ''
as $$
  -- The complete full files of each source and plan, newest first, each beside the one before it. A copy of a file is no file of its own.
  with complete as (
    select f.*, (select count(*) from public.eligibility_records r where r.org_id = f.org_id and r.file_id = f.id) as records
    from public.eligibility_files f
    where f.org_id = p_org_id::uuid and f.kind = 'full' and f.status = 'complete'
      and not exists (
        select from public.eligibility_files o where o.org_id = f.org_id and o.source = f.source and o.checksum = f.checksum and o.status = 'complete'
          and (o.received_at, o.id) < (f.received_at, f.id))
  ), beside as (
    select c.*, lag(c.id) over w as previous_id, lag(c.as_of) over w as previous_as_of, lag(c.records) over w as previous_count,
           row_number() over (partition by c.source, c.plan_id order by c.as_of desc, c.received_at desc) as place
    from complete c
    window w as (partition by c.source, c.plan_id order by c.as_of, c.received_at)
  )
  select b.id, b.source, b.plan_id, b.as_of, b.previous_id, b.previous_as_of, b.previous_count, b.records, b.expected_count, b.received_count,
         b.records < coalesce(greatest(b.expected_count, b.received_count), 0),
         b.records < b.previous_count * (1 - coalesce((p_settings #>> '{file-shrank,share}')::numeric, 0.1)), b.place, coalesce(b.name, b.source || ' of ' || b.as_of), b.updated_at
  from beside b
$$;
comment on function governance_private.eligibility_full_files(text, jsonb) is 'The complete full eligibility files, each with what it must be compared with before it is believed.';

create function governance_private.eligibility_believed(p_org_id text, p_settings jsonb)
returns table (file_id uuid, source text, plan_id uuid, as_of date, previous_id uuid, previous_as_of date)
language sql stable security invoker set search_path = ''
as $$
  -- Of each source and plan the last file, if it can be believed: neither short of what it announced, nor suddenly much smaller.
  select f.file_id, f.source, f.plan_id, f.as_of, f.previous_id, f.previous_as_of
  from governance_private.eligibility_full_files(p_org_id, p_settings) f
  where f.place = 1 and not f.is_short and not coalesce(f.has_shrunk, false)
$$;

create function governance_private.reconcile_eligibility_files(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with full_files as (
    select * from governance_private.eligibility_full_files(p_org_id, p_settings)
  )
  select 'file-did-not-arrive', 'eligibility_file', f.id::text, null::text, null::numeric, null::numeric, null::text, f.expected_on, f.updated_at,
    format('The file %s was expected on %s and has not come.', coalesce(f.name, f.source || ' of ' || f.as_of), f.expected_on), null::jsonb, null::jsonb
  from public.eligibility_files f
  where f.org_id = p_org_id::uuid and f.status = 'expected'
    and f.expected_on + coalesce((p_settings #>> '{file-did-not-arrive,grace_days}')::integer, 0) < governance_private.organization_today(p_org_id)
  union all
  select 'file-arrived-twice', 'eligibility_file', f.id::text, null, null, null, null, f.received_at::date, f.updated_at,
    format('The file %s is the same, byte for byte, as one that came before.', coalesce(f.name, f.source || ' of ' || f.as_of)), null, null
  from public.eligibility_files f
  where f.org_id = p_org_id::uuid and f.status in ('received', 'complete') and exists (
    select from public.eligibility_files o where o.org_id = f.org_id and o.source = f.source and o.checksum = f.checksum and o.status in ('received', 'complete')
      and (o.received_at, o.id) < (f.received_at, f.id))
  union all
  select 'file-shrank', 'eligibility_file', f.file_id::text, null, f.previous_count, f.record_count, null, f.as_of, f.touched_at,
    format('The file %s has %s records, the one before it had %s. Nobody''s coverage is held against it until a person has looked.', f.name, f.record_count, f.previous_count), null, null
  from full_files f where f.place = 1 and f.has_shrunk
  union all
  select 'file-incomplete', 'eligibility_file', f.file_id::text, null, greatest(f.expected_count, f.received_count), f.record_count, null, f.as_of, f.touched_at,
    format('The file %s announces %s records and has %s. It is not used.', f.name, greatest(f.expected_count, f.received_count), f.record_count), null, null
  from full_files f where f.place = 1 and f.is_short
$$;
comment on function governance_private.reconcile_eligibility_files(text, text, text, jsonb) is 'Files that did not come, came twice, shrank or are incomplete.';

create function governance_private.reconcile_eligibility_records(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with lines as (
    select f.source, f.as_of, r.*, nullif(upper(btrim(r.member_number)), '') as number, nullif(upper(btrim(r.subscriber_number)), '') as subscriber,
           nullif(upper(btrim(r.plan_code)), '') as code
    from governance_private.eligibility_believed(p_org_id, p_settings) f
    join public.eligibility_records r on r.org_id = p_org_id::uuid and r.file_id = f.file_id
  ), overlapping as (
    select l.*, max(coalesce(l.ends_on, 'infinity')) over (partition by l.file_id, l.number, l.code order by l.starts_on, l.line_number
      rows between unbounded preceding and 1 preceding) as before_ends_on
    from lines l where l.number is not null and coalesce(l.ends_on, 'infinity') >= l.starts_on
  )
  select 'unknown-member', 'eligibility_record', l.id::text, null::text, null::numeric, null::numeric, null::text, l.starts_on, l.updated_at,
    format('Line %s of %s: there is no member %s.', l.line_number, l.source, coalesce('"' || l.number || '"', 'without a number')), null::jsonb, null::jsonb
  from lines l where not exists (select from public.members m where m.org_id = p_org_id::uuid and nullif(upper(btrim(m.member_number)), '') = l.number)
  union all
  select 'unknown-plan', 'eligibility_record', l.id::text, null, null, null, null, l.starts_on, l.updated_at,
    format('Line %s of %s: there is no plan "%s".', l.line_number, l.source, l.plan_code), null, null
  from lines l where l.code is not null and not exists (select from public.plans p where p.org_id = p_org_id::uuid and nullif(upper(btrim(p.code)), '') = l.code)
  union all
  select 'file-dates-reversed', 'eligibility_record', l.id::text, null, null, null, null, l.starts_on, l.updated_at,
    format('Line %s of %s ends on %s, before it starts on %s.', l.line_number, l.source, l.ends_on, l.starts_on), null, null
  from lines l where l.ends_on < l.starts_on
  union all
  select 'file-overlap', 'eligibility_record', o.id::text, null, null, null, null, o.starts_on, o.updated_at,
    format('Line %s of %s covers days that an earlier line of the same member and plan covers already.', o.line_number, o.source), null, null
  from overlapping o where o.starts_on <= o.before_ends_on
  union all
  select 'file-dependant-without-subscriber', 'eligibility_record', l.id::text, null, null, null, null, l.starts_on, l.updated_at,
    format('Line %s of %s covers a dependant of %s, who is not in the file.', l.line_number, l.source, coalesce('"' || l.subscriber || '"', 'nobody')), null, null
  from lines l
  where coalesce(lower(btrim(l.relationship)), 'subscriber') not in ('subscriber', 'self', '')
    and not exists (select from lines s where s.file_id = l.file_id and s.number = l.subscriber)
$$;
comment on function governance_private.reconcile_eligibility_records(text, text, text, jsonb) is 'What is wrong inside of the last believed full files.';

create function governance_private.reconcile_eligibility_members(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with believed as (
    select * from governance_private.eligibility_believed(p_org_id, p_settings)
  ), members as (
    select m.*, nullif(upper(btrim(m.member_number)), '') as number from public.members m
    where m.org_id = p_org_id::uuid and m.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and m.id <= p_until::uuid
  ), scope as (
    -- Each member with each plan that a believed file speaks of.
    select b.file_id, b.source, b.as_of, b.previous_id, b.previous_as_of, p.id as plan_id, p.name as plan, nullif(upper(btrim(p.code)), '') as code
    from believed b join public.plans p on p.org_id = p_org_id::uuid and (b.plan_id is null or p.id = b.plan_id) and btrim(p.code) <> ''
  ), deltas as (
    -- Later delta files replace, pair by pair, what the full file said.
    select distinct on (b.file_id, m.id, r.code) b.file_id, m.id as member_id, r.code, d.id as delta_id
    from believed b
    join public.eligibility_files d on d.org_id = p_org_id::uuid and d.source = b.source and d.plan_id is not distinct from b.plan_id
      and d.kind = 'delta' and d.status = 'complete' and d.as_of > b.as_of
    cross join members m
    cross join lateral (
      select nullif(upper(btrim(e.plan_code)), '') as code from public.eligibility_records e
      where e.org_id = p_org_id::uuid and e.file_id = d.id and nullif(upper(btrim(e.member_number)), '') = m.number) r
    order by b.file_id, m.id, r.code, d.as_of desc, d.received_at desc
  ), said as (
    select s.file_id, m.id as member_id, s.plan_id, range_agg(daterange(r.starts_on, r.ends_on, '[]')) as days, max(r.updated_at) as touched_at, bool_or(d.delta_id is not null) as is_delta
    from scope s
    cross join members m
    left join deltas d on d.file_id = s.file_id and d.member_id = m.id and d.code = s.code
    join public.eligibility_records r on r.org_id = p_org_id::uuid and r.file_id = coalesce(d.delta_id, s.file_id)
      and nullif(upper(btrim(r.member_number)), '') = m.number and nullif(upper(btrim(r.plan_code)), '') = s.code
    where r.starts_on is not null and coalesce(r.ends_on, 'infinity') >= r.starts_on
    group by 1, 2, 3
  ), said_before as (
    select s.file_id, m.id as member_id, s.plan_id, range_agg(daterange(r.starts_on, r.ends_on, '[]')) as days
    from scope s
    cross join members m
    join public.eligibility_records r on r.org_id = p_org_id::uuid and r.file_id = s.previous_id
      and nullif(upper(btrim(r.member_number)), '') = m.number and nullif(upper(btrim(r.plan_code)), '') = s.code
    where r.starts_on is not null and coalesce(r.ends_on, 'infinity') >= r.starts_on
    group by 1, 2, 3
  ), ours as (
    select m.id as member_id, c.plan_id, range_agg(c.period) as days, max(c.updated_at) as touched_at
    from members m
    join public.coverages c on c.org_id = m.org_id and c.member_id = m.id and c.status in ('active', 'terminated') and not isempty(c.period)
    group by 1, 2
  ), compared as (
    -- From the day that the file describes on: what lies before it, it may not tell.
    select s.source, s.as_of, s.plan, s.plan_id, s.previous_as_of, m.id as member_id, m.status, f.member_id is not null as is_in_file,
           coalesce(f.days, '{}') * datemultirange(daterange(s.as_of, null)) as theirs, coalesce(o.days, '{}') * datemultirange(daterange(s.as_of, null)) as here,
           coalesce(f.days, '{}') as all_theirs, b.days as before, f.is_delta, greatest(m.updated_at, f.touched_at, o.touched_at) as touched_at
    from scope s
    cross join members m
    left join said f on f.file_id = s.file_id and f.member_id = m.id and f.plan_id = s.plan_id
    left join said_before b on b.file_id = s.file_id and b.member_id = m.id and b.plan_id = s.plan_id
    left join ours o on o.member_id = m.id and o.plan_id = s.plan_id
    where f.member_id is not null or o.member_id is not null
  ), found as (
    select case
        when isempty(c.theirs) and not c.is_in_file then 'missing-from-file'
        when isempty(c.theirs) then 'terminated-but-active'
        else 'coverage-beyond-file' end as break_class,
      c.here - c.theirs as days, c.*
    from compared c where not isempty(c.here - c.theirs)
    union all
    select case when c.status = 'terminated' then 'active-but-terminated' when isempty(c.here) then 'coverage-missing' else 'coverage-gap' end,
      c.theirs - c.here, c.*
    from compared c where not isempty(c.theirs - c.here)
    union all
    -- Before the day of the file before, nothing should have changed.
    select 'retroactive-change', past.changed, c.*
    from compared c
    cross join lateral (
      select ((c.all_theirs - c.before) + (c.before - c.all_theirs)) * datemultirange(daterange(null, c.previous_as_of)) as changed) past
    where c.before is not null and c.is_in_file and not c.is_delta and not isempty(past.changed)
  )
  select f.break_class, 'member', f.member_id::text, concat_ws(':', f.source, f.plan_id), null::numeric, null::numeric, null::text,
    coalesce(nullif(lower(f.days), '-infinity'), f.as_of), f.touched_at,
    format(case f.break_class
      when 'missing-from-file' then 'We cover this member by "%1$s" (%2$s), but %3$s''s full file does not name them.'
      when 'terminated-but-active' then 'We cover this member by "%1$s" (%2$s), but %3$s says that it has ended.'
      when 'coverage-beyond-file' then 'We cover this member by "%1$s" on days (%2$s) that %3$s does not.'
      when 'active-but-terminated' then '%3$s covers this member by "%1$s" (%2$s), but we have terminated them.'
      when 'coverage-missing' then '%3$s covers this member by "%1$s" (%2$s), we do not.'
      when 'coverage-gap' then '%3$s covers this member by "%1$s" on days (%2$s) that we leave out.'
      else '%3$s has changed days of the past (%2$s) of this member''s "%1$s".' end, f.plan, f.days, f.source),
    jsonb_build_object('days', f.days, 'source', f.source, 'plan', f.plan), null::jsonb
  from found f
$$;
comment on function governance_private.reconcile_eligibility_members(text, text, text, jsonb) is 'Each member''s coverage against the last believed full file and the delta files after it, as multiranges of days.';

create function governance_private.reconcile_eligibility_coverage(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with today as (select governance_private.organization_today(p_org_id) as today),
  members as (
    select m.*, (select range_agg(c.period) from public.coverages c
      where c.org_id = m.org_id and c.member_id = m.id and c.status in ('active', 'terminated') and not isempty(c.period)) as days
    from public.members m
    where m.org_id = p_org_id::uuid and m.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and m.id <= p_until::uuid
  ), spells as (
    select c.member_id, c.plan_id, p.name as plan, nullif(btrim(p.kind), '') as kind, c.period, c.updated_at,
           lag(upper(c.period)) over (partition by c.member_id, c.plan_id order by c.period) as before_ends
    from members m
    join public.coverages c on c.org_id = m.org_id and c.member_id = m.id and c.status in ('active', 'terminated') and not isempty(c.period)
    join public.plans p on p.org_id = c.org_id and p.id = c.plan_id
  )
  select 'terminated-but-covered', 'member', m.id::text, null::text, null::numeric, null::numeric, null::text, m.terminated_on, m.updated_at,
    'This member is terminated, but a coverage goes on.', null::jsonb, null::jsonb
  from members m, today t where m.status = 'terminated' and m.days && daterange(greatest(t.today, m.terminated_on + 1), null)
  union all
  select 'dependant-without-subscriber', 'member', m.id::text, null, null, null, null, null, greatest(m.updated_at, s.updated_at),
    case when s.id is null then 'This dependant is covered, but has no subscriber.' else 'This dependant is covered on days on which the subscriber is not.' end, null, null
  from today t, members m
  left join public.members s on s.org_id = m.org_id and s.id = m.subscriber_id
  left join lateral (select range_agg(c.period) as days from public.coverages c
    where c.org_id = s.org_id and c.member_id = s.id and c.status in ('active', 'terminated') and not isempty(c.period)) sd on true
  where m.relationship <> 'subscriber' and m.days && daterange(t.today, null)
    and (s.id is null or not isempty(m.days * datemultirange(daterange(t.today, null)) - coalesce(sd.days, '{}')))
  union all
  select 'coverage-hole', 'member', s.member_id::text, s.plan_id::text, null, null, null, s.before_ends, s.updated_at,
    format('Between two coverages by "%s" %s days are left out, from %s on.', s.plan, lower(s.period) - s.before_ends, s.before_ends), null, null
  from spells s
  where lower(s.period) - s.before_ends between 1 and coalesce((p_settings #>> '{coverage-hole,days}')::integer, 31)
  union all
  select 'coverage-overlap', 'member', a.member_id::text, concat_ws(':', least(a.plan_id, b.plan_id), greatest(a.plan_id, b.plan_id)), null, null, null,
    min(lower(a.period * b.period)), max(greatest(a.updated_at, b.updated_at)),
    format('Two coverages of the kind "%s" overlap from %s on: "%s" and "%s".', a.kind, min(lower(a.period * b.period)), min(a.plan), min(b.plan)), null, null
  from spells a join spells b on b.member_id = a.member_id and b.kind = a.kind and a.plan_id < b.plan_id and a.period && b.period
  group by a.member_id, a.plan_id, b.plan_id, a.kind
$$;
comment on function governance_private.reconcile_eligibility_coverage(text, text, text, jsonb) is 'What is wrong with coverages by themselves: holes, overlaps, dependants left alone, terminated members who are covered.';

insert into governance.reconcile_jobs (job, title, description, chunk_size) values
  ('eligibility', 'Eligibility', 'Members'' coverage against the last complete eligibility file that can be believed.', 2000);
insert into governance.reconcile_steps (job, position, step, entity_type) values
  ('eligibility', 0, 'eligibility_files', null),
  ('eligibility', 1, 'eligibility_records', null),
  ('eligibility', 2, 'eligibility_members', 'member'),
  ('eligibility', 3, 'eligibility_coverage', 'member');
insert into governance.break_classes (break_class, step, title, dimension, severity, correction, settings) values
  ('file-did-not-arrive', 'eligibility_files', 'Eligibility file that did not come', 'timeliness', 'high', null, '{"grace_days": 0}'),
  ('file-arrived-twice', 'eligibility_files', 'Eligibility file that came twice', 'uniqueness', 'low', null, '{}'),
  ('file-shrank', 'eligibility_files', 'Eligibility file that shrank suspiciously', 'accuracy', 'critical', null, '{"share": 0.1}'),
  ('file-incomplete', 'eligibility_files', 'Eligibility file with fewer records than it announces', 'completeness', 'critical', null, '{}'),
  ('unknown-member', 'eligibility_records', 'Eligibility record of nobody we know', 'integrity', 'medium', null, '{}'),
  ('unknown-plan', 'eligibility_records', 'Eligibility record of an unknown plan', 'integrity', 'medium', null, '{}'),
  ('file-dates-reversed', 'eligibility_records', 'Eligibility record that ends before it starts', 'validity', 'medium', null, '{}'),
  ('file-overlap', 'eligibility_records', 'Eligibility records that overlap', 'consistency', 'low', null, '{}'),
  ('file-dependant-without-subscriber', 'eligibility_records', 'Dependant in the file without subscriber', 'integrity', 'medium', null, '{}'),
  ('missing-from-file', 'eligibility_members', 'Covered member whom the file does not name', 'consistency', 'high', null, '{}'),
  ('terminated-but-active', 'eligibility_members', 'Covered member whose coverage has ended', 'consistency', 'high', null, '{}'),
  ('coverage-beyond-file', 'eligibility_members', 'Coverage beyond what the file says', 'consistency', 'medium', null, '{}'),
  ('active-but-terminated', 'eligibility_members', 'Terminated member who should be covered', 'consistency', 'critical', null, '{}'),
  ('coverage-missing', 'eligibility_members', 'Member in the file whom we do not cover', 'consistency', 'high', null, '{}'),
  ('coverage-gap', 'eligibility_members', 'Days that we leave out', 'consistency', 'high', null, '{}'),
  ('retroactive-change', 'eligibility_members', 'Retroactive change', 'timeliness', 'medium', null, '{}'),
  ('terminated-but-covered', 'eligibility_coverage', 'Terminated member whose coverage goes on', 'consistency', 'high', null, '{}'),
  ('dependant-without-subscriber', 'eligibility_coverage', 'Covered dependant without covered subscriber', 'integrity', 'high', null, '{}'),
  ('coverage-hole', 'eligibility_coverage', 'Hole between two coverages', 'completeness', 'medium', null, '{"days": 31}'),
  ('coverage-overlap', 'eligibility_coverage', 'Coverages of one kind that overlap', 'consistency', 'medium', null, '{}');
