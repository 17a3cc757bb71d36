import type { Sql } from "postgres";
import { planRules, type RulePlan } from "../../shared/rules/mod.ts";
import { claimedBatchSchema } from "../../shared/schema/claim.ts";
import { evaluateBatch } from "../../supabase/functions/_shared/evaluate_batch.ts";

const WRITES = 200;
/** Below what counts as a bulk write. */
const JUDGED = 500;

/** Single inserts and updates, each a transaction, inside of the server; microseconds a write. */
export async function writeSingly(sql: Sql, records: number): Promise<number> {
  const from = performance.now();
  await sql.unsafe(`do $$ declare v_id bigint; begin
    for n in 1..${WRITES} loop
      insert into bench.deals (id, account_id, name, email, phone, status, amount, currency, probability, opened_on)
      values (nextval('bench.next_id'), 1 + n % 1000, 'Deal', 'new' || lastval() || '@example.com', '+14155550000', 'open', n, 'USD', 50, '2024-06-01');
      commit;
      v_id := 1 + floor(random() * ${records})::bigint;
      update bench.deals set amount = amount + 1, name = 'Deal again' where id = v_id;
      commit;
    end loop; end $$`);
  return (performance.now() - from) * 1000 / (2 * WRITES);
}

/** An evaluator in this process; it keeps its rules as `evaluate` does. */
export class Evaluator {
  #plan: RulePlan | null = null;
  #version = "";

  constructor(readonly sql: Sql) {}

  /** Changes records all over the table and judges them: claim, evaluate, apply; microseconds a record. */
  async judge(records: number): Promise<number> {
    await this.sql`
      update bench.deals set amount = amount + 1
      where id in (select 1 + floor(random() * ${records}::int)::bigint from generate_series(1, ${JUDGED}::int))`;
    const from = performance.now();
    const judged = await this.drain();
    return (performance.now() - from) * 1000 / judged;
  }

  /** Works until nothing waits; how many records it judged. */
  async drain(): Promise<number> {
    let judged = 0;
    for (;;) {
      const known = this.#plan === null ? {} : { bench_deal: this.#version };
      const [row] = await this.sql`select governance.claim_changes(1000, ${this.sql.json(known)}) as batch`;
      if (row!["batch"] === null) return judged;
      const batch = claimedBatchSchema.parse(row!["batch"]);
      if (batch.rules !== null) this.#plan = planRules(batch.rules, batch.classes ?? new Map());
      this.#version = batch.rules_version;
      const { verdicts } = await evaluateBatch(this.#plan!, batch, {
        // none of these rules has a reference set
        lookUp: () => Promise.resolve(new Map()),
      });
      await this
        .sql`select governance.apply_verdicts(${batch.lease_id}, ${batch.entity_type}, ${batch.rules_version},
        ${this.sql.json(verdicts as never)})`;
      judged += batch.records.length;
    }
  }
}
