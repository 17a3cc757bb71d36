-- pg_cron for local development: the real names, signatures, tables, policies and grants; local/pg_cron runs the jobs.
-- Why: product code must schedule here exactly as on hosted Supabase.
\echo Use "create extension pg_cron" to load this file. \quit

do $$
begin
  if current_database() <> current_setting('cron.database_name') then
    raise exception 'can only create extension in database %', current_setting('cron.database_name')
    using
      detail = 'Jobs are read from the database configured in cron.database_name.',
      hint = format('Set cron.database_name = ''%s'' in postgresql.conf to use this database.', current_database());
  end if;
end
$$;

create schema cron;

create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default inet_server_port(),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create function cron.job_cache_invalidate() returns trigger
  language plpgsql
as $$
begin
  perform pg_catalog.pg_notify('pg_cron', 'jobs');
  return null;
end
$$;
comment on function cron.job_cache_invalidate() is 'invalidate job cache';

create trigger cron_job_cache_invalidate
  after insert or update or delete or truncate on cron.job
  for each statement execute function cron.job_cache_invalidate();

-- one field of a schedule: a list of *, n, n-m with an optional step after * or a range, as Vixie cron reads them
create function cron._field_is_valid(field text, low integer, high integer, names text[]) returns boolean
  language plpgsql immutable
as $$
declare
  v_item text;
  v_parts text[];
  v_from text;
  v_to text;
  v_number integer;
begin
  foreach v_item in array string_to_array(field, ',') loop
    v_parts := regexp_match(v_item, '^(\*|[A-Za-z]+|\d{1,4})(?:-([A-Za-z]+|\d{1,4}))?(?:/(\d{1,4}))?$');
    if v_parts is null
      or (v_parts[1] = '*' and v_parts[2] is not null)
      or (v_parts[3] is not null and v_parts[3]::integer < 1)
      or (v_parts[3] is not null and v_parts[1] <> '*' and v_parts[2] is null)
    then
      return false;
    end if;
    foreach v_from in array v_parts[1:2] loop
      continue when v_from is null or v_from = '*';
      v_number := case when v_from ~ '^\d' then v_from::integer
        else array_position(names, lower(v_from)) - 1 + low end;
      if v_number is null or v_number not between low and high then
        return false;
      end if;
    end loop;
  end loop;
  return field <> '';
end
$$;

create function cron._schedule_is_valid(schedule text) returns boolean
  language plpgsql immutable
as $$
declare
  v_seconds text := (regexp_match(lower(schedule), '^\s*(\d{1,4})\s*seconds?\s*$'))[1];
  v_fields text[] := regexp_split_to_array(btrim(schedule, E' \t\n'), '[ \t]+');
begin
  if v_seconds is not null then
    return v_seconds::integer between 1 and 59;
  end if;
  if v_fields[1] like '@%' then
    return array_length(v_fields, 1) = 1 and v_fields[1] in (
      '@reboot', '@restart', '@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'
    );
  end if;
  return array_length(v_fields, 1) = 5
    and cron._field_is_valid(v_fields[1], 0, 59, null)
    and cron._field_is_valid(v_fields[2], 0, 23, null)
    and (v_fields[3] = '$' or cron._field_is_valid(v_fields[3], 1, 31, null))
    and cron._field_is_valid(v_fields[4], 1, 12,
      '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}')
    and cron._field_is_valid(v_fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat,sun}');
end
$$;

-- The real functions are C and write cron.job as the extension's owner on behalf of the *current* user. A definer
-- function cannot see who called it; a trigger with the caller's rights can. So a call is an insert into this table:
-- the first trigger notes the caller, the second, with the owner's rights, does the work.
create unlogged table cron._call (
  kind text not null,
  job_id bigint,
  schedule text,
  command text,
  database text,
  username text,
  active boolean,
  job_name text,
  caller text
);
grant insert on cron._call to public;
grant select (job_id) on cron._call to public;

create function cron._note_caller() returns trigger
  language plpgsql
as $$
begin
  new.caller := current_user;
  return new;
end
$$;

create function cron._check_job(p_schedule text, p_database text, p_username text) returns void
  language plpgsql
as $$
declare
  v_role pg_catalog.pg_roles;
begin
  if p_schedule is not null and not cron._schedule_is_valid(p_schedule) then
    raise exception using
      errcode = 'invalid_parameter_value',
      message = format('invalid schedule: %s', p_schedule),
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  select * into v_role from pg_catalog.pg_roles where rolname = p_username;
  if not found then
    raise exception 'role "%" does not exist', p_username;
  end if;
  if not has_database_privilege(v_role.oid, p_database, 'CONNECT') then
    raise exception 'User % does not have CONNECT privilege on %', p_username, p_database;
  end if;
end
$$;

create function cron._check_username(p_caller text, p_username text) returns void
  language plpgsql
as $$
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = p_caller) then
    raise exception 'must be superuser to create a job for another role';
  end if;
  if not coalesce((select rolcanlogin from pg_catalog.pg_roles where rolname = p_username), true) then
    raise exception 'role "%" can not log in', p_username
    using detail = 'Jobs may only be run by roles that have the LOGIN attribute.';
  end if;
end
$$;

