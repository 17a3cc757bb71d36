import type { Sql } from "postgres";
import { wholeRule } from "../trial/round.ts";
import { asGroup, type RefusedCase } from "./corpus.ts";
import { Failures } from "./known_differences.ts";

/** Saves the rules that must be refused. */
export async function runRefused(sql: Sql, cases: ReadonlyMap<string, RefusedCase>): Promise<Failures> {
  const failures = new Failures();
  const ids = [...cases.keys()];
  const rules = [...cases.values()].map((each, index) =>
    wholeRule({
      rule_key: `refused-${index}`,
      ...each.kind === undefined ? {} : { kind: each.kind },
      enforcement: each.enforcement ?? (each.fix === undefined ? "issue" : "fix"),
      ...each.applies_when === undefined ? {} : { applies_when: each.applies_when },
      ...each.condition === undefined ? {} : { condition: asGroup(each.condition) },
      ...each.message === undefined ? {} : { message: each.message },
      ...each.fix === undefined ? {} : { fix: each.fix },
    })
  );
  const refusals = await sql`select * from trial.refusals(${sql.json(rules as never)})`;
  for (const { rule_key, state, message } of refusals) {
    const id = ids[Number(rule_key.replace("refused-", ""))]!;
    const each = cases.get(id)!;
    const words = typeof each.refused === "string" ? [each.refused] : each.refused;
    const missing = words.filter((word) => !message.includes(word));
    if (state !== "PT422") failures.note("saving", id, `${state} ${message}`);
    else if (missing.length > 0) {
      failures.note("saving", id, `does not say ${JSON.stringify(missing)}: ${message}`);
    }
  }
  return failures;
}
