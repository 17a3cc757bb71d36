-- What: integration keys: issued per source system with scopes, hashed, revocable, limited in their rate.
-- Why: an integration proves which source it is; what audit says of a write's source comes from that and from nothing it claims.
-- Breaks a running client: no.

create table governance.integration_keys (
  key_id uuid primary key default gen_random_uuid(),
  org_id text not null references governance.organizations on delete cascade,
  source_key text not null references governance.source_systems on delete cascade,
  label text not null check (btrim(label) <> ''),
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['ingest', 'validate', 'import', 'export', 'read_issues']),
  key_hash text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  key_start text not null,
  calls_per_minute integer not null default 600 check (calls_per_minute between 1 and 100000),
  expires_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  revoked_by uuid,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index integration_keys_org_idx on governance.integration_keys (org_id);
create index integration_keys_source_idx on governance.integration_keys (source_key);
comment on table governance.integration_keys is 'The keys by which source systems call the API. The key itself is shown once, when it is issued; only its hash is kept.';
comment on column governance.integration_keys.key_hash is 'SHA-256 of the key, in no grant. The key has 244 random bits, so that no slower hash is needed.';
comment on column governance.integration_keys.key_start is 'How the key begins, so that people can tell keys apart.';
comment on column governance.integration_keys.last_used_at is 'To the minute.';

create unlogged table governance_private.key_usage (
  key_id uuid not null references governance.integration_keys on delete cascade,
  minute timestamptz not null,
  calls integer not null,
  primary key (key_id, minute)
);
comment on table governance_private.key_usage is 'Calls of each key in the present minute; older minutes are dropped by the way.';

alter table governance.integration_keys enable row level security;
alter table governance_private.key_usage enable row level security;
create policy "Admins see the keys of their organization" on governance.integration_keys for select to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
grant select (key_id, org_id, source_key, label, scopes, key_start, calls_per_minute, expires_at, created_by, created_at, revoked_by, revoked_at, last_used_at)
  on governance.integration_keys to authenticated, service_role;

