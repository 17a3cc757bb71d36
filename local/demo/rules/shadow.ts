import { z } from "zod";
import { act, chapter, detail, found, refused } from "../tell.ts";
import { call, type Cast, must, nameOf, refusal, rows } from "./cast.ts";
import { passDays } from "./clock.ts";
import { catalogue, newDeal, saveDeals } from "./deals.ts";
import { backtest, type Draft } from "./draft.ts";

const savedSchema = z.object({
  id: z.string(),
  version: z.number(),
  status: z.string(),
  warnings: z.array(z.object({ message: z.string() })),
});
const countSchema = z.object({
  day: z.string(),
  source: z.string(),
  actor: z.string().nullable(),
  hits: z.number(),
});
const days = 7;
const dealsADay = 8;

/** Saves a rule of the organization; returns it with what looking at the records found. */
export function saveRule({ admin, orgId }: Cast, rule: object, ruleKey: string) {
  const { sentence: _, ...definition } = { sentence: undefined, ...rule };
  return call(admin, "save_rule", {
    p_rule: { ...definition, rule_key: ruleKey, org_id: orgId },
  }, savedSchema);
}

/** It runs along for a week and refuses nothing. Returns the rule. */
export async function shadowForAWeek(cast: Cast, draft: Draft): Promise<string> {
  const { admin, rep, steward } = cast;
  chapter("4. A week in shadow");
  const { id, version, status, warnings } = await saveRule(cast, draft, "deal-links-its-product");
  act(admin.user.email, `saves it: version ${version}, ${status}`);
  for (const { message } of warnings) detail(message);
  if (warnings.length === 0) detail("nothing that speaks against it in the records");
  const next = await call(admin, "promote_rule", { p_rule_id: id, p_to: "shadow" }, z.number());
  act(admin.user.email, `puts it into shadow: version ${next}`);
  const early = await refusal(admin, "promote_rule", { p_rule_id: id, p_to: "active" });
  refused(`to active at once: HTTP ${early.status}: ${early.message}`);

  act(`${rep.user.email} and ${steward.user.email}`, `work for ${days} days`);
  const products = await catalogue(cast);
  for (let day = 1; day <= days; day++) {
    await passDays(cast.stack, 1);
    for (const person of [rep, steward]) {
      await saveDeals(
        person,
        Array.from({ length: dealsADay }, (_, n) => {
          const forgets = person === rep && n === 0 && (day === 2 || day === 5);
          return newDeal(cast, `Day ${day}, ${n + 1}`, products[n % products.length]!, !forgets);
        }),
      );
    }
  }
  await tellCounts(cast, id);
  return id;
}

/** What the shadow counted, and that a backtest of the same week says the same. */
async function tellCounts(cast: Cast, id: string): Promise<void> {
  const counts = await rows(
    "the counts",
    cast.admin.client.schema("governance").from("shadow_counts").select("day,source,actor,hits").eq(
      "rule_id",
      id,
    )
      .order("day"),
    countSchema,
  );
  const total = counts.reduce((sum, { hits }) => sum + hits, 0);
  must(total > 0, "The shadow counted nothing.");
  found(`it refused nothing, and would have refused: ${total}`);
  for (const { day, source, actor, hits } of counts) {
    detail(`${day}: ${hits} by ${nameOf(cast, actor)} (${source})`);
  }
  const { replay } = await backtest(cast, { id }, days);
  must(
    replay.violations === total,
    `A backtest of the week counts ${replay.violations}, the shadow ${total}.`,
  );
  found(`a backtest of these ${days} days: ${replay.violations} of ${replay.writes} writes, the same`);
}
