-- What: the doorbell: one empty HTTP call a transaction, after commit, that wakes evaluate.
-- Why: latency only. The queue is drained every ten seconds whether it rang or not.
-- Breaks a running client: no.

create function governance_private.ring_doorbell() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_url text;
  v_token text;
begin
  -- Definer: reads Vault. Once per transaction; the setting is local and can at worst silence this transaction's bell.
  if current_setting('governance.rung', true) = pg_current_xact_id()::text then
    return;
  end if;
  perform set_config('governance.rung', pg_current_xact_id()::text, true);
  select s.decrypted_secret into v_url from vault.decrypted_secrets s where s.name = 'functions_url';
  select s.decrypted_secret into v_token from vault.decrypted_secrets s where s.name = 'doorbell_token';
  if v_url is null or v_token is null then
    return;
  end if;
  perform net.http_post(
    url := rtrim(v_url, '/') || '/evaluate', body := '{}'::jsonb,
    headers := jsonb_build_object('Content-Type', 'application/json', 'x-doorbell-token', v_token),
    timeout_milliseconds := 5000);
exception when others then
  -- A bell that cannot ring must not refuse a write.
  raise log 'governance: the doorbell could not ring: %', sqlerrm;
end
$$;
comment on function governance_private.ring_doorbell() is 'Wakes evaluate after this transaction commits: an empty body and the project''s own token, never a key.';

create function governance.ring_doorbell() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('ring the doorbell');
  perform governance_private.ring_doorbell();
end
$$;
comment on function governance.ring_doorbell() is 'Wakes evaluate. Called by evaluate itself when its budget is used before the queue is empty.';
grant execute on function governance.ring_doorbell(), governance_private.ring_doorbell() to service_role;
