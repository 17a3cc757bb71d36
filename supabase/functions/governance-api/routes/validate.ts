import { z } from "zod";
import { organizationOf } from "../http/caller.ts";
import {
  entityTypeSchema,
  givenRecordSchema,
  MAX_RECORDS,
  MAX_RECORDS_BYTES,
  orgIdSchema,
} from "../http/records.ts";
import { type Route, route } from "../http/route.ts";
import { recordVerdictSchema, validateRecords } from "../judge_records.ts";

export const validateRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/validate",
    name: "validate_records",
    summary:
      "What would become of records if they were written now, with the fixes that would be applied. Writes nothing.",
    tag: "records",
    body: z.strictObject({
      entity_type: entityTypeSchema,
      org_id: orgIdSchema,
      records: z.array(givenRecordSchema).min(1).max(MAX_RECORDS),
    }),
    scope: "validate",
    maxBodyBytes: MAX_RECORDS_BYTES,
    answer: z.object({ records: z.array(recordVerdictSchema) }),
    errors: ["not-found", "not-allowed", "invalid-value"],
    example: {
      summary: "A lead with an e-mail address in capitals.",
      body: {
        entity_type: "lead",
        org_id: "00000000-0000-4000-8000-00000000a000",
        records: [{ fields: { first_name: "Ann", last_name: "Lee", email: "ANN@EXAMPLE.COM" } }],
      },
    },
    handle: async ({ body, caller, services }) => ({
      records: await validateRecords(body.entity_type, organizationOf(caller, body.org_id), body.records, {
        caller,
        services,
      }),
    }),
  }),
];
