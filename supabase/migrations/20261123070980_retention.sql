-- What: how long is kept what files, sources, other systems and receivers brought, and forgetting it in small parts.
-- Why: data of people does not lie around for longer than somebody works on it; and no purge holds up the writes beside it.
-- Breaks a running client: no.

create table governance.retention_periods (
  subject text primary key check (subject in ('import_rows', 'extract_rows', 'refused_payloads', 'source_payloads', 'gone_payloads',
    'webhooks_delivered', 'webhooks_dead', 'dead_letters')),
  keep interval check (keep >= '1 hour'),
  about text not null
);
insert into governance.retention_periods (subject, keep, about) values
  ('import_rows', '30 days', 'Rows of imports that nobody touches any more. Their counts stay, and so does which records they wrote.'),
  ('extract_rows', '30 days', 'Staged rows of extracts of other systems. The breaks that were found stay.'),
  ('refused_payloads', '30 days', 'What sources sent that is not as the interface describes it.'),
  ('source_payloads', '400 days', 'The last payload of each record of a source, since it came. Version and record stay known.'),
  ('gone_payloads', '30 days', 'The same of records that were deleted here, since then.'),
  ('webhooks_delivered', '7 days', 'Deliveries of webhooks that were received.'),
  ('webhooks_dead', '30 days', 'Deliveries that were given up.'),
  ('dead_letters', '400 days', 'Changes whose evaluation failed too often.');
comment on table governance.retention_periods is 'How long data is kept that is no record of the CRM. Instance administrators change "keep".';
comment on column governance.retention_periods.keep is 'Empty: for ever.';
alter table governance.retention_periods enable row level security;
create policy "Everybody signed in sees how long data is kept" on governance.retention_periods for select to authenticated using (true);
grant select on governance.retention_periods to authenticated, service_role;
grant update (keep) on governance.retention_periods to service_role;

create table governance_private.import_purges (
  import_id uuid primary key references governance.imports on delete cascade
);
comment on table governance_private.import_purges is 'Imports whose rows are being forgotten, part by part.';
alter table governance_private.import_purges enable row level security;

create function governance_private.kept_since(p_subject text) returns timestamptz
language sql stable security invoker set search_path = ''
as $$
  select now() - p.keep from governance.retention_periods p where p.subject = p_subject
$$;
comment on function governance_private.kept_since(text) is 'What is older is forgotten; null: nothing is.';

create function governance_private.begin_import_purges(p_before timestamptz) returns bigint
language sql volatile security invoker set search_path = ''
as $$
  -- Nobody works on it from here on; an undo needs no more than which rows became which records.
  with found as materialized (
    select x.import_id from governance.imports x where x.updated_at < p_before and x.purged_at is null order by x.updated_at limit 100 for update skip locked
  ), expired as (
    update governance.imports i set purged_at = now(), status = case i.status when 'committing' then 'committed' else i.status end
    from found f where i.import_id = f.import_id
    returning i.import_id
  ), begun as (
    insert into governance_private.import_purges (import_id) select import_id from expired on conflict do nothing
  ), uploads as (
    delete from governance_private.import_uploads u using expired e where u.import_id = e.import_id
  )
  select count(*) from expired
$$;

create function governance_private.purge_import_rows(p_limit integer) returns bigint
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_import uuid;
  v_left integer := p_limit;
  v_done integer;
begin
  for v_import in select p.import_id from governance_private.import_purges p order by p.import_id for update skip locked loop
    delete from governance.import_rows w where w.import_id = v_import and w.row_number in (
      select x.row_number from governance.import_rows x where x.import_id = v_import and x.state <> 'written' limit v_left);
    get diagnostics v_done = row_count;
    v_left := v_left - v_done;
    update governance.import_rows w set raw = null, record = null, reasons = '[]', fixes = null, issues = null, match_key = null
    where w.import_id = v_import and w.row_number in (
      select x.row_number from governance.import_rows x where x.import_id = v_import and x.state = 'written'
        and (x.raw, x.record, x.fixes, x.issues, x.match_key) is distinct from (null, null, null, null, null) limit v_left);
    get diagnostics v_done = row_count;
    v_left := v_left - v_done;
    exit when v_left <= 0;
    delete from governance_private.import_purges p where p.import_id = v_import;
    perform governance_private.tell_import_issue(v_import);
  end loop;
  return p_limit - v_left;
end
$$;
comment on function governance_private.purge_import_rows(integer) is 'Forgets so many rows of imports whose time is over.';

