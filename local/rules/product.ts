import { z } from "zod";
import { type RuleFile, ruleFileSchema } from "../../shared/rules_files/mod.ts";

/** The product could not be reached or would not answer; the files were all right. */
export class ProductError extends Error {
  override readonly name = "ProductError";
}

const faultSchema = z.object({
  /** Which of the rules that were given; null: one that no file has. */
  index: z.number().nullable(),
  rule_key: z.string().nullable(),
  org_id: z.string().nullable(),
  /** RFC 6901 pointer into the rule. */
  at: z.string(),
  message: z.string(),
});
export type RuleFault = z.infer<typeof faultSchema>;

const toldSchema = z.object({
  is_saved: z.boolean(),
  rules: z.array(z.object({
    index: z.number().nullable(),
    rule_key: z.string().nullable(),
    org_id: z.string().nullable(),
    entity_type: z.string().nullable(),
    outcome: z.enum(["new", "changed", "unchanged", "missing", "refused"]),
    version: z.number().nullable(),
    sentence: z.string().nullable(),
    changes: z.array(z.string()),
    patch: z.array(z.unknown()),
    warnings: z.array(z.object({ code: z.string(), certainty: z.string(), message: z.string() })),
  })),
  faults: z.array(faultSchema),
});
/** What `governance.import_rules` says. */
export type Told = z.infer<typeof toldSchema>;

/** Which rules are meant, and how they are taken in. */
export interface ImportOptions {
  /** Rules of one organization; empty text: those of all; undefined: every rule that the caller may change. */
  readonly orgId: string | undefined;
  readonly reason: string | undefined;
  readonly retireMissing: boolean;
  readonly force: boolean;
}

/** Calls a function of `governance` with named arguments. Throws {@linkcode CallRefused} where it refuses. */
export type Call = (name: "export_rules" | "import_rules", args: Record<string, unknown>) => Promise<unknown>;

/** A function of the product refused. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";

  constructor(message: string, readonly detail: string | undefined) {
    super(message);
  }
}

/** The rules that the caller sees. */
export async function exportRules(call: Call, orgId: string | undefined): Promise<RuleFile[]> {
  return z.array(ruleFileSchema).parse(await refusable(call("export_rules", { p_org_id: orgId ?? null })));
}

/** Takes rules in, or with `dryRun` says what that would do. Faults are an answer, not an error. */
export async function importRules(
  call: Call,
  rules: readonly RuleFile[],
  { dryRun, ...options }: ImportOptions & { readonly dryRun: boolean },
): Promise<Told> {
  const answer = call("import_rules", {
    p_rules: rules,
    p_dry_run: dryRun,
    p_reason: options.reason ?? null,
    p_retire_missing: options.retireMissing,
    p_org_id: options.orgId ?? null,
    p_force: options.force,
  });
  return toldSchema.parse(await refusable(answer));
}

async function refusable(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    const faults = z.object({ faults: z.array(faultSchema) }).safeParse(parseJson(error.detail));
    if (faults.success) return { is_saved: false, rules: [], faults: faults.data.faults };
    throw new ProductError(error.message);
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
