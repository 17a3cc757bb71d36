-- What: moving moments: now and today, with an ISO 8601 duration or without.
-- Why: "more than 30 days ago" must mean the same in a write, in a scan and in evaluate, so it is computed here and nowhere else.
-- Breaks a running client: no.

create type governance_private.moment as (
  base text,           -- now or today
  calendar interval,   -- years, months, weeks and days, moved in the organization's calendar
  clock interval       -- hours, minutes and seconds, moved in real time
);

create function governance_private.is_moment(p_value jsonb, p_class text) returns boolean
language sql immutable security invoker
-- No date and no instant that a rule may write begins with a letter.
return p_class in ('date', 'instant') and jsonb_typeof(p_value) = 'string' and p_value #>> '{}' ~ '^[a-z]';

create function governance_private.parse_moment(p_text text, p_class text) returns governance_private.moment
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_part text[] := regexp_match(p_text,
    '^(now|today)(?:([+-])P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?)?$');
  v_number bigint[];
  v_moment governance_private.moment;
begin
  if v_part is null then
    raise exception '"%" is not a moment such as now, today, now-PT1H or today+P1M', p_text;
  end if;
  v_number := array(select coalesce(x::bigint, 0) from unnest(v_part[3:9]) with ordinality as u(x, n) order by n);
  if v_number[1] * 366 + v_number[2] * 31 + v_number[3] * 7 + v_number[4]
    + v_number[5] / 24 + v_number[6] / 1440 + v_number[7] / 86400 > 366000 then
    raise exception '"%" is more than 1,000 years away', p_text;
  end if;
  v_moment := row(v_part[1],
    make_interval(years => v_number[1]::integer, months => v_number[2]::integer, days => (v_number[3] * 7 + v_number[4])::integer),
    make_interval(hours => v_number[5]::integer, mins => v_number[6]::integer, secs => v_number[7]));
  if v_part[2] = '-' then
    v_moment.calendar := -v_moment.calendar;
    v_moment.clock := -v_moment.clock;
  end if;
  if p_class = 'date' and v_moment.base = 'now' then
    raise exception '"%" is a moment of the day, and a date is compared with "today"', p_text;
  elsif p_class = 'date' and v_part[7] is not null or p_class = 'date' and v_part[8] is not null or p_class = 'date' and v_part[9] is not null then
    raise exception '"%" moves a date by hours: years, months, weeks and days move a date', p_text;
  end if;
  return v_moment;
end
$$;
comment on function governance_private.parse_moment(text, text) is 'A moving moment of a rule, taken apart. Raises with what is wrong with it.';

create function governance_private.moment_date(p_calendar interval, p_time_zone text, p_now timestamptz) returns date
language sql stable parallel safe security invoker
-- Postgres adds months first, in one step and clamped to the month's end, then days.
return ((p_now at time zone p_time_zone)::date + p_calendar)::date;
comment on function governance_private.moment_date(interval, text, timestamptz) is 'today in a time zone, moved in the calendar.';

create function governance_private.moment_instant(p_base text, p_calendar interval, p_clock interval, p_time_zone text, p_now timestamptz)
returns timestamptz
language sql stable parallel safe security invoker
-- Not moved in the calendar, now stays what it is: on its way through local time an hour that a clock change repeats would be lost.
return case
  when p_base = 'now' and p_calendar = interval '0' then p_now
  when p_base = 'now' then ((p_now at time zone p_time_zone) + p_calendar) at time zone p_time_zone
  else ((p_now at time zone p_time_zone)::date + p_calendar) at time zone p_time_zone end + p_clock;
comment on function governance_private.moment_instant(text, interval, interval, text, timestamptz) is
  'now, or the midnight that today begins with, in a time zone: moved in that zone''s calendar, then by the clock.';

create function governance_private.moment_sql(p_text text, p_class text, p_time_zone_sql text, p_now_sql text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_moment governance_private.moment := governance_private.parse_moment(p_text, p_class);
begin
  if p_class = 'date' then
    return format('governance_private.moment_date(%L::interval, %s, %s)', v_moment.calendar, p_time_zone_sql, p_now_sql);
  end if;
  return format('governance_private.moment_instant(%L, %L::interval, %L::interval, %s, %s)',
    v_moment.base, v_moment.calendar, v_moment.clock, p_time_zone_sql, p_now_sql);
end
$$;
comment on function governance_private.moment_sql(text, text, text, text) is 'SQL text of a moving moment of a class. Raises with what is wrong with it.';

create function governance_private.organization_moment_sql(p_text text, p_class text, p_org_sql text) returns text
language sql immutable security invoker
return format('(select %s from governance.organizations o where o.org_id = %s)',
  governance_private.moment_sql(p_text, p_class, 'o.time_zone', 'now()'), p_org_sql);
comment on function governance_private.organization_moment_sql(text, text, text) is
  'SQL text of a moving moment as an organization has it; null for one that is not known.';

create function governance_private.are_moments_reversed(p_from text, p_to text, p_class text) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_reversed boolean;
begin
  -- Months and days have no fixed order: only what is reversed on every day of a year is.
  execute format('select bool_and(%s > %s) from generate_series(timestamptz ''2023-03-01T00:00Z'', ''2024-03-01T00:00Z'', ''7 hours'') as t(at)',
    governance_private.moment_sql(p_from, p_class, '''UTC''', 't.at'), governance_private.moment_sql(p_to, p_class, '''UTC''', 't.at')) into v_reversed;
  return v_reversed;
end
$$;

create function governance_private.deliver_moments(p_moments jsonb, p_org_ids text[]) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_moment record;
  v_delivered jsonb := '{}';
begin
  -- p_moments: [[class, text], …]; the result: {organization: {"class:text": the moment as text}}.
  for v_moment in
    select m ->> 0 as class, m ->> 1 as text, o.org_id, o.time_zone, governance_private.parse_moment(m ->> 1, m ->> 0) as parsed
    from jsonb_array_elements(p_moments) as m
    cross join (select distinct w.org_id, x.time_zone from unnest(p_org_ids) as w(org_id) left join governance.organizations x using (org_id)) o
  loop
    v_delivered := jsonb_set(
      case when v_delivered ? v_moment.org_id then v_delivered else v_delivered || jsonb_build_object(v_moment.org_id, '{}'::jsonb) end,
      array[v_moment.org_id, v_moment.class || ':' || v_moment.text],
      coalesce(to_jsonb(case when v_moment.class = 'date'
        then governance_private.moment_date((v_moment.parsed).calendar, v_moment.time_zone, now())::text
        else governance_private.instant_text(governance_private.moment_instant((v_moment.parsed).base, (v_moment.parsed).calendar,
               (v_moment.parsed).clock, v_moment.time_zone, now()) at time zone 'UTC') end), 'null'));
  end loop;
  return v_delivered;
end
$$;
comment on function governance_private.deliver_moments(jsonb, text[]) is 'The moving moments of a rule set as each organization has them: evaluate does no calendar arithmetic.';
