-- The database `postgres` as hosted Supabase gives it: schemas, extensions, grants and default privileges.
-- Why: default privileges decide what a forgotten grant means; since 2026-10-30 it means nobody.
-- Runs once, as supabase_admin, in database `postgres`.

alter database postgres owner to postgres;
alter schema public owner to pg_database_owner;
grant usage on schema public to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;

create schema extensions authorization postgres;
grant usage on schema extensions to postgres, anon, authenticated, service_role;
grant all on schema extensions to dashboard_user;
create extension "uuid-ossp" with schema extensions;
create extension pgcrypto with schema extensions;
create extension pg_stat_statements with schema extensions;
grant all on all tables in schema extensions to postgres with grant option;
grant all on all routines in schema extensions to postgres with grant option;
grant all on all sequences in schema extensions to postgres with grant option;

create schema vault;
create extension supabase_vault with schema vault;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

-- until 2026-10-30 everything new in public was granted to the API's roles; then these four lines of revokes came,
-- so anon keeps TRUNCATE, REFERENCES and TRIGGER on new tables, and new functions stay callable through PUBLIC
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke usage, select on sequences from anon, authenticated, service_role;
