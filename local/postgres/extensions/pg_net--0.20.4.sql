-- pg_net for local development: the real names, signatures, tables and grants; the HTTP is done by local/pg_net.
-- Why: product code must call the same functions here as on hosted Supabase.
\echo Use "create extension pg_net" to load this file. \quit

create schema if not exists net;

create domain net.http_method as text
  check (lower(value) in ('get', 'post', 'delete'));

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');

create type net.http_response as (
  status_code integer,
  headers jsonb,
  body text
);

create type net.http_response_result as (
  status net.request_status,
  message text,
  response net.http_response
);

-- unlogged as in the real one: a crash empties both tables
create unlogged table net.http_request_queue (
  id bigserial,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);

create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);

create index _http_response_created_idx on net._http_response (created);

-- the worker sees a notification only after commit, and a transaction's notifications are folded into one
create function net.wake() returns void
  language sql volatile
  as $$ select pg_catalog.pg_notify('pg_net', 'wake') $$;

create function net.check_worker_is_up() returns void
  language plpgsql
as $$
begin
  if not exists (select from pg_catalog.pg_stat_activity a where a.application_name like 'pg_net %') then
    raise exception using
      message = 'the pg_net background worker is not up',
      detail = 'requests stay in net.http_request_queue until the local stack''s worker runs',
      hint = 'start the local stack; nothing sends requests in a database without one';
  end if;
end
$$;
comment on function net.check_worker_is_up() is 'raises an exception if the pg_net worker is not up, otherwise returns nothing';

create function net.wait_until_running() returns void
  language plpgsql
as $$
begin
  while not exists (select from pg_catalog.pg_stat_activity a where a.application_name like 'pg_net %') loop
    perform pg_catalog.pg_sleep(0.05);
    perform pg_catalog.pg_stat_clear_snapshot();
  end loop;
end
$$;
comment on function net.wait_until_running() is 'waits until the worker is running';

create function net.worker_restart() returns boolean
  language sql volatile security definer set search_path = ''
  as $$ select pg_catalog.pg_notify('pg_net', 'restart'); select pg_catalog.pg_reload_conf() $$;

create function net._urlencode_string(string varchar) returns text
  language sql immutable
as $$
  select coalesce(string_agg(
    case
      when b.code between 48 and 57 or b.code between 65 and 90 or b.code between 97 and 122
        or b.code in (45, 46, 95, 126)
      then chr(b.code)
      else '%' || upper(lpad(to_hex(b.code), 2, '0'))
    end, '' order by b.position), '')
  from (
    select i as position, get_byte(convert_to(string, 'UTF8'), i) as code
    from generate_series(0, octet_length(convert_to(string, 'UTF8')) - 1) as i
  ) b
  where string is not null
$$;

create function net._encode_url_with_params_array(url text, params_array text[]) returns text
  language plpgsql immutable
as $$
declare
  v_fragment text := coalesce(substring(url from '#.*$'), '');
  v_base text := regexp_replace(url, '#.*$', '');
  v_query text := array_to_string(params_array, '&');
begin
  if v_base !~ '^[A-Za-z][A-Za-z0-9+.-]*:' then
    v_base := 'http://' || v_base;
  end if;
  if v_query = '' then
    return v_base || v_fragment;
  end if;
  return v_base
    || case when v_base !~ '\?' then '?' when v_base ~ '[?&]$' then '' else '&' end
    || v_query || v_fragment;
end
$$;

create function net._params(params jsonb) returns text[]
  language sql immutable
as $$
  select coalesce(array_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value)), '{}')
  from jsonb_each_text(params)
$$;

create function net.http_get(
  url text,
  params jsonb default '{}'::jsonb,
  headers jsonb default '{}'::jsonb,
  timeout_milliseconds integer default 5000
) returns bigint
  language plpgsql
as $$
declare
  v_id bigint;
begin
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values ('GET', net._encode_url_with_params_array(url, net._params(params)), headers, timeout_milliseconds)
  returning id into v_id;
  perform net.wake();
  return v_id;
end
$$;

create function net.http_post(
  url text,
  body jsonb default '{}'::jsonb,
  params jsonb default '{}'::jsonb,
  headers jsonb default '{"Content-Type": "application/json"}'::jsonb,
  timeout_milliseconds integer default 5000
) returns bigint
  language plpgsql
as $$
declare
  v_id bigint;
  v_content_type text;
begin
  select value into v_content_type
  from jsonb_each_text(coalesce(headers, '{}'::jsonb))
  where lower(key) = 'content-type'
  limit 1;

  if v_content_type is null then
    headers := headers || '{"Content-Type": "application/json"}'::jsonb;
  elsif v_content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;

  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'POST', net._encode_url_with_params_array(url, net._params(params)), headers,
    convert_to(body::text, 'UTF8'), timeout_milliseconds
  )
  returning id into v_id;
  perform net.wake();
  return v_id;
end
$$;

create function net.http_delete(
  url text,
  params jsonb default '{}'::jsonb,
  headers jsonb default '{}'::jsonb,
  timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint
  language plpgsql
as $$
declare
  v_id bigint;
begin
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'DELETE', net._encode_url_with_params_array(url, net._params(params)), headers,
    convert_to(body::text, 'UTF8'), timeout_milliseconds
  )
  returning id into v_id;
  perform net.wake();
  return v_id;
end
$$;

create function net._await_response(request_id bigint) returns boolean
  language plpgsql
as $$
begin
  while not exists (select from net._http_response r where r.id = request_id) loop
    perform pg_sleep(0.05);
  end loop;
  return true;
end
$$;

create function net._http_collect_response(request_id bigint, async boolean default true)
  returns net.http_response_result
  language plpgsql
as $$
declare
  v_response net._http_response;
begin
  if not async then
    perform net._await_response(request_id);
  end if;
  select * into v_response from net._http_response r where r.id = request_id;
  if v_response.id is null or v_response.error_msg is not null then
    return ('ERROR', coalesce(v_response.error_msg, 'request matching request_id not found'), null)::net.http_response_result;
  end if;
  return (
    'SUCCESS', 'ok',
    (v_response.status_code, v_response.headers, v_response.content)::net.http_response
  )::net.http_response_result;
end
$$;

create function net.http_collect_response(request_id bigint, async boolean default true)
  returns net.http_response_result
  language plpgsql
as $$
begin
  raise notice 'The net.http_collect_response function is deprecated.';
  return net._http_collect_response(request_id, async);
end
$$;

-- as the real one: everybody may read and write the queue, headers and bodies included
grant usage on schema net to public;
grant all on all sequences in schema net to public;
grant all on all tables in schema net to public;
-- hosted lets nobody put triggers on the platform's tables
revoke trigger on all tables in schema net from public;
