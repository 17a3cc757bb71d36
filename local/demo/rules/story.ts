import { z } from "zod";
import type { Stack } from "../../stack.ts";
import { chapter, detail, found } from "../tell.ts";
import { type Cast, gather, nameOf, rows } from "./cast.ts";
import { draftRule, tryDraft } from "./draft.ts";
import { makeHistory } from "./history.ts";
import { promote, waive } from "./promote.ts";
import { retire } from "./retire.ts";
import { shadowForAWeek } from "./shadow.ts";

/**
 * Tells an admin's hour with rules on a sales export, through the product's public interfaces. Every figure is read back.
 *
 * @throws {StoryError} where something is not so.
 */
export async function tellRulesStory(stack: Stack, dir: string): Promise<void> {
  const cast = await gather(stack);
  await makeHistory(cast, dir);
  const draft = await draftRule(cast);
  await tryDraft(cast, draft);
  const ruleId = await shadowForAWeek(cast, draft);
  await promote(cast, ruleId);
  await waive(cast, ruleId);
  await retire(cast, ruleId);
  await tellVersions(cast, ruleId);
}

const versionSchema = z.object({
  version: z.number(),
  changed_by: z.string().nullable(),
  changes: z.array(z.string()),
  sentence: z.string(),
});

/** All of it is written down. */
async function tellVersions(cast: Cast, ruleId: string): Promise<void> {
  chapter("8. Who did what to the rule");
  const versions = await rows(
    "the versions",
    cast.admin.client.schema("governance").from("rule_history").select("version,changed_by,changes,sentence")
      .eq("rule_id", ruleId).order("version"),
    versionSchema,
  );
  found(versions.at(-1)!.sentence);
  for (const { version, changed_by, changes } of versions) {
    detail(`version ${version} by ${nameOf(cast, changed_by)}: ${changes.join("; ")}`);
  }
}
