-- What: calls of the API that carry an idempotency key, and what they were answered.
-- Why: a client whose connection broke cannot know whether its call was done; the same call again must not do it twice.
-- Breaks a running client: no.

create table governance_private.idempotent_calls (
  caller text not null,
  key_hash text not null check (key_hash ~ '^[0-9a-f]{64}$'),
  request_hash text not null,
  begun_at timestamptz not null default clock_timestamp(),
  status integer,
  answer jsonb,
  primary key (caller, key_hash)
);
create index idempotent_calls_begun_idx on governance_private.idempotent_calls (begun_at);
comment on table governance_private.idempotent_calls is
  'Calls of the last 24 hours that carried an idempotency key, hashed, each of one person or integration key, with what they were answered.';
comment on column governance_private.idempotent_calls.answer is 'Empty while the call runs, and where the answer is a secret or too long to be kept.';
alter table governance_private.idempotent_calls enable row level security;

create function governance_private.begin_idempotent_call(p_caller text, p_key_hash text, p_request_hash text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_call governance_private.idempotent_calls;
begin
  -- Definer: calls are private; the function that is exposed has checked the caller.
  delete from governance_private.idempotent_calls c where c.caller = p_caller and c.key_hash = p_key_hash and c.begun_at < now() - interval '24 hours';
  insert into governance_private.idempotent_calls (caller, key_hash, request_hash) values (p_caller, p_key_hash, p_request_hash) on conflict do nothing;
  if found then
    return jsonb_build_object('is_new', true, 'answer', null);
  end if;
  select * into strict v_call from governance_private.idempotent_calls c where c.caller = p_caller and c.key_hash = p_key_hash;
  if v_call.request_hash <> p_request_hash then
    perform governance_private.raise_error('PT422', 'key-reused', 'The idempotency key was sent before, with another request.', jsonb_build_object('begun_at', v_call.begun_at));
  elsif v_call.answer is null then
    perform governance_private.raise_error('PT409', 'call-unfinished', case when v_call.status is null
        then 'The call with this idempotency key runs, or broke off: whether it was done is not known yet.'
        else 'The call with this idempotency key was done; its answer is not kept.' end,
      jsonb_build_object('begun_at', v_call.begun_at, 'is_done', v_call.status is not null));
  end if;
  return jsonb_build_object('is_new', false, 'answer', v_call.answer);
end
$$;

create function governance.begin_idempotent_call(p_caller text, p_key_hash text, p_request_hash text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('begin a call for somebody');
  return governance_private.begin_idempotent_call(p_caller, p_key_hash, p_request_hash);
end
$$;
comment on function governance.begin_idempotent_call(text, text, text) is 'For governance-api: whether a call with this idempotency key is new; if not, what it was answered.';

create function governance_private.finish_idempotent_call(p_caller text, p_key_hash text, p_status integer, p_answer jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: as for beginning. A call that was refused has done nothing: it may be sent again, corrected.
  if p_status is null then
    delete from governance_private.idempotent_calls c where c.caller = p_caller and c.key_hash = p_key_hash and c.status is null;
  else
    update governance_private.idempotent_calls c set status = p_status, answer = p_answer where c.caller = p_caller and c.key_hash = p_key_hash;
  end if;
end
$$;

create function governance.finish_idempotent_call(p_caller text, p_key_hash text, p_status integer default null, p_answer jsonb default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('finish a call for somebody');
  perform governance_private.finish_idempotent_call(p_caller, p_key_hash, p_status, p_answer);
end
$$;
comment on function governance.finish_idempotent_call(text, text, integer, jsonb) is 'For governance-api: keeps what a call was answered; without a status the call was refused, and its key is free again.';

create function governance_private.purge_idempotent_calls() returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: run by schedule.
  delete from governance_private.idempotent_calls c where c.begun_at < now() - interval '24 hours'
$$;
comment on function governance_private.purge_idempotent_calls() is 'Forgets calls with an idempotency key after 24 hours.';

grant execute on function governance.begin_idempotent_call(text, text, text), governance_private.begin_idempotent_call(text, text, text),
  governance.finish_idempotent_call(text, text, integer, jsonb), governance_private.finish_idempotent_call(text, text, integer, jsonb) to service_role;
