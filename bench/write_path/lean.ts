import type { Sql } from "postgres";
import { PREDICATES } from "../rules/predicates.ts";

/**
 * The least that a trigger can do which checks rules and remembers a write: a test of the ten rules by hand and one row of
 * a log with a single index, without a queue, a cause, a source, limits or a way to go on when it fails. What is
 * faster is no trigger.
 */
export async function makeLean(sql: Sql): Promise<void> {
  const violates = PREDICATES.map((predicate) => `(${predicate.violates})`).join(" or ");
  const keep = (name: string, before: string, from: string) => `
    create function bench.${name}() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      if exists (select from new_records r left join bench.accounts a on a.id = r.account_id and a.org_id = r.org_id where ${violates}) then
        raise exception 'Not saved: a rule is violated.';
      end if;
      insert into bench.log (org_id, table_name, record_id, operation, actor, old_record, record)
      select n.org_id, tg_table_name, n.id::text, tg_op, auth.uid(), ${before}, to_jsonb(n.*) from ${from};
      return null;
    end $$;`;
  await sql.unsafe(`
    create table bench.log (id bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
      org_id text not null, table_name text not null, record_id text, operation text not null, actor uuid, old_record jsonb, record jsonb);
    ${keep("keep_inserts", "null", "new_records n")}
    ${keep("keep_updates", "to_jsonb(o.*)", "new_records n join old_records o on o.id = n.id")}
    create trigger keep_inserts after insert on bench.lean referencing new table as new_records
      for each statement execute function bench.keep_inserts();
    create trigger keep_updates after update on bench.lean referencing old table as old_records new table as new_records
      for each statement execute function bench.keep_updates();
  `).simple();
}
