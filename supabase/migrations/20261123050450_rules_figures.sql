-- What: of one rule: what it refused, by whom, and what its shadow counted, by day, source and actor.
-- Why: before a rule bites, and while it does, its admins must see whom it hits.
-- Breaks a running client: no.

create function governance_private.rule_for_steward(p_rule_id uuid, p_org_id text, p_what text) returns governance.data_quality_rules
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
begin
  -- Definer: the rule, for whoever is a steward where it is asked about. A shared one: in the organization that is named, or over all.
  select * into v_rule from governance.data_quality_rules r where r.id = p_rule_id and (r.org_id is null or p_org_id is null or r.org_id = p_org_id)
    and (governance_private.is_instance_admin() or r.org_id is null or r.org_id in (select governance_private.my_org_ids()));
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such rule that you can see.');
  elsif coalesce(v_rule.org_id, p_org_id) is null then
    perform governance_private.require_instance_admin(p_what || ' over all organizations: name one');
  else
    perform governance_private.require_role(coalesce(v_rule.org_id, p_org_id), 'steward', p_what);
  end if;
  return v_rule;
end
$$;
comment on function governance_private.rule_for_steward(uuid, text, text) is 'A rule, for a steward of its organization, or of the one that is asked about; refuses anybody else.';

create function governance_private.rule_refusals(p_rule_id uuid, p_org_id text, p_days integer) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules := governance_private.rule_for_steward(p_rule_id, p_org_id, 'see what a rule refused');
  v_org text := coalesce(v_rule.org_id, p_org_id);
begin
  -- Definer: reads the counter, which is the owner's.
  return (
    with log as (
      select w.* from governance.refused_writes w
      where w.rule_key = v_rule.rule_key and w.occurred_at > now() - make_interval(days => p_days) and (v_org is null or w.org_id = v_org)
        and (v_rule.org_id is not null or not exists (select from governance.data_quality_rules d where d.rule_key = v_rule.rule_key and d.org_id = w.org_id))
    )
    select jsonb_build_object('rule_id', v_rule.id, 'rule_key', v_rule.rule_key, 'org_id', v_org, 'days', p_days,
      'at_most', governance_private.refusals_at_most(v_rule.rule_key, v_rule.org_id), 'at_most_is_of_all_organizations', v_rule.org_id is null,
      'calls', (select count(*) from log), 'records', (select coalesce(sum(l.records), 0) from log l),
      'by_day', (select coalesce(jsonb_agg(to_jsonb(x) order by x.day), '[]') from (
        select (l.occurred_at at time zone 'UTC')::date as day, count(*) as calls, sum(l.records) as records from log l group by 1) x),
      'by_actor', (select coalesce(jsonb_agg(to_jsonb(x) order by x.records desc, x.source, x.actor, x.rule_version), '[]') from (
        select l.source, l.actor, l.rule_version, count(*) as calls, sum(l.records) as records, max(l.occurred_at) as last_at from log l group by 1, 2, 3
        order by 5 desc limit 200) x)));
end
$$;

create function governance.rule_refusals(p_rule_id uuid, p_org_id text default null, p_days integer default 30) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.rule_refusals(p_rule_id, p_org_id, least(greatest(coalesce(p_days, 30), 1), 400))
$$;
comment on function governance.rule_refusals(uuid, text, integer) is
  'How often a block rule refused: at_most counts every refused statement since it first ran, an upper bound; calls and records are exact, of the API in the last p_days days, by day and by source, actor and version. For stewards.';

create function governance.rule_shadow(p_rule_id uuid, p_org_id text default null, p_days integer default 30) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules := governance_private.rule_for_steward(p_rule_id, p_org_id, 'see what a rule counts in shadow');
  v_org text := coalesce(v_rule.org_id, p_org_id);
  v_from date := (now() at time zone 'UTC')::date - least(greatest(coalesce(p_days, 30), 1), 400);
begin
  -- Invoker: samples show only records that the caller may read.
  return (
    with counts as (
      select c.* from governance.shadow_counts c where c.rule_id = v_rule.id and c.day >= v_from and (v_org is null or c.org_id = v_org)
    )
    select jsonb_build_object('rule_id', v_rule.id, 'rule_key', v_rule.rule_key, 'org_id', v_org, 'status', v_rule.status, 'version', v_rule.version, 'from', v_from,
      'hits', (select coalesce(sum(c.hits), 0) from counts c),
      'by_version', (select coalesce(jsonb_agg(to_jsonb(x) order by x.rule_version), '[]') from (select c.rule_version, sum(c.hits) as hits from counts c group by 1) x),
      'by_day', (select coalesce(jsonb_agg(to_jsonb(x) order by x.day), '[]') from (select c.day, sum(c.hits) as hits from counts c group by 1) x),
      'by_source', (select coalesce(jsonb_agg(to_jsonb(x) order by x.hits desc, x.source), '[]') from (select c.source, sum(c.hits) as hits from counts c group by 1) x),
      'by_actor', (select coalesce(jsonb_agg(to_jsonb(x) order by x.hits desc, x.actor), '[]') from (
        select c.actor, sum(c.hits) as hits from counts c group by 1 order by 2 desc limit 200) x),
      'samples', (select coalesce(jsonb_agg(to_jsonb(x) order by x.id desc), '[]') from (
        select h.id, h.record_key, h.occurred_at, h.source, h.actor, h.rule_version, h.message from governance.shadow_hits h
        where h.rule_id = v_rule.id and h.occurred_at >= v_from and (v_org is null or h.org_id = v_org) order by h.id desc limit 20) x)));
end
$$;
comment on function governance.rule_shadow(uuid, text, integer) is
  'What a rule in shadow counted in the last p_days days: hits by version, day (UTC), source and actor, as a backtest has them, with the newest samples of records that the caller may read. For stewards.';
grant execute on function governance.rule_refusals(uuid, text, integer), governance_private.rule_refusals(uuid, text, integer), governance.rule_shadow(uuid, text, integer),
  governance_private.rule_for_steward(uuid, text, text) to authenticated, service_role;
