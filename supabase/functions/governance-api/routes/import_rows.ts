import { z } from "zod";
import { ImportsGateway, undoneSchema } from "../gateways/imports_gateway.ts";
import { ImportsReader } from "../gateways/imports_reader.ts";
import { importRowSchema, importSchema, ROW_STATES, ROW_VERDICTS } from "../gateways/import_schemas.ts";
import { pageQuery } from "../http/cursor.ts";
import { fieldsSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";
import { commitFor, importParams } from "./imports.ts";

const tag = "imports";
const scope = "import";
const rowNumber = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const rowParams = z.object({ import_id: z.uuid(), row_number: rowNumber });

export const importRowRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/imports/{import_id}/rows",
    name: "list_import_rows",
    summary:
      "The rows of an import in the order of the file, by verdict or state; quarantined ones with all reasons.",
    tag,
    scope,
    params: importParams,
    query: z.strictObject({
      verdict: z.enum(ROW_VERDICTS).optional(),
      state: z.enum(ROW_STATES).optional(),
      ...pageQuery,
    }),
    answer: z.object({ rows: z.array(importRowSchema), next: z.string().nullable() }),
    errors: ["not-found"],
    handle: ({ params, query, caller }) => new ImportsReader(caller).rows(params.import_id, query),
  }),
  route({
    method: "PATCH",
    path: "/imports/{import_id}/rows/{row_number}",
    name: "correct_import_row",
    summary: "Corrects fields of a row that is not written, without the file.",
    tag,
    scope,
    params: rowParams,
    body: z.strictObject({ record: fieldsSchema }),
    answer: importRowSchema,
    errors: ["not-found", "not-allowed", "stale"],
    handle: ({ params, body, caller }) =>
      new ImportsGateway(caller).correctRow(params.import_id, params.row_number, body.record),
  }),
  route({
    method: "DELETE",
    path: "/imports/{import_id}/rows/{row_number}",
    name: "discard_import_row",
    summary: "Gives a row up that is not written; what stood in it is forgotten.",
    tag,
    scope,
    params: rowParams,
    answer: importRowSchema,
    errors: ["not-found", "not-allowed", "stale"],
    handle: ({ params, caller }) =>
      new ImportsGateway(caller).discardRow(params.import_id, params.row_number),
  }),
  route({
    method: "POST",
    path: "/imports/{import_id}/retry",
    name: "retry_import",
    summary: "Tries quarantined rows again, all or those that are named.",
    tag,
    scope,
    params: importParams,
    body: z.strictObject({ row_numbers: z.array(rowNumber).min(1).max(10_000).optional() }),
    answer: importSchema,
    errors: ["not-found", "not-allowed", "stale"],
    handle: async ({ params, body, caller }) => {
      const gateway = new ImportsGateway(caller);
      const answered = await gateway.retry(params.import_id, body.row_numbers);
      return answered.status === "committing" ? await commitFor(gateway, params.import_id, true) : answered;
    },
  }),
  route({
    method: "POST",
    path: "/imports/{import_id}/undo",
    name: "undo_import",
    summary:
      "Takes a whole import back: its new records are deleted, what it changed is restored. All or nothing, or without what somebody changed since.",
    tag,
    scope,
    params: importParams,
    body: z.strictObject({ skip_conflicts: z.boolean().default(false) }),
    answer: undoneSchema,
    errors: ["not-found", "not-allowed", "stale"],
    handle: ({ params, body, caller }) =>
      new ImportsGateway(caller).undo(params.import_id, body.skip_conflicts),
  }),
];
