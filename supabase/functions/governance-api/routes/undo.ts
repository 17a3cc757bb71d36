import { z } from "zod";
import { UndoGateway, undoneScopeSchema, undoPreviewSchema } from "../gateways/undo_gateway.ts";
import { cursorSchema } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";

const tag = "undo";
const errors = ["not-found", "not-allowed", "invalid-value", "stale", "too-many-records"] as const;
const name = z.string().min(1).max(1000);
const moment = z.iso.datetime({ offset: true });

const scope = z.strictObject({
  fix: z.uuid(),
  batch: z.uuid(),
  change_request: z.uuid(),
  import: z.uuid(),
  rule_key: name,
  rule_version: z.number().int(),
  undo: z.uuid(),
  actor: z.uuid(),
  source: name,
  statement: z.string().regex(/^\d{1,18}$/),
  transaction: z.string().regex(/^\d{1,20}$/),
  from: moment,
  to: moment,
  entity_type: name,
  record_key: name,
  org_id: name,
}).partial().describe(
  "What is taken back: one cause (fix, batch, change_request, import, rule_key with rule_version, undo), a transaction, a statement, or what an actor, a source or everybody did from a moment on; narrowed by the others.",
);

export const undoRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/undo/preview",
    name: "preview_undo",
    summary:
      "What an undo would bring back, and what stands against it: counts, and a page of records. Changes nothing.",
    tag,
    body: z.strictObject({
      scope,
      conflicts_only: z.boolean().default(false),
      limit: z.number().int().min(1).max(1000).default(100),
      cursor: cursorSchema.nullable().default(null),
    }),
    answer: undoPreviewSchema,
    errors,
    handle: ({ body, caller }) =>
      new UndoGateway(caller.client).preview(body.scope, body.conflicts_only, body.limit, body.cursor),
  }),
  route({
    method: "POST",
    path: "/undo",
    name: "undo",
    summary:
      "Takes back what a scope did: all or nothing, or skipping records with a conflict. For stewards.",
    tag,
    body: z.strictObject({
      scope,
      on_conflict: z.enum(["refuse", "skip"]).default("refuse"),
      reason: z.string().trim().min(1).max(1000).nullable().default(null),
    }),
    answer: undoneScopeSchema,
    errors,
    handle: ({ body, caller }) =>
      new UndoGateway(caller.client).undo(body.scope, body.on_conflict, body.reason),
  }),
];
