import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, encodeCursor } from "../http/cursor.ts";
import { ask } from "./ask.ts";

const conflictSchema = z.object({
  reason: z.enum([
    "changed-since",
    "deleted-since",
    "key-taken",
    "erased",
    "field-gone",
    "referenced",
    "not-visible",
    "not-allowed",
    "policy",
    "kept",
    "refused",
  ]),
  message: z.string(),
  fields: z.array(z.looseObject({ field: z.string() })).describe(
    "With expected and actual, where they differ.",
  ),
  code: z.string().optional().describe("Of what was refused: a code of the errors."),
});

export const undoCountsSchema = z.object({
  records: z.number(),
  updated: z.number(),
  inserted: z.number().describe("Deleted records that come back."),
  deleted: z.number().describe("Inserted records that go."),
  conflicts: z.number(),
});

export const undoRecordSchema = z.object({
  entity_type: z.string(),
  record_key: z.string(),
  operation: z.enum(["update", "insert", "delete"]),
  fields: z.record(
    z.string(),
    z.object({ from: z.unknown(), to: z.unknown(), is_masked: z.boolean() }).partial(),
  ),
  conflict: conflictSchema.nullable(),
});

const pageSchema = z.object({
  counts: undoCountsSchema,
  entities: z.array(undoCountsSchema.omit({ records: true }).extend({ entity_type: z.string() })),
  is_tried: z.boolean().describe(
    "Whether rules and constraints have had their say; not of very many records.",
  ),
  records: z.array(undoRecordSchema),
  next: z.object({ entity_type: z.string(), record_key: z.string() }).nullable(),
});

export const undoPreviewSchema = pageSchema.extend({ next: z.string().nullable() });

export const undoneScopeSchema = z.object({
  undo_id: z.uuid(),
  counts: undoCountsSchema,
  conflicts: z.array(conflictSchema.extend({ entity_type: z.string(), record_key: z.string().nullable() }))
    .describe("The first hundred that stayed as they are."),
});

/** What is to be taken back; SQL says which parts go together. */
export type UndoScope = Readonly<Record<string, string | number | undefined>>;

/** The SQL functions that take anything back. */
export class UndoGateway {
  constructor(readonly client: DatabaseClient) {}

  async preview(scope: UndoScope, conflictsOnly: boolean, limit: number, cursor: Cursor | null) {
    const after = cursor === null ? null : decodeCursor(
      cursor,
      z.tuple([z.string(), z.string()]).transform(([entity_type, record_key]) => ({
        entity_type,
        record_key,
      })),
    );
    const page = await ask(
      this.client.rpc("preview_undo", {
        p_scope: scope as Json,
        p_limit: limit,
        p_conflicts_only: conflictsOnly,
        ...(after !== null && { p_after: after }),
      }),
      pageSchema,
    );
    const { next } = page;
    return { ...page, next: next === null ? null : encodeCursor([next.entity_type, next.record_key]) };
  }

  async undo(scope: UndoScope, onConflict: "refuse" | "skip", reason: string | null) {
    return await ask(
      this.client.rpc("undo", {
        p_scope: scope as Json,
        p_on_conflict: onConflict,
        ...(reason !== null && { p_reason: reason }),
      }),
      undoneScopeSchema,
    );
  }
}
