-- What: outbound webhooks: who wants to hear of what, and an outbox of deliveries with retries and dead letters.
-- Why: pg_net neither retries nor reads answers, and one slow receiver would hold up every doorbell; so the outbox is a table, and
--      governance-api delivers from it.
-- Breaks a running client: no.

create table governance.webhook_endpoints (
  endpoint_id uuid primary key default gen_random_uuid(),
  org_id text not null references governance.organizations on delete cascade,
  label text not null check (btrim(label) <> ''),
  url text not null,
  events text[] not null check (cardinality(events) > 0
    and events <@ array['issue.opened', 'issue.assigned', 'issue.overdue', 'issue.resolved', 'change_request.changed', 'run.finished']),
  disabled_at timestamptz,
  disabled_reason text,
  created_by uuid,
  created_at timestamptz not null default now()
);
create index webhook_endpoints_org_idx on governance.webhook_endpoints (org_id);
comment on table governance.webhook_endpoints is 'Addresses that are told of events of their organization. The secret that signs what they get lies in Vault, as webhook_<endpoint_id>.';
comment on column governance.webhook_endpoints.disabled_at is 'Nothing is sent since: an admin disabled it, or it answered 410 Gone.';

create table governance.webhook_deliveries (
  delivery_id bigint generated always as identity primary key,
  endpoint_id uuid not null references governance.webhook_endpoints on delete cascade,
  org_id text not null,
  message_id text not null default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  event_type text not null,
  body text not null,
  dedupe_key text not null,
  status text not null default 'waiting' check (status in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_status integer,
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint an_event_is_told_once unique (endpoint_id, dedupe_key)
);
create index webhook_deliveries_due_idx on governance.webhook_deliveries (next_attempt_at) where status = 'waiting';
create index webhook_deliveries_org_idx on governance.webhook_deliveries (org_id, delivery_id desc);
create index webhook_deliveries_finished_idx on governance.webhook_deliveries (finished_at) where status <> 'waiting';
comment on table governance.webhook_deliveries is 'The outbox: what each endpoint is to be told, in the exact bytes that are signed. dead: every attempt failed.';
comment on column governance.webhook_deliveries.next_attempt_at is 'Not before; while an attempt is under way, when another may be made because that one was lost.';

alter table governance.webhook_endpoints enable row level security;
alter table governance.webhook_deliveries enable row level security;

create function governance_private.may_see_told(p_org_id text, p_body text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select d ->> 'record_key' is null or governance_private.may_see(p_org_id, d ->> 'entity_type', d ->> 'record_key')
  from (select p_body::jsonb -> 'data' as d) x
$$;
comment on function governance_private.may_see_told(text, text) is 'For policies: whether the record that a delivery names is one that the caller may see.';
grant execute on function governance_private.may_see_told(text, text) to authenticated, service_role;

create policy "Admins see the webhooks of their organization" on governance.webhook_endpoints for select to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins see what webhooks were told of records they can read" on governance.webhook_deliveries for select to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')) and governance_private.may_see_told(org_id, body));
grant select on governance.webhook_endpoints, governance.webhook_deliveries to authenticated, service_role;

alter table governance_private.queue_settings add column allow_private_webhooks boolean not null default false;
comment on column governance_private.queue_settings.allow_private_webhooks is
  'True: webhooks may go to http and to addresses of the own network. For development; elsewhere it lets an admin make the server call what only the server can reach.';

create function governance_private.check_webhook_url(p_url text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_host text := lower(substring(p_url from '^https?://([^/?#:@]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:[/?#][^[:space:]]*)?$'));
  v_private boolean := (select s.allow_private_webhooks from governance_private.queue_settings s);
begin
  -- A name can still resolve to a private address; the platform's functions run outside the database's network.
  if v_host is null or length(p_url) > 2000
    or not v_private and (p_url not like 'https://%' or v_host !~ '\.[a-z]{2,}$' or v_host ~ '\.(local|localhost|internal|lan|home|test|example)$') then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" is no address that a webhook can go to.', left(p_url, 200)),
      jsonb_build_object('field', 'p_url'), 'Use an https address with a public host name.');
  end if;
end
$$;

create function governance_private.add_webhook(p_org_id text, p_label text, p_url text, p_events text[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid := gen_random_uuid();
  v_secret text := 'whsec_' || encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'base64');
begin
  -- Definer: writes to Vault; the caller must be an admin of the organization.
  perform governance_private.require_role(p_org_id, 'admin', 'add a webhook');
  perform governance_private.check_webhook_url(p_url);
  insert into governance.webhook_endpoints (endpoint_id, org_id, label, url, events, created_by) values (v_id, p_org_id, p_label, p_url, p_events, auth.uid());
  perform vault.create_secret(v_secret, 'webhook_' || v_id, 'Signs what a webhook endpoint is sent.');
  return jsonb_build_object('endpoint_id', v_id, 'secret', v_secret);
end
$$;

create function governance.add_webhook(p_org_id text, p_label text, p_url text, p_events text[]) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.add_webhook(p_org_id, p_label, p_url, p_events)
$$;
comment on function governance.add_webhook(text, text, text, text[]) is 'Has an address told of events. The answer is the only time that the signing secret is shown. For admins.';

create function governance_private.own_webhook(p_endpoint_id uuid) returns governance.webhook_endpoints
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_endpoint governance.webhook_endpoints;
begin
  -- Definer: an endpoint of an organization that the caller does not govern does not exist for it.
  select * into v_endpoint from governance.webhook_endpoints e where e.endpoint_id = p_endpoint_id;
  if v_endpoint.endpoint_id is null or not (governance_private.is_instance_admin() or exists (
    select from governance_private.my_org_ids('admin') as o(org_id) where o.org_id = v_endpoint.org_id)) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no webhook "%s" that you can change.', p_endpoint_id));
  end if;
  return v_endpoint;
end
$$;

create function governance_private.remove_webhook(p_endpoint_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: the secret goes too.
  perform governance_private.own_webhook(p_endpoint_id);
  delete from governance.webhook_endpoints e where e.endpoint_id = p_endpoint_id;
  delete from vault.secrets s where s.name = 'webhook_' || p_endpoint_id;
end
$$;

create function governance.remove_webhook(p_endpoint_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.remove_webhook(p_endpoint_id)
$$;
comment on function governance.remove_webhook(uuid) is 'Takes a webhook away with its secret and what it was told. For admins.';

create function governance_private.retry_webhook_delivery(p_delivery_id bigint) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: deliveries are written by nobody but through here; a working endpoint begins anew.
  perform governance_private.own_webhook((select d.endpoint_id from governance.webhook_deliveries d where d.delivery_id = p_delivery_id));
  update governance.webhook_endpoints e set disabled_at = null, disabled_reason = null
  where e.endpoint_id = (select d.endpoint_id from governance.webhook_deliveries d where d.delivery_id = p_delivery_id);
  update governance.webhook_deliveries d set status = 'waiting', attempts = 0, next_attempt_at = clock_timestamp(), finished_at = null
  where d.delivery_id = p_delivery_id and d.status = 'dead';
end
$$;

create function governance.retry_webhook_delivery(p_delivery_id bigint) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.retry_webhook_delivery(p_delivery_id)
$$;
comment on function governance.retry_webhook_delivery(bigint) is 'Sends a dead delivery again, and enables its endpoint again. For admins.';

grant execute on function governance.add_webhook(text, text, text, text[]), governance_private.add_webhook(text, text, text, text[]),
  governance.remove_webhook(uuid), governance_private.remove_webhook(uuid),
  governance.retry_webhook_delivery(bigint), governance_private.retry_webhook_delivery(bigint) to authenticated, service_role;
