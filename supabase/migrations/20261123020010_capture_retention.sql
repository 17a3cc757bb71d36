-- What: audit that nobody but the owner changes, and how many months of it are kept.
-- Why: what is written down stays as it was written, whatever is granted by mistake; and it does not grow for ever.
-- Breaks a running client: no.

create function governance_private.refuse_audit_change() returns trigger
language plpgsql security invoker set search_path = ''
as $$
begin
  -- Invoker: the functions that keep and erase are the owner's, and so is what they do.
  if not exists (select from pg_catalog.pg_class c where c.oid = tg_relid and pg_has_role(current_user, c.relowner, 'usage')) then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot change the audit: it is append-only.');
  end if;
  return case when tg_op = 'UPDATE' then new else old end;
end
$$;
-- For each row, so that every partition has it, also for those who write to the partition itself.
create trigger _100_refuse_change before update or delete on governance.audit_events
  for each row execute function governance_private.refuse_audit_change();
create trigger _100_refuse_truncate before truncate on governance.audit_events
  for each statement execute function governance_private.refuse_audit_change();
create trigger _100_refuse_truncate before truncate on governance.audit_events_default
  for each statement execute function governance_private.refuse_audit_change();

create table governance_private.audit_settings (
  is_only boolean primary key default true check (is_only),
  keep_months integer check (keep_months > 0),
  kept_from timestamptz
);
comment on table governance_private.audit_settings is 'How long audit is kept. One row.';
comment on column governance_private.audit_settings.keep_months is 'Whole months beside the present one; empty: everything is kept.';
comment on column governance_private.audit_settings.kept_from is 'What happened before has been dropped.';
insert into governance_private.audit_settings default values;
alter table governance_private.audit_settings enable row level security;

create function governance_private.purge_audit() returns integer
language plpgsql volatile security definer set search_path = '' set timezone = 'UTC' set lock_timeout = '3s'
as $$
declare
  v_months integer := (select s.keep_months from governance_private.audit_settings s);
  v_from date := date_trunc('month', now()) - make_interval(months => v_months);
  v_name text;
  v_dropped integer := 0;
begin
  -- Definer: run by schedule. Oldest first, so that audit has no holes; a month that somebody reads just now is dropped the next day.
  if v_from is null then
    return 0;
  end if;
  for v_name in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'governance.audit_events'::regclass and c.relname ~ '^audit_events_\d{6}$' and c.relname < 'audit_events_' || to_char(v_from, 'YYYYMM')
    order by c.relname
  loop
    execute format('drop table governance.%I', v_name);
    v_dropped := v_dropped + 1;
  end loop;
  delete from governance.audit_events_default d where d.occurred_at < v_from;
  update governance_private.audit_settings s set kept_from = greatest(s.kept_from, v_from);
  return v_dropped;
exception when lock_not_available then
  return 0;
end
$$;
comment on function governance_private.purge_audit() is 'Drops the months of audit that are older than what is kept. Returns how many. Waits for nobody longer than three seconds, and keeps nobody waiting longer.';

create function governance_private.set_audit_retention(p_months integer) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: the settings are private; only instance administrators get here.
  perform governance_private.require_instance_admin('say how long audit is kept');
  if p_months < 1 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Audit is kept for at least one month.', jsonb_build_object('field', 'p_months'));
  end if;
  update governance_private.audit_settings s set keep_months = p_months;
end
$$;

create function governance.set_audit_retention(p_months integer) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.set_audit_retention(p_months)
$$;
comment on function governance.set_audit_retention(integer) is
  'Keeps this many whole months of audit beside the present one; null keeps everything. Older months are dropped by night. For instance administrators.';
grant execute on function governance.set_audit_retention(integer), governance_private.set_audit_retention(integer) to service_role;

select governance_private.make_audit_partitions();