create function cron._perform_call() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_job cron.job;
begin
  if new.username is not null then
    perform cron._check_username(new.caller, new.username);
  end if;

  if new.kind = 'schedule' then
    perform cron._check_job(
      new.schedule, coalesce(new.database, current_database()), coalesce(new.username, new.caller)
    );
    insert into cron.job as j (schedule, command, database, username, active, jobname)
    values (
      new.schedule, new.command, coalesce(new.database, current_database()), coalesce(new.username, new.caller),
      new.active, new.job_name
    )
    on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, database = excluded.database
    returning j.jobid into new.job_id;
    return new;
  end if;

  if new.kind = 'unschedule by name' then
    select * into v_job from cron.job j where j.jobname = new.job_name and j.username = new.caller;
  else
    select * into v_job from cron.job j where j.jobid = new.job_id;
  end if;
  if v_job.jobid is null then
    raise exception 'could not find valid entry for job %',
      case when new.kind = 'unschedule by name' then quote_literal(new.job_name) else new.job_id::text end;
  end if;

  if new.kind = 'alter' then
    if v_job.username <> new.caller
      and not (select rolsuper from pg_catalog.pg_roles where rolname = new.caller)
    then
      raise exception 'Job % does not exist or you don''t own it', new.job_id;
    end if;
    perform cron._check_job(
      new.schedule, coalesce(new.database, v_job.database), coalesce(new.username, v_job.username)
    );
    update cron.job j
    set schedule = coalesce(new.schedule, j.schedule), command = coalesce(new.command, j.command),
      database = coalesce(new.database, j.database), username = coalesce(new.username, j.username),
      active = coalesce(new.active, j.active)
    where j.jobid = v_job.jobid;
    return new;
  end if;

  if v_job.username <> new.caller and not has_table_privilege(new.caller, 'cron.job', 'DELETE') then
    raise insufficient_privilege using message = 'permission denied for table job';
  end if;
  delete from cron.job j where j.jobid = v_job.jobid;
  new.job_id := v_job.jobid;
  return new;
end
$$;

create function cron._forget_calls() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from cron._call;
  return null;
end
$$;

create trigger _1_note_caller before insert on cron._call
  for each row execute function cron._note_caller();
create trigger _2_perform_call before insert on cron._call
  for each row execute function cron._perform_call();
create trigger _3_forget_calls after insert on cron._call
  for each statement execute function cron._forget_calls();

create function cron.schedule(schedule text, command text) returns bigint
  language plpgsql strict
as $$
declare
  v_id bigint;
begin
  insert into cron._call (kind, schedule, command, active) values ('schedule', schedule, command, true)
  returning job_id into v_id;
  return v_id;
end
$$;
comment on function cron.schedule(text, text) is 'schedule a pg_cron job';

create function cron.schedule(job_name text, schedule text, command text) returns bigint
  language plpgsql
as $$
declare
  v_id bigint;
begin
  if job_name is null then raise exception 'job_name can not be NULL'; end if;
  if schedule is null then raise exception 'schedule can not be NULL'; end if;
  if command is null then raise exception 'command can not be NULL'; end if;
  insert into cron._call (kind, job_name, schedule, command, active)
  values ('schedule', job_name, schedule, command, true)
  returning job_id into v_id;
  return v_id;
end
$$;
comment on function cron.schedule(text, text, text) is 'schedule a pg_cron job';

create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null,
  active boolean default 'true'
) returns bigint
  language plpgsql
as $$
declare
  v_id bigint;
begin
  if job_name is null then raise exception 'job_name can not be NULL'; end if;
  if schedule is null then raise exception 'schedule can not be NULL'; end if;
  if command is null then raise exception 'command can not be NULL'; end if;
  insert into cron._call (kind, job_name, schedule, command, database, username, active)
  values ('schedule', job_name, schedule, command, database, username, coalesce(active, true))
  returning job_id into v_id;
  return v_id;
end
$$;
comment on function cron.schedule_in_database(text, text, text, text, text, boolean) is 'schedule a pg_cron job';

create function cron.unschedule(job_id bigint) returns boolean
  language plpgsql strict
as $$
begin
  insert into cron._call (kind, job_id) values ('unschedule', job_id);
  return true;
end
$$;
comment on function cron.unschedule(bigint) is 'unschedule a pg_cron job';

create function cron.unschedule(job_name text) returns boolean
  language plpgsql strict
as $$
begin
  insert into cron._call (kind, job_name) values ('unschedule by name', job_name);
  return true;
end
$$;
comment on function cron.unschedule(text) is 'unschedule a pg_cron job';

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
) returns void
  language plpgsql
as $$
begin
  if job_id is null then raise exception 'job_id can not be NULL'; end if;
  insert into cron._call (kind, job_id, schedule, command, database, username, active)
  values ('alter', job_id, schedule, command, database, username, active);
end
$$;
comment on function cron.alter_job(bigint, text, text, text, text, boolean)
  is 'Alter the job identified by job_id. Any option left as NULL will not be modified.';

grant select on cron.job to public;
grant select, delete on cron.job_run_details to public;
grant select on sequence cron.jobid_seq, cron.runid_seq to public;
revoke all on function cron.alter_job(bigint, text, text, text, text, boolean) from public;
revoke all on function cron.schedule_in_database(text, text, text, text, text, boolean) from public;
revoke all on function cron._check_job, cron._check_username from public;

-- what hosted Supabase grants when the extension is created
grant usage on schema cron to postgres with grant option;
grant execute on all functions in schema cron to postgres with grant option;
grant all on cron.job_run_details to postgres with grant option;
revoke trigger on cron.job_run_details from postgres;
grant select on cron.job to postgres with grant option;

select pg_catalog.pg_extension_config_dump('cron.job', '');
select pg_catalog.pg_extension_config_dump('cron.jobid_seq', '');
select pg_catalog.pg_extension_config_dump('cron.job_run_details', '');
select pg_catalog.pg_extension_config_dump('cron.runid_seq', '');
