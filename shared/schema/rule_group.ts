import { z } from "zod";

/** Every operator of the rule language, as the query builder writes it. */
export const OPERATOR_NAMES = [
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "between",
  "notBetween",
  "in",
  "notIn",
  "null",
  "notNull",
  "isFilled",
  "isBlank",
  "contains",
  "doesNotContain",
  "beginsWith",
  "doesNotBeginWith",
  "endsWith",
  "doesNotEndWith",
  "matches",
  "doesNotMatch",
  "inReference",
  "agreesWith",
  "isEmail",
  "isUrl",
  "isPostalCode",
  "isPhone",
] as const;

/** The name of an operator. */
export type OperatorName = (typeof OPERATOR_NAMES)[number];

/** A value as a rule may write it; what it must be depends on the operator and the field's class. */
export const operandSchema = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string(), z.number(), z.boolean()])),
  /** Of `agreesWith`: the other field of the pair, and the mapping that knows which pairs agree. */
  z.strictObject({ field: z.string().min(1), mapping: z.string().min(1) }),
  z.null(),
]);
export type Operand = z.infer<typeof operandSchema>;

/** One comparison: a leaf of a group. The query builder's `id` is allowed and means nothing. */
export const comparisonSchema = z.strictObject({
  id: z.string().optional(),
  field: z.string().min(1),
  operator: z.enum(OPERATOR_NAMES),
  value: operandSchema.optional(),
  valueSource: z.enum(["value", "field"]).optional(),
  /** What a pattern looks for, in words; means nothing else. */
  label: z.string().min(1).max(80).optional(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** How many of the records of a to-many relation must satisfy a group. */
export const MATCH_MODES = ["all", "some", "none", "atLeast", "atMost", "exactly"] as const;
export type MatchMode = (typeof MATCH_MODES)[number];

/** A to-many relation with a match mode, as the query builder writes it. The group is judged where the records are, in SQL. */
export const matchSchema = z.strictObject({
  id: z.string().optional(),
  field: z.string().min(1),
  operator: z.literal("="),
  valueSource: z.literal("value").optional(),
  match: z.strictObject({
    mode: z.enum(MATCH_MODES),
    /** Left behind by the query builder when the mode changes to one that takes none. */
    threshold: z.number().int().nonnegative().nullish(),
  }).refine(
    ({ mode, threshold }) => ["all", "some", "none"].includes(mode) || typeof threshold === "number",
    "The mode needs a whole number as threshold.",
  ),
  get value() {
    return ruleGroupSchema;
  },
});
export interface Match {
  readonly field: string;
  readonly match: { readonly mode: MatchMode; readonly threshold?: number | null | undefined };
}

/** What a group is made of. */
export type RuleNode = RuleGroup | Comparison | Match;

/** A group as the query builder writes it (`RuleGroupType`), without what the rule language refuses. */
export interface RuleGroup {
  readonly id?: string | undefined;
  readonly combinator: "and" | "or";
  readonly not?: boolean | undefined;
  readonly rules: readonly RuleNode[];
}

/**
 * Checks a group's shape: combinator exactly `and` or `or`; empty groups, unknown keys (`muted` among them) and
 * unknown operators are refused. Names, classes and values are checked when the rule is planned.
 */
export const ruleGroupSchema: z.ZodType<RuleGroup> = z.strictObject({
  id: z.string().optional(),
  combinator: z.enum(["and", "or"]),
  not: z.boolean().optional(),
  rules: z.array(z.lazy(() => nodeSchema)).min(1, "A group must not be empty."),
});

// Chooses by shape first, so that a fault is told of the node it is in and not of every form it might have had.
const nodeSchema: z.ZodType<RuleNode> = z.unknown().transform((node, context) => {
  const isGroup = typeof node === "object" && node !== null && ("rules" in node || "combinator" in node);
  const isMatch = typeof node === "object" && node !== null && "match" in node;
  const schema = isGroup ? ruleGroupSchema : isMatch ? matchSchema : comparisonSchema;
  const parsed = schema.safeParse(node);
  if (parsed.success) return parsed.data;
  context.issues.push(
    ...parsed.error.issues.map((issue) => ({ ...issue, input: node } as z.core.$ZodRawIssue)),
  );
  return z.NEVER;
});
