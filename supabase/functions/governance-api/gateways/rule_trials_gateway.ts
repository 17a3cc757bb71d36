import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, encodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";
import { ruleSettingsSchema } from "./rule_schemas.ts";

/** A form that becomes an ordinary rule. */
export const patternSchema = z.object({
  pattern: z.string(),
  position: z.number(),
  title: z.string(),
  description: z.string(),
  dimension: z.string(),
  kind: z.string(),
  parameters: z.array(z.record(z.string(), z.unknown())),
  example: z.record(z.string(), z.unknown()),
});

/** A rule from a pattern: with an `org_id` it can be tried, checked and made. */
export const draftSchema = z.object({
  draft: ruleSettingsSchema.extend({ rule_key: z.string(), entity_type: z.string(), kind: z.string() })
    .strip(),
  sentence: z.string(),
});

const sampleSchema = z.object({ record_key: z.string(), message: z.string().nullable() }).loose();
const countedSchema = z.object({ writes: z.number(), violations: z.number() });

/** What a rule says of the records that there are, and would have said of the writes that happened. */
export const backtestSchema = z.object({
  rule_key: z.string(),
  entity_type: z.string(),
  enforcement: z.string(),
  sentence: z.string(),
  current: z.object({
    records: z.number(),
    violations: z.number(),
    waived: z.number(),
    unevaluated: z.number(),
    undecided: z.number(),
    complete: z.boolean(),
    share: z.number(),
    samples: z.array(sampleSchema),
  }),
  only_as_of_now: z.unknown(),
  replay: z.object({
    from: z.string(),
    complete: z.boolean(),
    share: z.number(),
    writes: z.number(),
    violations: z.number(),
    waived: z.number(),
    corrected: z.object({ by_person: z.number(), by_fix: z.number(), by_system: z.number() }),
    corrected_by: z.array(z.object({ actor: z.string(), writes: z.number() })),
    by_day: z.array(countedSchema.extend({ day: z.string() })),
    by_source: z.array(countedSchema.extend({ source: z.string() })),
    by_actor: z.array(countedSchema.extend({ actor: z.string().nullable() })),
    samples: z.array(sampleSchema),
  }).nullable(),
  next: z.string().nullable()
    .describe(
      "Where it ended at its budget: given back as `cursor` it goes on, and the counts of the parts add up.",
    ),
  budget_ms: z.number(),
  took_ms: z.number(),
});
const placeSchema = z.record(z.string(), z.unknown());

/** Which rule to try, saved or not, and where. */
export interface Trial {
  readonly rule: Record<string, unknown>;
  readonly org_id?: string | undefined;
}

const parametersOf = ({ rule, org_id }: Trial) => ({
  p_rule: rule as Json,
  ...(org_id !== undefined && { p_org_id: org_id }),
});

/** What a rule would be and do before it is saved, with the caller's rights. */
export class RuleTrialsGateway {
  constructor(readonly client: DatabaseClient) {}

  async patterns(limit: number, after: Cursor | undefined) {
    let query = this.client.from("rule_patterns").select(Object.keys(patternSchema.shape).join(","))
      .order("position");
    if (after !== undefined) {
      query = query.gt("position", decodeCursor(after, z.tuple([z.number().int()]))[0]);
    }
    const rows = await ask(query.limit(limit + 1), z.array(patternSchema));
    return pageOf("patterns", rows, limit, ({ position }) => [position]);
  }

  async draft(pattern: string, entityType: string, parameters: Record<string, unknown>) {
    const { sentence, ...draft } = await ask(
      this.client.rpc("draft_rule", {
        p_pattern: pattern,
        p_entity_type: entityType,
        p_parameters: parameters as Json,
      }),
      draftSchema.shape.draft.extend({ sentence: z.string() }),
    );
    return { draft, sentence };
  }

  async backtest(trial: Trial, days: number, budgetMs: number, after: Cursor | undefined) {
    const place = after && decodeCursor(after, z.tuple([placeSchema]), "/body/cursor")[0];
    const parameters = {
      ...parametersOf(trial),
      p_days: days,
      p_budget_ms: budgetMs,
      ...(place !== undefined && { p_next: place as Json }),
    };
    const result = await ask(
      this.client.rpc("backtest_rule", parameters),
      backtestSchema.extend({ next: placeSchema.nullable() }),
    );
    return { ...result, next: result.next && encodeCursor([result.next]) };
  }

  async keys(trial: Trial, limit: number, after: Cursor | undefined) {
    const p_after = after && decodeCursor(after, z.tuple([z.string()]), "/body/cursor")[0];
    const parameters = {
      ...parametersOf(trial),
      p_limit: limit + 1,
      ...(p_after !== undefined && { p_after }),
    };
    const keys = await ask(this.client.rpc("backtest_keys", parameters), z.array(z.string()));
    return pageOf("keys", keys, limit, (key) => [key]);
  }
}
