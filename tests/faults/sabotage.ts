import type { Sql } from "postgres";
import type { Arena } from "./arena.ts";
import type { Plan } from "./plan.ts";
import { runOnce } from "./run.ts";

/** A way to break the product that the checker must notice. */
export interface Sabotage {
  readonly name: string;
  /** What the finding says. */
  readonly finding: RegExp;
  /** Where it is met at once, whatever the seed. */
  readonly plan?: Partial<Plan>;
  readonly commit: (sql: Sql) => Promise<void>;
}

/** Rewrites one function of the product; it is a mistake if what is to be replaced is not there. */
async function rewrite(sql: Sql, name: string, from: string | RegExp, to: string): Promise<void> {
  const [found] = await sql`
    select pg_get_functiondef(p.oid) as definition from pg_proc p
    where p.pronamespace = 'governance_private'::regnamespace and p.proname = ${name}`;
  const changed = (found!.definition as string).replace(from, to);
  if (changed === found!.definition) {
    throw new Error(`${name} does not contain ${from}: the sabotage is out of date.`);
  }
  await sql.unsafe(changed);
}

/** A trigger that does something to rows of a private table as they come in. */
async function tamper(sql: Sql, table: string, body: string): Promise<void> {
  await sql.unsafe(`
    create function witness.tamper() returns trigger language plpgsql as $$ begin ${body} return new; end $$;
    create trigger aa_tamper before insert on ${table} for each row execute function witness.tamper();`)
    .simple();
}

/** A sweep that follows a change of rules, a pause or a repair would find by its scan what a sabotage has lost. */
function withoutSweeps(sql: Sql): Promise<void> {
  return rewrite(
    sql,
    "queue_sweep",
    /\nbegin/,
    "\nbegin\n  if p_reason <> 'daily' then return null; end if;",
  );
}

export const SABOTAGES: readonly Sabotage[] = [
  {
    name: "a verdict is applied although the record changed since it was claimed",
    finding: /an issue is missing|an issue stands|a fix is missing|evaluating once more/,
    plan: { calls: { ...calm(), "record-touched": 100 }, operations: 40 },
    commit: async (sql) => {
      await rewrite(
        sql,
        "held_verdicts",
        /where \(select e\.id from[\s\S]*?\(v ->> 'event_id'\)::bigint/,
        "where true",
      );
      // … and everything that is queued of the record is taken for done.
      await rewrite(
        sql,
        "apply_verdicts",
        /q\.lease_id = p_lease_id and q\.record_key = any \(v_keys\)\s+and q\.id in \([\s\S]*?x\(id\)\)/,
        "q.entity_type = p_entity_type and q.record_key = any (v_keys)",
      );
      await withoutSweeps(sql);
    },
  },
  {
    name: "one change in seven never reaches the queue",
    finding: /an issue is missing|an issue stands|a fix is missing|evaluating once more/,
    commit: async (sql) => {
      await tamper(
        sql,
        "governance_private.change_queue",
        "if new.id % 7 = 0 and new.reason = 'write' then return null; end if;",
      );
      await withoutSweeps(sql);
    },
  },
  {
    name: "what rules read of others is not told",
    finding: /an issue is missing|an issue stands|evaluating once more/,
    commit: (sql) => rewrite(sql, "queue_dependents", "if p_record_keys is null then", "if true then"),
  },
  {
    name: "one audit event in eleven tells half",
    finding: /the audit of/,
    commit: (sql) =>
      tamper(sql, "governance.audit_events", "if new.id % 11 = 0 then new.after = '{}'; end if;"),
  },
  {
    name: "a block rule lets everything by",
    finding: /the block let/,
    commit: (sql) => rewrite(sql, "refuse_write", /\nbegin/, "\nbegin\n  return;"),
  },
  {
    name: "an issue is counted again whenever it is seen",
    finding: /was counted|evaluating once more/,
    commit: (sql) =>
      rewrite(sql, "open_issues", /where coalesce\(excluded[\s\S]*?excluded\.last_event_id\)\)/, "").then(
        () =>
          rewrite(
            sql,
            "open_issues",
            /case when i\.last_event_id is distinct from excluded\.last_event_id or i\.status = 'fixed' then 1 else 0 end/,
            "1",
          ),
      ),
  },
  {
    name: "the sweep leaves the keys as a replica session left them",
    finding: /the key of|customer-mail-unique|order-number-unique/,
    plan: { replicaWrites: true },
    commit: (sql) => rewrite(sql, "correct_keys", /\nbegin/, "\nbegin\n  return;"),
  },
  {
    name: "an undo forgets to write",
    finding: /its values did not come back|taken back/,
    commit: (sql) => rewrite(sql, "invert_patch", "'value', t -> 'value'", "'value', w -> 'value'"),
  },
];

/** Breaks the product and sees it red: a checker that cannot fail checks nothing. Null: it went by unnoticed. */
export async function noticed(arena: Arena, { finding, plan, commit }: Sabotage): Promise<string | null> {
  // How processes meet is theirs: the rarest of these is noticed in two runs of five, so that twelve miss it once in five hundred times.
  for (let seed = 901; seed < 913; seed++) {
    const { findings } = await runOnce(arena, {
      seed,
      sabotage: commit,
      plan: { crashAfter: null, maxKills: 0, operations: 20, ...plan },
    });
    const told = findings.find((line) => finding.test(line));
    if (told !== undefined) return told;
  }
  return null;
}

function calm(): Plan["calls"] {
  return {
    "none": 100,
    "request-lost": 0,
    "answer-lost": 0,
    "slow-before": 0,
    "slow-after": 0,
    "killed-before": 0,
    "killed-during": 0,
    "killed-after": 0,
    "record-touched": 0,
    "rule-changed": 0,
  };
}