create function governance_private.issue_integration_key(
  p_org_id text, p_source_key text, p_label text, p_scopes text[], p_expires_at timestamptz, p_calls_per_minute integer
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key text := 'sgk_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  v_id uuid;
begin
  -- Definer: nobody writes keys but through here; the caller must be an admin of the organization.
  perform governance_private.require_role(p_org_id, 'admin', 'issue a key');
  if p_expires_at <= now() then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The key would have expired on %s.', p_expires_at), jsonb_build_object('field', 'p_expires_at'));
  end if;
  insert into governance.source_systems (source_key, org_id, label) values (p_source_key, p_org_id, p_source_key) on conflict do nothing;
  if not exists (select from governance.source_systems s where s.source_key = p_source_key and s.org_id = p_org_id) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" is a source of somebody else: choose another name.', p_source_key), jsonb_build_object('field', 'p_source_key'));
  end if;
  insert into governance.integration_keys (org_id, source_key, label, scopes, key_hash, key_start, calls_per_minute, expires_at, created_by)
  values (p_org_id, p_source_key, p_label, p_scopes, encode(sha256(convert_to(v_key, 'UTF8')), 'hex'), left(v_key, 10), coalesce(p_calls_per_minute, 600), p_expires_at, auth.uid())
  returning key_id into v_id;
  return jsonb_build_object('key_id', v_id, 'key', v_key);
end
$$;

create function governance.issue_integration_key(
  p_org_id text, p_source_key text, p_label text, p_scopes text[], p_expires_at timestamptz default null, p_calls_per_minute integer default null
) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.issue_integration_key(p_org_id, p_source_key, p_label, p_scopes, p_expires_at, p_calls_per_minute)
$$;
comment on function governance.issue_integration_key(text, text, text, text[], timestamptz, integer) is
  'Issues a key for a source system of an organization, which is made if it is new. The answer is the only time that the key is shown. For admins.';

create function governance_private.revoke_integration_key(p_key_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_org text := (select k.org_id from governance.integration_keys k where k.key_id = p_key_id);
begin
  -- Definer: as for issuing. A key of an organization that the caller does not govern does not exist for it.
  if v_org is null or not (governance_private.is_instance_admin() or exists (
    select from governance_private.my_org_ids('admin') as o(org_id) where o.org_id = v_org)) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no key "%s" that you can revoke.', p_key_id));
  end if;
  update governance.integration_keys k set revoked_at = now(), revoked_by = auth.uid() where k.key_id = p_key_id and k.revoked_at is null;
end
$$;

create function governance.revoke_integration_key(p_key_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.revoke_integration_key(p_key_id)
$$;
comment on function governance.revoke_integration_key(uuid) is 'Takes a key back at once; twice is harmless. For admins.';

create function governance_private.use_integration_key(p_key_hash text, p_scope text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key governance.integration_keys;
  v_minute timestamptz := date_trunc('minute', clock_timestamp());
  v_calls integer;
begin
  -- Definer: hashes and usage are private; the function that is exposed has checked the caller.
  select * into v_key from governance.integration_keys k where k.key_hash = p_key_hash;
  if v_key.key_id is null or v_key.revoked_at is not null or v_key.expires_at <= now() then
    perform governance_private.raise_error('PT401', 'not-signed-in', case when v_key.key_id is null then 'The key is not known.'
      when v_key.revoked_at is not null then 'The key has been revoked.' else 'The key has expired.' end);
  elsif p_scope <> all (v_key.scopes) then
    perform governance_private.raise_error('PT403', 'not-allowed', format('The key "%s" has not the scope "%s".', v_key.label, p_scope), jsonb_build_object('scope', p_scope),
      'Ask an admin for a key with that scope.');
  end if;
  insert into governance_private.key_usage as u (key_id, minute, calls) values (v_key.key_id, v_minute, 1)
  on conflict (key_id, minute) do update set calls = u.calls + 1 returning calls into v_calls;
  if v_calls > v_key.calls_per_minute then
    perform governance_private.raise_error('PT429', 'too-many-calls', format('The key "%s" may call %s times a minute.', v_key.label, v_key.calls_per_minute),
      jsonb_build_object('retry_after', ceil(extract(epoch from v_minute + interval '1 minute' - clock_timestamp()))));
  elsif v_calls = 1 then
    delete from governance_private.key_usage u where u.key_id = v_key.key_id and u.minute < v_minute;
    update governance.integration_keys k set last_used_at = now() where k.key_id = v_key.key_id;
  end if;
  return jsonb_build_object('key_id', v_key.key_id, 'org_id', v_key.org_id, 'source_key', v_key.source_key);
end
$$;

create function governance.use_integration_key(p_key_hash text, p_scope text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('prove a key');
  return governance_private.use_integration_key(p_key_hash, p_scope);
end
$$;
comment on function governance.use_integration_key(text, text) is 'For governance-api: whose key this is, counted as one call. Refuses unknown, revoked, expired and too busy keys, and those without the scope.';

create function governance_private.begin_source(p_key_id uuid) returns governance.integration_keys
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key governance.integration_keys;
begin
  -- Definer: sources of writes are private. The key is looked at again: it may have been revoked since the call began.
  if not governance_private.is_instance_admin() then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot write in the name of a source.');
  end if;
  select * into v_key from governance.integration_keys k where k.key_id = p_key_id and k.revoked_at is null;
  if v_key.key_id is null then
    perform governance_private.raise_error('PT401', 'not-signed-in', 'The key has been revoked.');
  end if;
  insert into governance_private.write_sources (source_key) values (v_key.source_key)
  on conflict (transaction_id) do update set source_key = excluded.source_key;
  return v_key;
end
$$;

create function governance_private.end_source() returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: as for begin_source.
  delete from governance_private.write_sources w where w.transaction_id = pg_current_xact_id_if_assigned()
$$;

grant execute on function governance.issue_integration_key(text, text, text, text[], timestamptz, integer), governance.revoke_integration_key(uuid),
  governance_private.issue_integration_key(text, text, text, text[], timestamptz, integer), governance_private.revoke_integration_key(uuid) to authenticated, service_role;
grant execute on function governance.use_integration_key(text, text), governance_private.use_integration_key(text, text),
  governance_private.begin_source(uuid), governance_private.end_source() to service_role;