create function governance_private.purge_extract_rows(p_before timestamptz, p_limit integer) returns bigint
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_purged bigint;
begin
  -- Marked first: half an extract must not be compared.
  update governance.extracts x set status = 'purged'
  where x.created_at < p_before and x.status in ('staging', 'complete')
    and not exists (select from governance.runs r where r.job = 'extract' and r.subject = x.id::text and r.status in ('queued', 'running'));
  delete from governance_private.extract_rows e using (
    select r.extract_id, r.key from governance.extracts x join governance_private.extract_rows r on r.extract_id = x.id where x.status = 'purged' limit p_limit) g
  where e.extract_id = g.extract_id and e.key = g.key;
  get diagnostics v_purged = row_count;
  return v_purged;
end
$$;
comment on function governance_private.purge_extract_rows(timestamptz, integer) is 'Forgets so many staged rows of extracts whose time is over.';

create function governance_private.purge_payloads(p_before timestamptz, p_limit integer) returns bigint
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_purged bigint;
begin
  -- Which record it is, and in which version, stays: the source may send the same again. An error can quote a value.
  with expired as materialized (
    select x.source_key, x.entity_type, x.external_id from governance.source_records x
    where x.received_at < p_before and x.purged_at is null order by x.received_at limit p_limit for update skip locked
  )
  update governance.source_records s
  set payload = '{}', unknown_fields = '{}', error = case when s.error is not null then jsonb_build_object('code', s.error -> 'code') end, purged_at = now()
  from expired e where (s.source_key, s.entity_type, s.external_id) = (e.source_key, e.entity_type, e.external_id);
  get diagnostics v_purged = row_count;
  return v_purged;
end
$$;
comment on function governance_private.purge_payloads(timestamptz, integer) is 'Forgets so many payloads of sources whose time is over.';

create function governance_private.purge_gone_payloads(p_limit integer default 10000) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_before timestamptz := governance_private.kept_since('gone_payloads');
  v_purged bigint;
begin
  -- Definer: run by schedule. Audit knows who was deleted; a week of it, so that no night is missed.
  update governance.source_records s
  set payload = '{}', unknown_fields = '{}', error = case when s.error is not null then jsonb_build_object('code', s.error -> 'code') end, purged_at = now()
  where s.purged_at is null and (s.source_key, s.entity_type, s.external_id) in (
    select x.source_key, x.entity_type, x.external_id
    from governance.audit_events a
    join governance.source_records x on x.entity_type = a.entity_type and x.record_key = a.record_key and x.purged_at is null
    where a.operation = 'delete' and a.occurred_at < v_before and a.occurred_at > v_before - interval '7 days'
      and governance_private.record_is_gone(x.entity_type, x.record_key)
    limit p_limit);
  get diagnostics v_purged = row_count;
  return v_purged;
end
$$;
comment on function governance_private.purge_gone_payloads(integer) is 'Forgets what sources sent of records that were deleted here.';

create function governance_private.purge_old_rows(p_limit integer) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_refused bigint;
  v_webhooks bigint;
  v_dead bigint;
begin
  delete from governance.refused_payloads r where r.id in (
    select x.id from governance.refused_payloads x where x.received_at < governance_private.kept_since('refused_payloads') order by x.received_at limit p_limit);
  get diagnostics v_refused = row_count;
  delete from governance.webhook_deliveries d where d.delivery_id in (
    select x.delivery_id from governance.webhook_deliveries x
    where x.status <> 'waiting' and x.finished_at < case x.status when 'delivered' then governance_private.kept_since('webhooks_delivered') else governance_private.kept_since('webhooks_dead') end
      and x.finished_at < greatest(governance_private.kept_since('webhooks_delivered'), governance_private.kept_since('webhooks_dead'))
    order by x.finished_at limit p_limit);
  get diagnostics v_webhooks = row_count;
  delete from governance_private.dead_letters l where l.id in (
    select x.id from governance_private.dead_letters x where x.died_at < governance_private.kept_since('dead_letters') limit p_limit);
  get diagnostics v_dead = row_count;
  -- What nobody fetched.
  delete from governance_private.trials t where t.made_at < clock_timestamp() - interval '10 minutes';
  return jsonb_build_object('refused_payloads', v_refused, 'webhooks', v_webhooks, 'dead_letters', v_dead);
end
$$;

create function governance_private.purge_expired(p_limit integer default 10000) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: run by schedule. Of each subject so many rows a call; the next call goes on.
  return jsonb_build_object('imports', governance_private.begin_import_purges(governance_private.kept_since('import_rows')),
      'import_rows', governance_private.purge_import_rows(p_limit),
      'extract_rows', governance_private.purge_extract_rows(governance_private.kept_since('extract_rows'), p_limit),
      'source_payloads', governance_private.purge_payloads(governance_private.kept_since('source_payloads'), p_limit))
    || governance_private.purge_old_rows(p_limit);
end
$$;
comment on function governance_private.purge_expired(integer) is 'Forgets what governance.retention_periods keeps no longer, so many rows of each subject.';
