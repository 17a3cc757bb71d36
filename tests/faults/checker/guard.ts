import type { Sql } from "postgres";

/** A block is complete: what it forbids is stored only where nobody guarded. The keys of unique rules are those of the records. */
export async function checkGuard(sql: Sql): Promise<string[]> {
  const negative = await sql`
    select c.after ->> 'id' as id, c.transaction_id from witness.changes c
    where c.entity_type = 'purchase' and c.was_seen and (c.after ->> 'amount')::numeric < 0
      and (c.before is null or coalesce((c.before ->> 'amount')::numeric, 0) >= 0)
      and not exists (select from governance.audit_events e
        where e.operation = 'gap' and e.after ->> 'stage' = 'block' and e.transaction_id = c.transaction_id)`;
  const doubled = await sql`
    with holders as (
      select o.org_id, o.note, o.id, (
        select c.was_seen and not exists (select from governance.audit_events e
            where e.operation = 'gap' and e.after ->> 'stage' = 'block' and e.transaction_id = c.transaction_id)
        from witness.changes c
        where c.entity_type = 'purchase' and c.after ->> 'id' = o.id
          and (c.before is null or (c.before ->> 'note', c.before ->> 'org_id', c.before ->> 'id')
            is distinct from (c.after ->> 'note', c.after ->> 'org_id', c.after ->> 'id'))
        order by c.place desc limit 1) as was_guarded
      from shop.orders o where o.note is not null)
    select h.org_id, h.note, array_agg(h.id) as ids from holders h
    group by 1, 2 having count(*) > 1 and count(*) filter (where h.was_guarded) > 1`;
  const keys = await sql`
    with held as (
      select k.record_key, k.key from governance_private.unique_keys k
      join governance.data_quality_rules r on r.id = k.rule_id where r.rule_key = 'order-number-unique'
    ), records as (
      select o.id, o.org_id || ' ' || o.note as number from shop.orders o where o.note is not null
    )
    select coalesce(h.record_key, r.id) as id, case when h.record_key is null then 'has none' when r.id is null then 'has one without a number'
      else 'differs from those of its number' end as what
    from held h full join records r on r.id = h.record_key
    where h.record_key is null or r.id is null
       or encode(h.key, 'hex') <> (select min(encode(h2.key, 'hex')) from held h2 join records r2 on r2.id = h2.record_key where r2.number = r.number)`;
  return [
    ...negative.map(({ id, transaction_id }) => `the block let ${id} by, in transaction ${transaction_id}`),
    ...doubled.map(({ org_id, note, ids }) => `${note} of ${org_id} is held by ${ids}`),
    ...keys.map(({ id, what }) => `the key of ${id} ${what}`),
  ];
}
