-- What: the reconciliation of the reference CRM's pipeline: stages, dates, owners, history, totals.
-- Why: deals rot slowly; what is normal is measured from the organization's own history, not from a constant.
-- Breaks a running client: no.

create table governance_private.deal_stage_norms (
  org_id uuid not null,
  stage_id uuid not null,
  stays integer not null,
  stay_p95 numeric not null,
  wins integer not null,
  days_to_win_p10 numeric,
  primary key (org_id, stage_id)
);
alter table governance_private.deal_stage_norms enable row level security;
comment on table governance_private.deal_stage_norms is
  'How long deals usually stay in a stage, and how soon the quickest tenth of won deals was won from it, in days; measured at the start of each run.';

create function governance_private.organization_today(p_org_id text) returns date
language sql stable security invoker set search_path = ''
as $$
  select (now() at time zone o.time_zone)::date from governance.organizations o where o.org_id = p_org_id
$$;
comment on function governance_private.organization_today(text) is 'The date in an organization''s time zone.';

create function governance_private.reconcile_pipeline_norms(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql volatile security invoker set search_path = ''
as $$
  with entries as (
    select c.deal_id, c.to_stage_id as stage_id, c.changed_at as entered_at, c.from_stage_id is null as is_first,
           lead(c.changed_at) over (partition by c.deal_id order by c.changed_at, c.id) as left_at
    from public.deal_stage_changes c
    where c.org_id = p_org_id::uuid and c.from_stage_id is distinct from c.to_stage_id
  ), wins as (
    select distinct on (c.deal_id) c.deal_id, c.changed_at as won_at
    from public.deal_stage_changes c
    where c.org_id = p_org_id::uuid and c.to_status = 'won' and c.from_status = 'open' order by c.deal_id, c.changed_at desc
  ), norms as (
    select e.stage_id, count(e.left_at) as stays,
           percentile_cont(0.95) within group (order by extract(epoch from e.left_at - e.entered_at) / 86400) filter (where e.left_at is not null) as stay_p95,
           count(w.won_at) as wins,
           percentile_cont(0.1) within group (order by extract(epoch from w.won_at - e.entered_at) / 86400) filter (where w.won_at is not null) as days_to_win_p10
    from entries e left join wins w on w.deal_id = e.deal_id and w.won_at >= e.entered_at
    where e.stage_id is not null
    group by 1
  ), removed as (
    delete from governance_private.deal_stage_norms n
    where n.org_id = p_org_id::uuid and n.stage_id not in (select x.stage_id from norms x where x.stays > 0)
  ), saved as (
    insert into governance_private.deal_stage_norms (org_id, stage_id, stays, stay_p95, wins, days_to_win_p10)
    select p_org_id::uuid, n.stage_id, n.stays, n.stay_p95, n.wins, n.days_to_win_p10 from norms n where n.stays > 0
    on conflict (org_id, stage_id) do update
      set stays = excluded.stays, stay_p95 = excluded.stay_p95, wins = excluded.wins, days_to_win_p10 = excluded.days_to_win_p10
  )
  select (null::governance_private.found_break).* where false
$$;
comment on function governance_private.reconcile_pipeline_norms(text, text, text, jsonb) is 'Measures what is normal in each stage. Finds no breaks itself.';

create function governance_private.reconcile_pipeline_deals(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with today as (
    select governance_private.organization_today(p_org_id) as today, o.time_zone from governance.organizations o where o.org_id = p_org_id
  ), last_changes as (
    select d.id as deal_id, entered.changed_at as entered_at, closed.changed_at as closed_at
    from public.deals d
    left join lateral (
      select c.changed_at from public.deal_stage_changes c
      where c.org_id = d.org_id and c.deal_id = d.id and c.to_stage_id = d.stage_id and c.from_stage_id is distinct from c.to_stage_id
      order by c.changed_at desc, c.id desc limit 1) entered on d.status = 'open' and d.stage_id is not null
    left join lateral (
      select c.changed_at from public.deal_stage_changes c
      where c.org_id = d.org_id and c.deal_id = d.id and c.from_status = 'open' and c.to_status = d.status
      order by c.changed_at desc, c.id desc limit 1) closed on d.status <> 'open'
    where d.org_id = p_org_id::uuid and d.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and d.id <= p_until::uuid
  ), deals as (
    select d.*, t.today, s.name as stage, s.outcome, s.probability as stage_probability, n.stays, n.stay_p95, n.wins, n.days_to_win_p10,
           extract(epoch from now() - l.entered_at) / 86400 as days_in_stage, (l.closed_at at time zone t.time_zone)::date as closed_in_history
    from last_changes l
    join public.deals d on d.org_id = p_org_id::uuid and d.id = l.deal_id
    cross join today t
    left join public.pipeline_stages s on s.org_id = d.org_id and s.id = d.stage_id
    left join governance_private.deal_stage_norms n on n.org_id = d.org_id and n.stage_id = d.stage_id
  )
  select x.break_class, 'deal', d.id::text, null::text, x.expected, x.actual, null::text, x.since, d.updated_at, x.message, x.facts, x.correction
  from deals d
  cross join lateral (
    select 'probability-off-stage', d.stage_probability, d.probability, null::date,
      format('This deal is given %s %%, but the stage "%s" says %s %%.', trim_scale(d.probability), d.stage, trim_scale(d.stage_probability)), null::jsonb,
      jsonb_build_object('probability', jsonb_build_object('from', d.probability::text, 'to', d.stage_probability::text))
    where d.status = 'open'
      and abs(d.probability - d.stage_probability) > coalesce((p_settings #>> '{probability-off-stage,tolerance}')::numeric, 0)
    union all
    select 'stage-off-status', null, null, null,
      format('This deal is %s, but its stage "%s" is for %s deals.', d.status, d.stage, d.outcome), null, null
    where d.outcome <> d.status
    union all
    select 'close-date-past', null, null, d.expected_close_on,
      format('This deal was expected to close on %s and is still open.', d.expected_close_on), null, null
    where d.status = 'open' and d.expected_close_on < d.today - coalesce((p_settings #>> '{close-date-past,grace_days}')::integer, 0)
    union all
    select 'close-date-too-soon', d.days_to_win_p10, (d.expected_close_on - d.today), null,
      format('This deal is expected to close in %s days, but from "%s" nine of ten won deals took %s days or more.',
        d.expected_close_on - d.today, d.stage, ceil(d.days_to_win_p10)), null, null
    where d.status = 'open' and d.expected_close_on >= d.today and d.wins >= coalesce((p_settings #>> '{close-date-too-soon,samples}')::integer, 20)
      and d.expected_close_on - d.today < d.days_to_win_p10 - d.days_in_stage
    union all
    select 'stuck-in-stage', d.stay_p95, round(d.days_in_stage), (now() - make_interval(days => d.days_in_stage::integer))::date,
      format('This deal has been in "%s" for %s days; 19 of 20 leave it within %s.', d.stage, floor(d.days_in_stage), ceil(d.stay_p95)),
      jsonb_build_object('stays_measured', d.stays), null
    where d.status = 'open' and d.stays >= coalesce((p_settings #>> '{stuck-in-stage,samples}')::integer, 20)
      and d.days_in_stage > d.stay_p95 + coalesce((p_settings #>> '{stuck-in-stage,grace_days}')::integer, 1)
    union all
    select 'won-without-amount', null, null, d.closed_on, 'This deal is won but has no amount above zero.', null, null
    where d.status = 'won' and coalesce(d.amount, 0) <= 0
    union all
    select 'won-without-date', null, null, d.closed_in_history, 'This deal is won, but nobody wrote down when.', null,
      case when d.closed_in_history is not null then jsonb_build_object('closed_on', jsonb_build_object('from', null, 'to', d.closed_in_history)) end
    where d.status = 'won' and d.closed_on is null
    union all
    select 'won-without-account', null, null, d.closed_on, 'This deal is won, but names no account: nobody can be billed.', null, null
    where d.status = 'won' and d.account_id is null and coalesce(btrim(d.account_name), '') = ''
    union all
    select 'lost-without-reason', null, null, d.closed_on, 'This deal is lost, but nobody wrote down why.', null, null
    -- Where no lost deal has a reason, the organization does not keep any.
    where d.status = 'lost' and coalesce(btrim(d.lost_reason), '') = ''
      and exists (select from public.deals o where o.org_id = d.org_id and o.status = 'lost' and btrim(o.lost_reason) <> '')
    union all
    select 'close-date-off-history', null, null, d.closed_in_history,
      format('This deal says that it closed on %s; its history says %s.', d.closed_on, d.closed_in_history), null,
      jsonb_build_object('closed_on', jsonb_build_object('from', d.closed_on, 'to', d.closed_in_history))
    where d.status <> 'open' and abs(d.closed_on - d.closed_in_history) > coalesce((p_settings #>> '{close-date-off-history,days}')::integer, 31)
    union all
    select case when m.id is null then 'owner-gone' else 'owner-inactive' end, null, null, m.left_on,
      case when m.id is null then 'The owner of this deal is nobody in the team.' else format('The owner of this deal, %s, has left the team.', m.name) end, null, null
    from (select 1) one
    left join public.team_members m on m.org_id = d.org_id
      and case when d.owner_user_id is not null then m.user_id = d.owner_user_id else m.name_search = public.search_text(d.owner_name) end
    where d.status = 'open' and (d.owner_user_id is not null or btrim(d.owner_name) <> '')
      and (m.id is null or not m.is_active)
      -- An organization that keeps no team has none that somebody could be missing from.
      and exists (select from public.team_members k where k.org_id = d.org_id)
  ) as x(break_class, expected, actual, since, message, facts, correction)
$$;
comment on function governance_private.reconcile_pipeline_deals(text, text, text, jsonb) is 'Deals against their stage, their dates, their history and their owner.';

create function governance_private.reconcile_pipeline_history(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with ranked as (
    -- A lost deal may be lost from anywhere.
    select s.id as stage_id, s.pipeline_id, s.name, row_number() over (partition by s.pipeline_id order by s.position) as rank
    from public.pipeline_stages s where s.org_id = p_org_id::uuid and s.outcome <> 'lost'
  ), visits as (
    select d.id as deal_id, d.pipeline_id, d.updated_at, c.changed_at, r.rank,
           first_value(r.rank) over (partition by d.id order by c.changed_at, c.id) as first_rank
    from public.deals d
    join public.deal_stage_changes c on c.org_id = d.org_id and c.deal_id = d.id
    join ranked r on r.stage_id = c.to_stage_id and r.pipeline_id = d.pipeline_id
    where d.org_id = p_org_id::uuid and d.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and d.id <= p_until::uuid and d.status <> 'lost'
  ), ways as (
    select v.deal_id, v.pipeline_id, v.updated_at, v.first_rank, max(v.rank) as last_rank, array_agg(v.rank) as ranks, max(v.changed_at) as changed_at
    from visits v group by 1, 2, 3, 4
  )
  select 'stage-skipped', 'deal', w.deal_id::text, null::text, null::numeric, null::numeric, null::text, w.changed_at::date, w.updated_at,
    format('This deal never was in %s, though it came past.', (
      select string_agg(format('"%s"', r.name), ', ' order by r.rank) from ranked r
      where r.pipeline_id = w.pipeline_id and r.rank > w.first_rank and r.rank < w.last_rank and r.rank <> all (w.ranks))), null::jsonb, null::jsonb
  from ways w
  where w.changed_at > now() - make_interval(days => coalesce((p_settings #>> '{stage-skipped,days}')::integer, 90))
    and exists (select from ranked r where r.pipeline_id = w.pipeline_id and r.rank > w.first_rank and r.rank < w.last_rank and r.rank <> all (w.ranks))
$$;
comment on function governance_private.reconcile_pipeline_history(text, text, text, jsonb) is 'Deals whose history lacks a stage between its first and its furthest.';

create function governance_private.deals_as_of(p_org_id text, p_at timestamptz) returns table (pipeline_id uuid, stage_id uuid, status text, amount numeric, currency text)
language sql stable security invoker set search_path = ''
as $$
  -- What audit says has changed since, taken back: the oldest event's values count. Made since: not there yet; deleted since: still there.
  with since as (
    select e.record_key, bool_or(e.operation = 'insert') as is_newer, jsonb_object_agg(b.key, b.value order by e.id desc) filter (where b.key is not null) as was
    from governance.audit_events e
    left join lateral jsonb_each(e.before) b on true
    where e.org_id = p_org_id and e.entity_type = 'deal' and e.occurred_at > p_at and e.operation <> 'gap'
    group by 1
  ), states as (
    select jsonb_build_object('pipeline_id', d.pipeline_id, 'stage_id', d.stage_id, 'status', d.status, 'amount', d.amount, 'currency', d.currency)
        || coalesce(s.was, '{}') as state
    from public.deals d left join since s on s.record_key = d.id::text
    where d.org_id = p_org_id::uuid and not coalesce(s.is_newer, false)
    union all
    select s.was from since s where not s.is_newer and not exists (select from public.deals d where d.org_id = p_org_id::uuid and d.id::text = s.record_key)
  )
  select (s.state ->> 'pipeline_id')::uuid, (s.state ->> 'stage_id')::uuid, s.state ->> 'status', (s.state ->> 'amount')::numeric, s.state ->> 'currency'
  from states s
$$;
comment on function governance_private.deals_as_of(text, timestamptz) is 'The deals of an organization as they were at a moment that audit reaches.';

create function governance_private.reconcile_pipeline_totals(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with stated as (
    select distinct on (t.pipeline_id, t.stage_id, t.currency, t.source) t.*, ((t.as_of + 1)::timestamp at time zone g.time_zone) as at, o.default_currency
    from public.pipeline_totals t
    join governance.organizations g on g.org_id = p_org_id
    join public.organizations o on o.id = t.org_id
    join governance.entities e on e.entity_type = 'deal'
    where t.org_id = p_org_id::uuid and t.as_of > current_date - coalesce((p_settings #>> '{pipeline-total-differs,days}')::integer, 7)
      and (t.as_of + 1)::timestamp at time zone g.time_zone > e.registered_at
    order by t.pipeline_id, t.stage_id, t.currency, t.source, t.as_of desc
  ), moments as (
    select distinct s.at from stated s
  ), held as (
    select m.at, d.pipeline_id, d.stage_id, coalesce(nullif(btrim(d.currency), ''), (select o.default_currency from public.organizations o where o.id = p_org_id::uuid)) as currency, d.amount
    from moments m cross join lateral governance_private.deals_as_of(p_org_id, m.at) d where d.status = 'open'
  ), compared as (
    select s.id, s.updated_at, s.as_of, s.currency, s.deal_count, s.total_amount, s.source, p.name as pipeline, g.name as stage,
           (select count(*) from held h where h.at = s.at and h.pipeline_id = s.pipeline_id and h.currency = s.currency and (s.stage_id is null or h.stage_id = s.stage_id)) as deals,
           (select coalesce(sum(h.amount), 0) from held h where h.at = s.at and h.pipeline_id = s.pipeline_id and h.currency = s.currency and (s.stage_id is null or h.stage_id = s.stage_id)) as amount
    from stated s
    join public.pipelines p on p.org_id = s.org_id and p.id = s.pipeline_id
    left join public.pipeline_stages g on g.org_id = s.org_id and g.id = s.stage_id
  )
  select 'pipeline-total-differs', 'pipeline_total', c.id::text, null::text, c.amount, c.total_amount, c.currency, c.as_of, c.updated_at,
    format('%s says that "%s"%s held %s deals worth %s %s on %s; its deals come to %s worth %s.', coalesce(c.source, 'A report'), c.pipeline,
      coalesce(format(', stage "%s",', c.stage), ''), c.deal_count, trim_scale(c.total_amount), c.currency, c.as_of, c.deals, trim_scale(c.amount)),
    jsonb_build_object('deals_stated', c.deal_count, 'deals_counted', c.deals), null::jsonb
  from compared c where c.deals <> c.deal_count or c.amount <> c.total_amount
$$;
comment on function governance_private.reconcile_pipeline_totals(text, text, text, jsonb) is 'What reports say that a pipeline held, against its open deals on that day.';

insert into governance.reconcile_jobs (job, title, description) values
  ('pipeline', 'Pipeline', 'Deals against their stages, dates, owners and history; reported totals against deals.');
insert into governance.reconcile_steps (job, position, step, entity_type) values
  ('pipeline', 0, 'pipeline_norms', null),
  ('pipeline', 1, 'pipeline_deals', 'deal'),
  ('pipeline', 2, 'pipeline_history', 'deal'),
  ('pipeline', 3, 'pipeline_totals', null);
insert into governance.break_classes (break_class, step, title, dimension, severity, correction, settings) values
  ('probability-off-stage', 'pipeline_deals', 'Probability differs from the stage''s', 'consistency', 'low', 'The stage''s probability.', '{"tolerance": 0}'),
  ('stage-off-status', 'pipeline_deals', 'Stage and status disagree', 'consistency', 'high', null, '{}'),
  ('close-date-past', 'pipeline_deals', 'Open deal past its close date', 'timeliness', 'medium', null, '{"grace_days": 0}'),
  ('close-date-too-soon', 'pipeline_deals', 'Close date sooner than the stage allows', 'accuracy', 'low', null, '{"samples": 20}'),
  ('stuck-in-stage', 'pipeline_deals', 'Deal stuck in its stage', 'timeliness', 'medium', null, '{"samples": 20, "grace_days": 1}'),
  ('won-without-amount', 'pipeline_deals', 'Won deal without amount', 'completeness', 'high', null, '{}'),
  ('won-without-date', 'pipeline_deals', 'Won deal without close date', 'completeness', 'medium', 'The day on which its history says that it was won.', '{}'),
  ('won-without-account', 'pipeline_deals', 'Won deal without account', 'completeness', 'high', null, '{}'),
  ('lost-without-reason', 'pipeline_deals', 'Lost deal without reason', 'completeness', 'low', null, '{}'),
  ('close-date-off-history', 'pipeline_deals', 'Close date differs from the history''s', 'consistency', 'low', 'The day on which its history says that it closed.', '{"days": 31}'),
  ('owner-gone', 'pipeline_deals', 'Open deal whose owner is unknown', 'integrity', 'medium', null, '{}'),
  ('owner-inactive', 'pipeline_deals', 'Open deal whose owner has left', 'integrity', 'medium', null, '{}'),
  ('stage-skipped', 'pipeline_history', 'Deal that skipped a stage', 'consistency', 'low', null, '{"days": 90}'),
  ('pipeline-total-differs', 'pipeline_totals', 'Reported pipeline total differs from the deals', 'accuracy', 'high', null, '{"days": 7}');
