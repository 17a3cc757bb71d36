import { z } from "zod";
import { act, chapter, detail, found, refused } from "../tell.ts";
import { readUntil } from "../read.ts";
import { call, type Cast, must, rows } from "./cast.ts";
import { passDays } from "./clock.ts";
import { catalogue, newDeal, saveDeals, saveRefused } from "./deals.ts";

const evidenceSchema = z.object({
  is_offered: z.boolean(),
  to: z.string(),
  days: z.number(),
  hits: z.number(),
  writes: z.number(),
  share: z.number().nullable(),
  missing: z.array(z.string()),
});

/** It goes to work on what it has shown. */
export async function promote(cast: Cast, ruleId: string): Promise<void> {
  const { admin, rep } = cast;
  chapter("5. Promoted on its evidence");
  const evidence = await call(admin, "promotion_evidence", { p_rule_id: ruleId }, evidenceSchema);
  found(
    `${evidence.days} days in shadow, objections to ${evidence.hits} of ${evidence.writes} writes, a share of ${evidence.share}`,
  );
  must(evidence.is_offered, `It is not offered: ${evidence.missing.join("; ")}.`);
  found(`offered: ${evidence.to}`);
  const version = await call(admin, "promote_rule", { p_rule_id: ruleId, p_to: evidence.to }, z.number());
  act(admin.user.email, `promotes it: version ${version}`);
  const [product] = await catalogue(cast);
  act(rep.user.email, "saves a deal whose product is only a name");
  const { status, message } = await saveRefused(rep, newDeal(cast, "Only a name", product!, false));
  refused(`HTTP ${status}: ${message}`);
}

const waiverSchema = z.object({ scope: z.string(), reason: z.string(), expires_at: z.string() });

/** An exception with a reason and an end. */
export async function waive(cast: Cast, ruleId: string): Promise<void> {
  const { admin, rep, orgId } = cast;
  chapter("6. An exception that ends by itself");
  const [rule] = await rows(
    "the rule",
    admin.client.schema("governance").from("data_quality_rules").select("rule_key").eq("id", ruleId),
    z.object({ rule_key: z.string() }),
  );
  const id = await call(admin, "grant_waiver", {
    p_org_id: orgId,
    p_rule_key: rule!.rule_key,
    p_scope: "actor",
    p_reason: "A trade fair: the catalogue follows tomorrow.",
    p_expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    p_actor: rep.user.id,
  }, z.string());
  const [waiver] = await rows(
    "the waiver",
    rep.client.schema("governance").from("waivers").select("scope,reason,expires_at").eq("id", id),
    waiverSchema,
  );
  act(admin.user.email, `waives ${rule!.rule_key} for ${rep.user.email}`);
  found(`for the ${waiver!.scope} until ${waiver!.expires_at.slice(0, 16)}: ${waiver!.reason}`);

  const [product] = await catalogue(cast);
  const deal = newDeal(cast, "From the fair", product!, false);
  act(rep.user.email, "saves the deal again");
  await saveDeals(rep, [deal]);
  const [issue] = await readUntil(
    "the issue",
    () =>
      rep.client.schema("governance").from("data_quality_issues").select("status,message")
        .eq("record_key", deal.id).eq("rule_key", rule!.rule_key),
    (issues) => issues.length === 1,
  );
  found(`saved, and an issue instead, ${issue!["status"]}: ${issue!["message"]}`);

  await passDays(cast.stack, 1);
  act(rep.user.email, "saves another one a day later");
  const { status, message } = await saveRefused(rep, newDeal(cast, "After the fair", product!, false));
  refused(`HTTP ${status}: ${message}`);
  detail("nothing had to be switched on again");
}
