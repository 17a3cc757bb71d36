-- Supabase Vault for local development: the real names, signatures and grants over pgcrypto.
-- Why: the doorbell reads its token and address from Vault, here as on hosted Supabase.
\echo Use "create extension supabase_vault" to load this file. \quit

-- The key lies beside the data directory, so neither a dump nor a copy of the data directory has it.
-- Nobody but the superuser that owns this function can read the file.
create function vault._root_key() returns bytea
  language sql stable security definer set search_path = ''
  as $$ select pg_catalog.pg_read_binary_file('../vault.key') $$;

create function vault._crypto_aead_det_noncegen() returns bytea
  language sql volatile set search_path = ''
  as $$ select extensions.gen_random_bytes(16) $$;

-- AES-256-CBC, then an HMAC over nonce, associated data and ciphertext with a key of its own
create function vault._crypto_aead_det_encrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
) returns bytea
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key bytea := extensions.hmac(context || int8send(key_id), vault._root_key(), 'sha512');
  v_nonce bytea := coalesce(nonce, '\x00000000000000000000000000000000');
  v_cipher bytea := extensions.encrypt_iv(message, substring(v_key from 1 for 32), v_nonce, 'aes-cbc/pad:pkcs');
begin
  return v_cipher || extensions.hmac(v_nonce || additional || v_cipher, substring(v_key from 33), 'sha256');
end
$$;

create function vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
) returns bytea
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key bytea := extensions.hmac(context || int8send(key_id), vault._root_key(), 'sha512');
  v_nonce bytea := coalesce(nonce, '\x00000000000000000000000000000000');
  v_cipher bytea := substring(message from 1 for length(message) - 32);
begin
  if extensions.hmac(v_nonce || additional || v_cipher, substring(v_key from 33), 'sha256')
    is distinct from substring(message from length(message) - 31)
  then
    raise exception 'vault: the ciphertext does not belong to this key and secret';
  end if;
  return extensions.decrypt_iv(v_cipher, substring(v_key from 1 for 32), v_nonce, 'aes-cbc/pad:pkcs');
end
$$;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default vault._crypto_aead_det_noncegen(),
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
comment on table vault.secrets is 'Table with encrypted `secret` column for storing sensitive information on disk.';

create unique index secrets_name_idx on vault.secrets (name) where name is not null;

create view vault.decrypted_secrets as
select
  s.id,
  s.name,
  s.description,
  s.secret,
  convert_from(
    vault._crypto_aead_det_decrypt(
      message => decode(s.secret, 'base64'),
      additional => convert_to(s.id::text, 'UTF8'),
      key_id => 0,
      context => 'pgsodium'::bytea,
      nonce => s.nonce
    ),
    'UTF8'
  ) as decrypted_secret,
  s.key_id,
  s.nonce,
  s.created_at,
  s.updated_at
from vault.secrets s;

create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid := pg_catalog.gen_random_uuid();
  v_nonce bytea := vault._crypto_aead_det_noncegen();
begin
  insert into vault.secrets (id, name, description, nonce, secret)
  values (
    v_id, new_name, new_description, v_nonce,
    encode(vault._crypto_aead_det_encrypt(
      convert_to(new_secret, 'UTF8'), convert_to(v_id::text, 'UTF8'), 0, 'pgsodium'::bytea, v_nonce
    ), 'base64')
  );
  return v_id;
end
$$;

create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null,
  new_key_id uuid default null
) returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update vault.secrets s
  set
    secret = case when new_secret is null then s.secret else encode(vault._crypto_aead_det_encrypt(
      convert_to(new_secret, 'UTF8'), convert_to(s.id::text, 'UTF8'), 0, 'pgsodium'::bytea, s.nonce
    ), 'base64') end,
    name = coalesce(new_name, s.name),
    description = coalesce(new_description, s.description),
    updated_at = now()
  where s.id = secret_id;
end
$$;

revoke all on all functions in schema vault from public;

grant usage on schema vault to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt
  to postgres with grant option;
grant usage on schema vault to service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to service_role;

select pg_catalog.pg_extension_config_dump('vault.secrets', '');
