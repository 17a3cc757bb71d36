import { z } from "zod";
import { act, chapter, detail, fieldsOf, found } from "../tell.ts";
import { call, type Cast, must, nameOf, rows } from "./cast.ts";

const patternSchema = z.object({ pattern: z.string(), title: z.string(), description: z.string() });
const draftSchema = z.looseObject({ rule_key: z.string(), sentence: z.string() });
/** A rule that is not saved. */
export type Draft = z.output<typeof draftSchema>;

/** Fills in a pattern and shows what became of it. */
export async function fillIn(cast: Cast, pattern: string, parameters: object): Promise<Draft> {
  const { admin } = cast;
  const patterns = await rows(
    "the patterns",
    admin.client.schema("governance").from("rule_patterns").select("pattern,title,description").order(
      "position",
    ),
    patternSchema,
  );
  const used = patterns.find((one) => one.pattern === pattern);
  must(used !== undefined, `There is no pattern ${pattern}.`);
  act(admin.user.email, `picks "${used!.title}" of ${patterns.length} patterns: ${used!.description}`);
  return await call(admin, "draft_rule", {
    p_pattern: pattern,
    p_entity_type: "deal",
    p_parameters: parameters,
  }, draftSchema);
}

/** A pattern becomes a rule that reads like a sentence. */
export async function draftRule(cast: Cast): Promise<Draft> {
  chapter("2. A pattern becomes a rule, before it is saved");
  const draft = await fillIn(cast, "required_when", {
    field: "product_id",
    when: { combinator: "and", rules: [{ field: "product_name", operator: "isFilled" }] },
  });
  found(`an issue rule, as a draft: ${draft.sentence}`);
  return { ...draft, enforcement: "block", timing: "write" };
}

const count = z.number();
const writesSchema = z.object({ writes: count, violations: count });
const backtestSchema = z.object({
  sentence: z.string(),
  only_as_of_now: z.array(z.string()),
  current: z.object({
    records: count,
    violations: count,
    complete: z.boolean(),
    samples: z.array(z.object({
      record_key: z.string(),
      message: z.string(),
      values: z.record(z.string(), z.unknown()),
    })),
  }),
  replay: z.object({
    writes: count,
    violations: count,
    complete: z.boolean(),
    corrected: z.object({ by_person: count, by_fix: count, by_system: count }),
    corrected_by: z.array(z.object({ actor: z.string(), writes: count })),
    by_source: z.array(writesSchema.extend({ source: z.string() })),
    by_actor: z.array(writesSchema.extend({ actor: z.string().nullable() })),
    by_day: z.array(writesSchema.extend({ day: z.string() })),
  }),
});

/** What a rule says of what there is and what was written. */
export function backtest({ admin, orgId }: Cast, rule: object, days: number) {
  return call(admin, "backtest_rule", {
    p_rule: rule,
    p_org_id: orgId,
    p_days: days,
    p_budget_ms: 30_000,
  }, backtestSchema);
}

/** Whom would it hit? */
export async function tryDraft(cast: Cast, draft: Draft): Promise<void> {
  chapter("3. Whom it would hit, before it bites");
  act(cast.admin.user.email, "backtests it as a block rule on the records and on the writes of thirty days");
  const { sentence, current, replay, only_as_of_now } = await backtest(cast, draft, 30);
  found(sentence);
  must(current.complete && replay.complete, "The backtest did not come to its end.");
  must(current.violations > 0, "No record violates the rule.");
  found(`records: ${current.violations} of ${current.records} violate it now`);
  await tellSamples(cast, current.samples.slice(0, 3));
  found(`writes: it would have refused ${replay.violations} of ${replay.writes}`);
  for (const { source, violations, writes } of replay.by_source) {
    detail(`by ${source}: ${violations} of ${writes}`);
  }
  for (const { actor, violations, writes } of replay.by_actor) {
    detail(`by ${nameOf(cast, actor)}: ${violations} of ${writes}`);
  }
  const { by_person, by_fix, by_system } = replay.corrected;
  found(
    `of those records corrected later: ${by_person} by a person, ${by_fix} by a rule, ${by_system} by a system`,
  );
  for (const { actor, writes } of replay.corrected_by) detail(`${nameOf(cast, actor)}: ${writes}`);
  must(
    replay.violations === current.violations + by_person + by_fix + by_system,
    "What was written wrongly is neither wrong still nor corrected.",
  );
  found(
    only_as_of_now.length === 0
      ? "all of it as it was at the time of each write"
      : `only as of now: ${only_as_of_now.join("; ")}`,
  );
  const keys = await allKeys(cast, draft);
  must(keys === current.violations, `The pages have ${keys} records.`);
  found(`the whole list, page by page: ${keys} records`);
}

type Sample = z.output<typeof backtestSchema>["current"]["samples"][number];

async function tellSamples({ admin }: Cast, samples: readonly Sample[]): Promise<void> {
  const keys = samples.map(({ record_key }) => record_key);
  const deals = await rows(
    "the samples",
    admin.client.from("deals").select("id,name,product_name").in("id", keys),
    z.object({ id: z.string(), name: z.string().nullable(), product_name: z.string() }),
  );
  for (const { record_key, message, values } of samples) {
    const deal = deals.find(({ id }) => id === record_key);
    must(deal !== undefined, "A sample is no deal that the admin can read.");
    detail(`${deal!.name}, "${deal!.product_name}": ${message} ${fieldsOf(values, Object.keys(values))}`);
  }
}

async function allKeys({ admin, orgId }: Cast, draft: Draft): Promise<number> {
  const limit = 500;
  let total = 0;
  for (let after: string | null = null;;) {
    const page: string[] = await call(admin, "backtest_keys", {
      p_rule: draft,
      p_org_id: orgId,
      p_after: after,
      p_limit: limit,
    }, z.array(z.string()));
    total += page.length;
    if (page.length < limit) return total;
    after = page.at(-1)!;
  }
}
