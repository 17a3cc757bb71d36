import { z } from "zod";
import { finishJudging } from "../gateways/finish_judging.ts";
import { ImportsGateway } from "../gateways/imports_gateway.ts";
import { ImportsReader } from "../gateways/imports_reader.ts";
import {
  type ImportAnswer,
  importChangesSchema,
  importSchema,
  importStartSchema,
} from "../gateways/import_schemas.ts";
import { organizationOf } from "../http/caller.ts";
import { pageQuery } from "../http/cursor.ts";
import { orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";
import { judgeStored } from "../judge_records.ts";

const tag = "imports";
const scope = "import";
export const importParams = z.object({ import_id: z.uuid() });

/** Rows that are judged in one call: well below two seconds of CPU. */
const JUDGED_ROWS = 500;
const COMMITTED_ROWS = 1000;
/** A call writes chunk after chunk for so long, and then answers how far it is. */
const COMMIT_MS = 10_000;

/** Writes chunk after chunk until all rows are settled or the call has lasted long enough. */
export async function commitFor(
  gateway: ImportsGateway,
  importId: string,
  withoutDryRun: boolean,
): Promise<ImportAnswer> {
  const end = performance.now() + COMMIT_MS;
  while (true) {
    const answered = await gateway.commitChunk(importId, COMMITTED_ROWS, withoutDryRun);
    if (answered.status !== "committing" || performance.now() > end) return answered;
  }
}

export const importRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/imports",
    name: "start_import",
    summary:
      "Starts an import of a CSV or NDJSON file. Its chunks come next; nothing is written before the commit.",
    tag,
    scope,
    body: importStartSchema,
    maxBodyBytes: 500_000,
    answer: importSchema,
    status: 201,
    errors: ["not-found", "not-allowed", "invalid-value"],
    example: {
      summary: "Leads of a trade fair, known by their key there.",
      body: {
        entity_type: "lead",
        org_id: "00000000-0000-4000-8000-00000000a000",
        file_name: "fair.csv",
        mode: "upsert",
        match_on: ["external_id"],
        mapping: {
          columns: [{ column: "Id", field: "external_id" }, { column: "Surname", field: "last_name" }],
          constants: { source: "fair" },
        },
      },
    },
    handle: ({ body, caller }) =>
      new ImportsGateway(caller).start({ ...body, org_id: organizationOf(caller, body.org_id) }),
  }),
  route({
    method: "GET",
    path: "/imports",
    name: "list_imports",
    summary: "The imports of an organization, the newest first: stewards see all, members their own.",
    tag,
    scope,
    query: z.strictObject({ org_id: orgIdSchema, ...pageQuery }),
    answer: z.object({ imports: z.array(importSchema), next: z.string().nullable() }),
    errors: ["not-found"],
    handle: ({ query, caller }) =>
      new ImportsReader(caller).list(organizationOf(caller, query.org_id), query.limit, query.cursor),
  }),
  route({
    method: "GET",
    path: "/imports/{import_id}",
    name: "find_import",
    summary: "An import as it is now: how it is read, how far it is, how many rows came to what.",
    tag,
    scope,
    params: importParams,
    answer: importSchema,
    errors: ["not-found"],
    handle: ({ params, caller }) => new ImportsReader(caller).find(params.import_id),
  }),
  route({
    method: "PATCH",
    path: "/imports/{import_id}",
    name: "change_import",
    summary: "Another mapping, mode or match, before anything is written; verdicts are forgotten.",
    tag,
    scope,
    params: importParams,
    body: importChangesSchema,
    maxBodyBytes: 500_000,
    answer: importSchema,
    errors: ["not-found", "not-allowed", "stale", "invalid-value"],
    handle: ({ params, body, caller }) => new ImportsGateway(caller).change(params.import_id, body),
  }),
  route({
    method: "POST",
    path: "/imports/{import_id}/judge",
    name: "judge_import",
    summary:
      "The dry run: what would become of the next rows, with all reasons. Writes nothing; call it until the status is judged.",
    tag,
    scope,
    params: importParams,
    answer: importSchema,
    errors: ["not-found", "not-allowed", "stale", "invalid-value"],
    handle: async ({ params, caller, services }) => {
      const { import: begun, judged_to, trial } = await new ImportsGateway(caller).judgeChunk(
        params.import_id,
        JUDGED_ROWS,
      );
      const verdicts = trial === null
        ? []
        : await judgeStored(begun.entity_type, trial, { caller, services });
      return await finishJudging(services, begun, judged_to, verdicts);
    },
  }),
  route({
    method: "POST",
    path: "/imports/{import_id}/commit",
    name: "commit_import",
    summary:
      "Writes the rows that can be written, with the caller's rights, and quarantines the others. Call it until the status is committed; it goes on where it was.",
    tag,
    scope,
    params: importParams,
    body: z.strictObject({
      without_dry_run: z.boolean().default(false).describe("True: nobody has to have seen the verdicts."),
    }),
    answer: importSchema,
    errors: ["not-found", "not-allowed", "stale", "invalid-value"],
    handle: ({ params, body, caller }) =>
      commitFor(new ImportsGateway(caller), params.import_id, body.without_dry_run),
  }),
];
