import { z } from "zod";

/** Names of the text normalizers; each is total, pure and idempotent. */
export const NORMALIZER_NAMES = [
  "trim",
  "collapse_whitespace",
  "lower",
  "upper",
  "title_case_name",
  "email",
  "phone_e164",
  "us_state_code",
  "country_code",
  "postal_code",
  "company_name",
  "url",
  "blank_to_null",
] as const;

/** The name of a normalizer. */
export type NormalizerName = (typeof NORMALIZER_NAMES)[number];

const ownColumn = z.string().min(1);

/** One step of a rule's fix. */
export const fixStepSchema = z.discriminatedUnion("step", [
  z.strictObject({ step: z.literal("normalize"), field: ownColumn, using: z.enum(NORMALIZER_NAMES) }),
  z.strictObject({ step: z.literal("map"), field: ownColumn, using: z.string().min(1) }),
  z.strictObject({
    step: z.literal("set"),
    field: ownColumn,
    value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  }),
  z.strictObject({ step: z.literal("copy"), field: ownColumn, from: z.string().min(1) }),
  z.strictObject({
    step: z.literal("nearest"),
    field: ownColumn,
    in: z.string().min(1),
    /** A nearest member is only suggested, unless the rule says that it may be applied. */
    apply: z.boolean().optional(),
  }),
]);
export type FixStep = z.infer<typeof fixStepSchema>;

/** The steps of a rule's fix, in order. */
export const fixStepsSchema: z.ZodType<FixStep[]> = z.array(fixStepSchema).min(1);
