import { z } from "zod";
import { NORMALIZER_NAMES } from "../../../shared/schema/fix_step.ts";
import { RULE_KINDS } from "../../../shared/schema/rule.ts";
import { EXECUTION_NAMES } from "../trial/executions.ts";

/** A record: columns, fields along paths, and `org`, `parent`, `parent.grand` ("missing" or "foreign"). */
const recordSchema = z.record(z.string(), z.string().nullable());
export type CaseRecord = z.infer<typeof recordSchema>;

/** A record with the `children` that point at it, each of which may point to a `grand` as a parent does. */
const parentSchema = z.record(z.string(), z.union([z.string().nullable(), z.array(recordSchema)]));
export type ParentRecord = z.infer<typeof parentSchema>;

const ruleParts = {
  name: z.string(),
  applies_when: z.unknown().optional(),
  condition: z.unknown().optional(),
  message: z.string().optional(),
  fix: z.unknown().optional(),
  kind: z.enum(RULE_KINDS).optional(),
  enforcement: z.enum(["block", "issue", "fix"]).optional(),
};

const refusedSchema = z.strictObject({
  ...ruleParts,
  /** Words that the refusal must contain, one text or several. */
  refused: z.union([z.string(), z.array(z.string())]),
});

const judgedSchema = z.strictObject({
  ...ruleParts,
  condition: z.unknown(),
  /** The condition is true; its opposite is violated. */
  pass: z.array(parentSchema).default([]),
  violation: z.array(parentSchema).default([]),
  /** Neither the condition nor its opposite is violated. */
  unknown: z.array(parentSchema).default([]),
  /** The rule does not speak of the record. */
  passes: z.array(parentSchema).default([]),
  unevaluated: z.array(parentSchema).default([]),
  /** The messages of the violations, in their order. */
  says: z.array(z.string()).optional(),
  /** Those that the rule may have; one without "write" is refused as a block rule. */
  executions: z.array(z.enum(EXECUTION_NAMES)).default([...EXECUTION_NAMES]),
});

/** A unique rule on its own records: in each group those that share a key. */
const uniqueSchema = z.strictObject({
  ...ruleParts,
  condition: z.unknown(),
  groups: z.array(z.array(recordSchema)),
  /** The messages of the groups of more than one, in the order of their records. */
  says: z.array(z.string()).optional(),
});

const correctionSchema = z.strictObject({ record: recordSchema, becomes: recordSchema });

const correctedSchema = z.strictObject({
  ...ruleParts,
  fix: z.unknown(),
  /** What the stored record has afterwards, where it is not what it had. */
  corrects: z.array(correctionSchema),
  /** Violations whose suggested fix this is. */
  suggests: z.array(correctionSchema).default([]),
});

const normalizerSchema = z.strictObject({
  name: z.string(),
  normalizer: z.enum(NORMALIZER_NAMES),
  rows: z.array(z.strictObject({
    org: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  })),
});

export type RefusedCase = z.infer<typeof refusedSchema>;
export type JudgedCase = z.infer<typeof judgedSchema>;
export type UniqueCase = z.infer<typeof uniqueSchema>;
export type CorrectedCase = z.infer<typeof correctedSchema>;
export type NormalizerCase = z.infer<typeof normalizerSchema>;

/** All cases, each under the id "file: name". */
export interface Corpus {
  readonly refused: ReadonlyMap<string, RefusedCase>;
  readonly judged: ReadonlyMap<string, JudgedCase>;
  readonly unique: ReadonlyMap<string, UniqueCase>;
  readonly corrected: ReadonlyMap<string, CorrectedCase>;
  readonly normalizers: ReadonlyMap<string, NormalizerCase>;
}

const fileSchema = z.strictObject({ about: z.string(), cases: z.array(z.record(z.string(), z.unknown())) });

/** Reads `cases/*.json`; a case that is none is told by its id. */
export function readCorpus(folder = new URL("../cases/", import.meta.url)): Corpus {
  const corpus = {
    refused: new Map<string, RefusedCase>(),
    judged: new Map<string, JudgedCase>(),
    unique: new Map<string, UniqueCase>(),
    corrected: new Map<string, CorrectedCase>(),
    normalizers: new Map<string, NormalizerCase>(),
  };
  const ids = new Set<string>();
  for (const { name: file } of [...Deno.readDirSync(folder)].sort((a, b) => a.name.localeCompare(b.name))) {
    const { cases } = fileSchema.parse(JSON.parse(Deno.readTextFileSync(new URL(file, folder))));
    for (const raw of cases) {
      const id = `${file.replace(/\.json$/, "")}: ${raw["name"]}`;
      if (ids.has(id)) throw new Error(`There are two cases "${id}".`);
      ids.add(id);
      try {
        if ("refused" in raw) corpus.refused.set(id, refusedSchema.parse(raw));
        else if ("normalizer" in raw) corpus.normalizers.set(id, normalizerSchema.parse(raw));
        else if ("groups" in raw) corpus.unique.set(id, uniqueSchema.parse(raw));
        else if ("corrects" in raw) corpus.corrected.set(id, correctedSchema.parse(raw));
        else corpus.judged.set(id, judgedSchema.parse(raw));
      } catch (error) {
        throw new Error(`The case "${id}" is none.`, { cause: error });
      }
    }
  }
  return corpus;
}

/** A condition as a group: a case may write one comparison alone. */
export function asGroup(condition: unknown): unknown {
  const isComparison = typeof condition === "object" && condition !== null && "operator" in condition;
  return isComparison ? { combinator: "and", rules: [condition] } : condition;
}
