-- What: the schemas, the platform's extensions and the privileges that everything else starts from.
-- Why: nothing is granted by default, so that every table and function says who may use it.
-- Breaks a running client: no.

create extension if not exists pg_net with schema extensions;
create extension if not exists pg_cron with schema pg_catalog;
create extension if not exists supabase_vault with schema vault;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;
create extension if not exists btree_gist with schema extensions;

create schema governance;
create schema governance_private;

comment on schema governance is 'The self-governing layer: what people and integrations use. Every table is under row level security.';
comment on schema governance_private is 'The inside of the governing layer: trigger functions, queue, rule compiler, generated functions. Not exposed.';

-- Without "in schema": a per-schema revoke cannot take away what PUBLIC has by default.
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated, service_role;

grant usage on schema governance to authenticated, service_role;
-- Policies and the thin functions in governance call named helpers here; what may be called is granted one by one.
grant usage on schema governance_private to authenticated, service_role;

create function governance_private.raise_error(
  p_status text, p_code text, p_message text, p_detail jsonb default '{}', p_hint text default null
) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  raise exception using
    errcode = p_status,
    message = p_message,
    detail = (jsonb_build_object('code', p_code) || p_detail)::text,
    hint = coalesce(p_hint, '');
end
$$;
comment on function governance_private.raise_error(text, text, text, jsonb, text) is
  'Raises an error for people. p_status is PT and an HTTP status (PT422); p_code is one of docs/errors.md; detail is JSON.';
grant execute on function governance_private.raise_error(text, text, text, jsonb, text) to authenticated, service_role;

create function governance_private.is_transient(p_sqlstate text) returns boolean
language sql immutable security invoker set search_path = ''
return p_sqlstate ~ '^(40|53|55006|55P03|57|58|08)';
comment on function governance_private.is_transient(text) is 'Whether an error passes by itself: a deadlock, a lock that was not to be had, a server that is full or going down. What failed so is tried again, and told to nobody as a fault of data.';

create function governance_private.is_nobodys_data(p_sqlstate text) returns boolean
language sql immutable security invoker set search_path = ''
return governance_private.is_transient(p_sqlstate) or p_sqlstate ~ '^(PT5|XX|42(?!501))';
comment on function governance_private.is_nobodys_data(text) is 'Whether an error of a write is no refusal of what was written: it passes by itself, or something is broken. The whole call fails.';

create function governance_private.passes_hook(p_sqlstate text) returns boolean
language sql immutable security invoker set search_path = ''
return governance_private.is_transient(p_sqlstate) or p_sqlstate ~ '^(PT|55)';
comment on function governance_private.passes_hook(text) is 'Whether an error inside a hook of a write is the write''s own, a refusal of ours or transient, and not a failure of governance.';
grant execute on function governance_private.is_transient(text), governance_private.is_nobodys_data(text) to authenticated, service_role;

create function governance_private.writer_role() returns text
language sql stable security invoker set search_path = ''
as $$
  -- current_user is the owner inside a definer function; the role setting keeps whom REST acts for.
  select case when current_setting('role') = 'none' then session_user::text else current_setting('role') end
$$;
comment on function governance_private.writer_role() is 'The database role on whose behalf this statement runs, also inside security definer functions.';
grant execute on function governance_private.writer_role() to authenticated, service_role;

create function governance_private.is_instance_admin() returns boolean
language sql stable security definer set search_path = ''
as $$
  -- Definer, so that current_user is the owner of the schema: the writer must be that role, a member of it, or service_role.
  select governance_private.writer_role() = 'service_role'
      or pg_has_role(governance_private.writer_role(), current_user, 'member')
$$;
comment on function governance_private.is_instance_admin() is 'True for postgres, Studio and service_role: instance administrators, never approvers.';
grant execute on function governance_private.is_instance_admin() to authenticated, service_role;

create function governance_private.require_instance_admin(p_what text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if not governance_private.is_instance_admin() then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot %s: only an instance administrator can.', p_what));
  end if;
end
$$;
grant execute on function governance_private.require_instance_admin(text) to authenticated, service_role;
