import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import type { Caller } from "../http/caller.ts";
import type { Carry, ReadChunk } from "../imports/read_chunk.ts";
import { ask } from "./ask.ts";
import {
  type ImportAnswer,
  type ImportChanges,
  importRowSchema,
  importSchema,
  type ImportStart,
} from "./import_schemas.ts";
import { storedSchema } from "./records_gateway.ts";

const begunSchema = z.object({
  is_known: z.boolean(),
  import: importSchema,
  upload: z.object({ carry: z.string(), carry_bytes: z.string(), next_line: z.number() }).nullable(),
});

const judgedSchema = z.object({
  import: importSchema,
  judged_to: z.number().nullable(),
  trial: storedSchema.nullable(),
});

export const undoneSchema = z.object({
  undone: z.number(),
  conflicts: z.array(z.object({ record_key: z.string(), reason: z.string() })),
  withdrawn: z.number().describe("Change requests that it had opened and that still waited."),
  import: importSchema,
});

/** The SQL functions about imports: with a person's own rights, or in the name of a proven key. */
export class ImportsGateway {
  constructor(readonly caller: Caller) {}

  async start({ org_id, entity_type, file_name, ...options }: ImportStart): Promise<ImportAnswer> {
    const parameters = {
      p_org_id: org_id,
      p_entity_type: entity_type,
      p_file_name: file_name,
      p_options: options as unknown as Json,
      ...this.#key,
    };
    return await ask(this.caller.client.rpc("start_import", parameters), importSchema);
  }

  async beginChunk(importId: string, chunk: number, hash: string) {
    const parameters = { p_import_id: importId, p_chunk: chunk, p_hash: hash, ...this.#key };
    return await ask(this.caller.client.rpc("begin_import_chunk", parameters), begunSchema);
  }

  async stageChunk(
    importId: string,
    chunk: number,
    hash: string,
    read: ReadChunk,
    isLast: boolean,
  ): Promise<ImportAnswer> {
    const parameters = {
      p_import_id: importId,
      p_chunk: chunk,
      p_hash: hash,
      p_reading: (read.reading ?? {}) as Json,
      p_rows: read.rows as unknown as Json,
      p_carry: read.carry satisfies Carry as unknown as Json,
      p_is_last: isLast,
      ...this.#key,
    };
    return await ask(this.caller.client.rpc("stage_import_chunk", parameters), importSchema);
  }

  async change(importId: string, { save_mapping, ...changes }: ImportChanges): Promise<ImportAnswer> {
    const parameters = {
      p_import_id: importId,
      p_changes: changes as unknown as Json,
      p_save_mapping: save_mapping,
      ...this.#key,
    };
    return await ask(this.caller.client.rpc("change_import", parameters), importSchema);
  }

  /** Tries the next rows; `finishJudging` saves what came of it. */
  async judgeChunk(importId: string, limit: number) {
    const parameters = { p_import_id: importId, p_limit: limit, ...this.#key };
    return await ask(this.caller.client.rpc("judge_import_chunk", parameters), judgedSchema);
  }

  async commitChunk(importId: string, limit: number, withoutJudging: boolean): Promise<ImportAnswer> {
    const parameters = {
      p_import_id: importId,
      p_limit: limit,
      p_without_judging: withoutJudging,
      ...this.#key,
    };
    return await ask(this.caller.client.rpc("commit_import_chunk", parameters), importSchema);
  }

  async correctRow(importId: string, rowNumber: number, record: Readonly<Record<string, unknown>>) {
    const parameters = {
      p_import_id: importId,
      p_row_number: rowNumber,
      p_record: record as unknown as Json,
      ...this.#key,
    };
    return await ask(this.caller.client.rpc("correct_import_row", parameters), importRowSchema);
  }

  async discardRow(importId: string, rowNumber: number) {
    const parameters = { p_import_id: importId, p_row_number: rowNumber, ...this.#key };
    return await ask(this.caller.client.rpc("discard_import_row", parameters), importRowSchema);
  }

  async retry(importId: string, rowNumbers: readonly number[] | undefined): Promise<ImportAnswer> {
    const parameters = {
      p_import_id: importId,
      ...(rowNumbers !== undefined && { p_row_numbers: [...rowNumbers] }),
      ...this.#key,
    };
    return await ask(this.caller.client.rpc("retry_import", parameters), importSchema);
  }

  async undo(importId: string, skipConflicts: boolean) {
    const parameters = { p_import_id: importId, p_skip_conflicts: skipConflicts, ...this.#key };
    return await ask(this.caller.client.rpc("undo_import", parameters), undoneSchema);
  }

  get #key(): { p_key_id?: string } {
    const { integration } = this.caller;
    return integration === null ? {} : { p_key_id: integration.key_id };
  }
}
