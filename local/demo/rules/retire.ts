import { z } from "zod";
import { waitForQueue } from "../../load/mod.ts";
import { StoryError } from "../read.ts";
import { act, chapter, detail, found } from "../tell.ts";
import { call, type Cast, must, rows } from "./cast.ts";
import { runJob } from "./clock.ts";
import { fillIn } from "./draft.ts";
import { saveRule } from "./shadow.ts";

const decisions = 25;
const issueSchema = z.object({ id: z.string(), record_key: z.string(), message: z.string() });
const ruleKey = "deal-is-worth-it";

/** A rule that nobody believes is told to go. */
export async function retire(cast: Cast, goodId: string): Promise<void> {
  const { admin, orgId } = cast;
  chapter("7. A rule that nobody believes");
  const ruleId = await opinionatedRule(cast);
  await decide(cast);
  act("the night's job", "measures the rules");
  await runJob(cast.stack, "governance-review-rules");
  const proposals = await rows(
    "the proposals",
    cast.steward.client.schema("governance").from("data_quality_issues").select(
      "rule_key,discriminator,message",
    )
      .eq("org_id", orgId).like("rule_key", "system-rule-%").eq("status", "open"),
    z.object({ rule_key: z.string(), discriminator: z.string(), message: z.string() }),
  );
  const proposal = proposals.find(({ discriminator }) => discriminator === ruleKey);
  must(proposal !== undefined, "The noisy rule was not proposed for retirement.");
  must(
    proposals.length === 1,
    `Other rules were proposed as well: ${proposals.map((one) => one.message).join(" ")}`,
  );
  found(`an issue on the rule itself, ${proposal!.rule_key}: ${proposal!.message}`);
  await tellHealth(cast, [ruleId, goodId]);
  const version = await call(admin, "promote_rule", {
    p_rule_id: ruleId,
    p_to: "deprecated",
    p_reason: "Small deals are business, too.",
  }, z.number());
  act(admin.user.email, `retires it: version ${version}`);
  const closed = await rows(
    "its issues",
    admin.client.schema("governance").from("data_quality_issues").select("id").eq("rule_key", ruleKey)
      .eq("resolution", "rule_retired").limit(2000),
    z.object({ id: z.string() }),
  );
  found(`its issues that were still open are closed as rule_retired: ${closed.length}`);
}

/** An active issue rule with an opinion on the smallest deals that were won. */
async function opinionatedRule(cast: Cast): Promise<string> {
  const { admin, orgId } = cast;
  const smallest = await rows(
    "the smallest deals",
    admin.client.from("deals").select("amount").eq("org_id", orgId).eq("status", "won").not(
      "amount",
      "is",
      null,
    )
      .order("amount").limit(2 * decisions),
    z.object({ amount: z.coerce.number() }),
  );
  must(smallest.length > decisions, "There are too few deals that were won.");
  const least = String(Math.floor(smallest.at(-1)!.amount) + 1);
  const draft = await fillIn(cast, "range", { field: "amount", least });
  const { id } = await saveRule(cast, {
    ...draft,
    status: "active",
    applies_when: { combinator: "and", rules: [{ field: "status", operator: "=", value: "won" }] },
  }, ruleKey);
  await waitForQueue(cast.integration);
  const [rule] = await rows(
    "the rule",
    admin.client.schema("governance").from("data_quality_rules").select("sentence").eq("id", id),
    z.object({ sentence: z.string() }),
  );
  found(`active at once: ${rule!.sentence}`);
  return id;
}

/** People look at what it says. One time it was right. */
async function decide({ steward, integration }: Cast): Promise<void> {
  const issues = await rows(
    "its issues",
    steward.client.schema("governance").from("data_quality_issues").select("id,record_key,message")
      .eq("rule_key", ruleKey).eq("status", "open").order("record_key").limit(decisions),
    issueSchema,
  );
  must(issues.length === decisions, `It opened ${issues.length} issues only.`);
  const [right, ...wrong] = issues;
  act(steward.user.email, `looks at ${issues.length} of its issues: "${right!.message}"`);
  const { error } = await steward.client.from("deals").update({ amount: 1_000_000 }).eq(
    "id",
    right!.record_key,
  );
  if (error) throw new StoryError(`The deal could not be corrected: ${error.message}`);
  for (const { id } of wrong) {
    await call(steward, "ignore_issue", {
      p_issue_id: id,
      p_reason: "The amount is right.",
      p_resolution: "false_alarm",
    }, z.unknown());
  }
  await waitForQueue(integration);
}

const figure = z.coerce.number().nullable();
const healthSchema = z.object({
  rule_id: z.string(),
  rule_key: z.string(),
  open_issues: figure,
  decided: figure,
  false_alarms: figure,
  precision: figure,
  precision_low: figure,
  precision_high: figure,
  ignored_share: figure,
  write_ms_per_thousand: figure,
  sweep_ms_per_thousand: figure,
});

async function tellHealth({ admin, orgId }: Cast, ids: readonly string[]): Promise<void> {
  const health = await call(admin, "rule_health", { p_org_id: orgId }, z.array(healthSchema));
  for (const id of ids) {
    const row = health.find(({ rule_id }) => rule_id === id);
    if (row === undefined) throw new StoryError("A rule has no health.");
    const precision = row.precision === null
      ? "nothing decided"
      : `precision ${row.precision} (95 %: ${row.precision_low} to ${row.precision_high}) of ${row.decided} decided`;
    detail(
      `${row.rule_key}: ${row.open_issues} open, ${precision}, costs ${row.sweep_ms_per_thousand} ms a thousand`,
    );
  }
}
