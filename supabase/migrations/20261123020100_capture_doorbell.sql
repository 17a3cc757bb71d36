-- What: the doorbell: an empty HTTP call after commit that wakes evaluate; once a transaction, and not while another is on its way.
-- Why: latency only. The queue is drained every ten seconds whether it rang or not.
-- Breaks a running client: no.

create unlogged table governance_private.rings (
  transaction_id xid8 primary key default pg_current_xact_id(),
  rung_at timestamptz not null default clock_timestamp()
);
alter table governance_private.rings enable row level security;
comment on table governance_private.rings is
  'Rings of the doorbell that no claim has answered yet. While there is a fresh one, the writes beside it need not ring again.';

create view governance_private.fresh_rings with (security_invoker = true) as
select r.rung_at from governance_private.rings r where r.rung_at > (select clock_timestamp() - interval '1 second');
comment on view governance_private.fresh_rings is
  'Rings on their way: what commits now is seen by the claim that answers them. After a second a ring counts as lost.';

create function governance_private.answer_rings() returns void
language sql volatile security invoker set search_path = ''
as $$
  -- Never waits for another claim that does the same.
  delete from governance_private.rings r where r.ctid in (select x.ctid from governance_private.rings x for update skip locked)
$$;
comment on function governance_private.answer_rings() is 'A claim is looking: whatever is written from now on has to ring again.';

create function governance_private.call_function(p_name text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_url text;
  v_token text;
begin
  -- Definer: reads Vault. Latency only: whatever is asked for stands in a table, and a schedule looks there.
  select max(s.decrypted_secret) filter (where s.name = 'functions_url'), max(s.decrypted_secret) filter (where s.name = 'doorbell_token')
  into v_url, v_token from vault.decrypted_secrets s where s.name in ('functions_url', 'doorbell_token');
  if v_url is null or v_token is null then
    return false;
  end if;
  perform net.http_post(
    url := rtrim(v_url, '/') || '/' || p_name, body := '{}'::jsonb,
    headers := jsonb_build_object('Content-Type', 'application/json', 'x-doorbell-token', v_token),
    timeout_milliseconds := 5000);
  return true;
exception when others then
  -- A call that cannot be made must not refuse a write.
  raise log 'governance: % could not be called: %', p_name, sqlerrm;
  return false;
end
$$;
comment on function governance_private.call_function(text) is
  'Wakes an edge function after this transaction commits: an empty body and the project''s own token, never a key. False where nothing is called.';

create function governance_private.ring_doorbell(p_anyway boolean default false) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: rings are private. Once per transaction; the setting is local and can at worst silence this transaction's bell.
  if current_setting('governance.rung', true) = pg_current_xact_id()::text then
    return;
  elsif not p_anyway and exists (select from governance_private.fresh_rings) then
    return;
  end if;
  perform set_config('governance.rung', pg_current_xact_id()::text, true);
  if governance_private.call_function('evaluate') then
    insert into governance_private.rings default values;
    -- Where nobody answers they must not pile up: every write looks for a fresh one.
    delete from governance_private.rings r where r.ctid in (
      select x.ctid from governance_private.rings x where x.rung_at < clock_timestamp() - interval '1 minute' for update skip locked);
  end if;
exception when others then
  raise log 'governance: the doorbell could not ring: %', sqlerrm;
end
$$;
comment on function governance_private.ring_doorbell(boolean) is
  'Wakes evaluate after this transaction commits: an empty body and the project''s own token, never a key. Silent while another ring is on its way, unless p_anyway.';

create function governance.ring_doorbell() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('ring the doorbell');
  perform governance_private.ring_doorbell(true);
end
$$;
comment on function governance.ring_doorbell() is 'Wakes evaluate. Called by evaluate itself when its budget is used before the queue is empty.';
grant execute on function governance.ring_doorbell(), governance_private.ring_doorbell(boolean) to service_role;
