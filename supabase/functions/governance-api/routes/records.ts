import { z } from "zod";
import { ApiProblem } from "../http/api_problem.ts";
import {
  entityTypeSchema,
  givenRecordSchema,
  MAX_RECORDS,
  MAX_RECORDS_BYTES,
  orgIdSchema,
} from "../http/records.ts";
import { type Route, route } from "../http/route.ts";
import { recordVerdictSchema, writeRecords } from "../judge_records.ts";

export const recordRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/records",
    name: "write_records",
    summary:
      "Creates and changes records with the caller's rights, and says of each what was corrected and which issues it has.",
    tag: "records",
    body: z.strictObject({
      entity_type: entityTypeSchema,
      org_id: orgIdSchema,
      records: z.array(givenRecordSchema).min(1).max(MAX_RECORDS),
      all_or_nothing: z.boolean().default(true)
        .describe("True: where one record is refused, none is written. False: the others are."),
    }),
    maxBodyBytes: MAX_RECORDS_BYTES,
    answer: z.object({ records: z.array(recordVerdictSchema) }),
    errors: ["not-found", "not-allowed", "invalid-value", "records-refused"],
    example: {
      summary: "A lead whose e-mail address is corrected when it is written.",
      body: {
        entity_type: "lead",
        org_id: "00000000-0000-4000-8000-00000000a000",
        records: [{ fields: { first_name: "Ann", last_name: "Lee", email: "ANN@EXAMPLE.COM" } }],
      },
    },
    handle: async ({ body, caller, services }) => {
      const records = await writeRecords(body.entity_type, body.org_id, body.records, body.all_or_nothing, {
        caller,
        services,
      });
      const refused = records.filter(({ verdict }) => verdict === "blocked" || verdict === "same_key");
      if (body.all_or_nothing && refused.length > 0) {
        throw new ApiProblem("records-refused", {
          detail: `Nothing was written: ${refused.length} of ${records.length} records are refused. ${
            refused[0]!.reasons[0]?.message ?? ""
          }`.trim(),
          context: { records: refused.slice(0, 100) },
        });
      }
      return { records };
    },
  }),
];
