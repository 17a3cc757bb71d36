import type { Json } from "../../../../shared/schema/database.ts";
import type { Caller } from "../http/caller.ts";
import type { RecordVerdict } from "../judge_records.ts";
import { ask } from "./ask.ts";
import { type ImportAnswer, importSchema } from "./import_schemas.ts";

/** Saves verdicts, which nobody but the API itself may. */
export async function finishJudging(
  { system }: { readonly system: Caller["client"] },
  answered: ImportAnswer,
  judgedTo: number | null,
  verdicts: readonly RecordVerdict[],
): Promise<ImportAnswer> {
  const parameters = {
    p_import_id: answered.import_id,
    p_revision: answered.revision,
    p_judged_to: judgedTo as number,
    p_verdicts: verdicts.map(({ n, verdict, operation, reasons, fixes, issues, same_as, diverted }) => ({
      n,
      verdict,
      operation,
      reasons,
      fixes,
      issues,
      diverted,
      ...(same_as !== null && { same_as }),
    })) as unknown as Json,
  };
  return await ask(system.rpc("finish_import_judging", parameters), importSchema);
}
