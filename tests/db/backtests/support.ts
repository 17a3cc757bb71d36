import { and, type Caller, is, type World } from "../support/mod.ts";

/** A rule that is not saved: an amount is positive. */
export const positive = {
  rule_key: "amount-positive",
  entity_type: "purchase",
  dimension: "validity",
  enforcement: "block",
  message: "{amount} is not positive.",
  condition: and(is("amount", ">", "0")),
};

/** What a backtest says of a rule, saved or not. */
export async function backtest(
  world: World,
  rule: unknown,
  { caller = "postgres", org = "acme", days = 30, budget = 4000 }: {
    caller?: Caller;
    org?: string | null;
    days?: number;
    budget?: number;
  } = {},
) {
  return await world.as(caller, async (sql) => {
    const [row] = await sql`select governance.backtest_rule(${
      sql.json(rule as never)
    }, ${org}, ${days}, ${budget}) as result`;
    return row!.result;
  });
}
