-- What: a second look at records that are judged while an older transaction has not committed what their rules read.
-- Why: it looked for the records that it concerns before they were committed, and they are judged before it is: neither has seen the other.
-- Breaks a running client: no.

create function governance_private.oldest_writer(p_entity_type text) returns xid8
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_tables regclass[] := array(
    select t.table_id from governance_private.rule_reads r cross join lateral governance_private.entity_tables(r.read_entity) t
    where r.reading_entity = p_entity_type and r.read_entity is not null
    union select 'governance.reference_values'::regclass from governance_private.rule_reads r where r.reading_entity = p_entity_type and r.set_key is not null
    union select t.table_id from governance_private.entity_tables(p_entity_type) t
    where exists (select from governance_private.unique_rules u where u.entity_type = p_entity_type));
begin
  if v_tables = '{}' then
    return null;
  end if;
  -- Whoever has ended between the snapshot and this look at the locks is seen by the next statement.
  return (
    select min(w.id) from pg_catalog.pg_snapshot_xip(pg_current_snapshot()) as w(id)
    join pg_catalog.pg_locks x on x.locktype = 'transactionid' and x.mode = 'ExclusiveLock' and x.granted and x.transactionid = w.id::xid
    join pg_catalog.pg_locks l on l.virtualtransaction = x.virtualtransaction and l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
      and l.relation = any (v_tables::oid[]) and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database()));
end
$$;
comment on function governance_private.oldest_writer(text) is
  'The oldest transaction in progress that has written to a table that rules of an entity read beyond the record itself; null where there is none.';

create function governance_private.queue_second_looks(p_lease_id uuid, p_writer xid8) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- As long as the writer is under way, at most as often again as the change is old.
  insert into governance_private.change_queue (org_id, entity_type, record_key, audit_event_id, cause_kind, reason, enqueued_at, available_at)
  select distinct on (q.record_key) q.org_id, q.entity_type, q.record_key, q.audit_event_id, q.cause_kind, 'second-look', q.enqueued_at,
    clock_timestamp() + least(greatest(clock_timestamp() - q.enqueued_at, interval '1 second'), interval '1 minute')
  from governance_private.change_queue q join governance.audit_events e on e.id = q.audit_event_id
  where q.lease_id = p_lease_id and q.reason in ('write', 'second-look') and e.transaction_id::xid8 > p_writer
  order by q.record_key, q.audit_event_id desc
$$;
comment on function governance_private.queue_second_looks(uuid, xid8) is
  'Queues those records of a lease again that were written after an older transaction, which is still under way, began to write.';
