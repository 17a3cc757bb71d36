-- The roles of a hosted Supabase project, with what each may do today.
-- Why: migrations run as `postgres`, so what hosted refuses must be refused here.
-- Runs once, as the superuser supabase_admin, on a fresh cluster.

create role anon nologin inherit;
create role authenticated nologin inherit;
create role service_role nologin inherit bypassrls;

create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;

create role supabase_auth_admin login noinherit;
create role supabase_read_only_user login bypassrls;
grant pg_read_all_data to supabase_read_only_user;
create role dashboard_user nologin createdb createrole replication;

-- not a superuser: no alter system, no C functions, nothing in auth, net and cron
create role postgres login nosuperuser createdb createrole replication bypassrls;
grant authenticator to postgres;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
do $$
begin
  if current_setting('server_version_num')::integer >= 160000 then
    -- before 16, createrole was enough to grant them
    grant anon, authenticated, service_role to postgres with admin option;
    grant pg_create_subscription to postgres with admin option;
  else
    grant anon, authenticated, service_role to postgres;
  end if;
end
$$;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = 60000;
alter role supabase_read_only_user set default_transaction_read_only = on;
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
