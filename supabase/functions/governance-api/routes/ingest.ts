import { z } from "zod";
import type { Fault } from "../../../../shared/errors.ts";
import { IngestGateway, type Payload, type RefusedPayload } from "../gateways/ingest_gateway.ts";
import { divertedSchema } from "../gateways/records_gateway.ts";
import { requestInvalid } from "../http/api_problem.ts";
import { zodFaults } from "../http/answer_route.ts";
import { entityTypeSchema, givenRecordSchema, MAX_RECORDS, MAX_RECORDS_BYTES } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const payloadSchema = z.strictObject({
  external_id: z.string().min(1).max(500).describe("The record's key in the source."),
  version: z.union([z.number().int().nonnegative(), z.iso.datetime({ offset: true })]).transform(
    versionNumber,
  )
    .describe(
      "Rises with every change of the record at the source: a whole number, or the time of the change.",
    ),
  ...givenRecordSchema.shape,
});

const answered = z.object({
  n: z.number(),
  external_id: z.string().nullable(),
  outcome: z.enum(["inserted", "updated", "unchanged", "repeated", "outdated", "refused"]),
  key: z.string().nullable(),
  diverted: divertedSchema.nullable().describe(
    "What a change policy holds back: it counts as sent, and waits in the change request.",
  ),
  error: z.object({ code: z.string(), message: z.string() }).loose().nullable(),
});

export const ingestRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/ingest",
    name: "ingest_records",
    summary:
      "Writes what a source sends, each version of each record once and none over a newer one. One that is refused takes no other with it.",
    tag: "records",
    audience: "integration",
    scope: "ingest",
    body: z.strictObject({
      entity_type: entityTypeSchema,
      // Checked one by one, so that a bad one stands alone.
      records: z.array(z.unknown()).min(1).max(MAX_RECORDS).meta({
        items: z.toJSONSchema(payloadSchema, { io: "input" }),
      }),
    }),
    maxBodyBytes: MAX_RECORDS_BYTES,
    answer: z.object({ records: z.array(answered) }),
    errors: ["not-found", "not-allowed", "too-many-calls"],
    example: {
      summary: "Two versions of an account; the newer one counts.",
      body: {
        entity_type: "account",
        records: [
          { external_id: "C-1001", version: 7, fields: { name: "Acme Ltd", erp_group: "A" } },
          { external_id: "C-1001", version: 6, fields: { name: "ACME" } },
        ],
      },
    },
    keepRefused: async ({ body, faults, caller, services }) => {
      const gateway = new IngestGateway(services.system, caller.integration!.key_id);
      await gateway.keepRefused(null, [{ external_id: null, payload: body, faults }]);
    },
    handle: async ({ body, caller, services }) => {
      const gateway = new IngestGateway(services.system, caller.integration!.key_id);
      const { payloads, refused } = sort(body.records);
      if (refused.size > 0) await gateway.keepRefused(body.entity_type, [...refused.values()]);
      if (payloads.length === 0) throw requestInvalid([...refused.values()].flatMap(({ faults }) => faults));
      const ingested = new Map((await gateway.ingest(body.entity_type, payloads)).map((one) => [one.n, one]));
      return {
        records: body.records.map((_, n) => {
          const one = ingested.get(n);
          if (one !== undefined) {
            return { ...one, key: one.key ?? null, diverted: one.diverted ?? null, error: one.error ?? null };
          }
          const { external_id, faults } = refused.get(n)!;
          const error = { code: "request-invalid", message: requestInvalid(faults).message, faults };
          return { n, external_id, outcome: "refused" as const, key: null, diverted: null, error };
        }),
      };
    },
  }),
];

/** Parts the payloads that are as the interface describes them from those that are not, by their place. */
function sort(records: readonly unknown[]) {
  const payloads: Payload[] = [];
  const refused = new Map<number, RefusedPayload>();
  for (const [n, raw] of records.entries()) {
    const parsed = payloadSchema.safeParse(raw);
    if (parsed.success) payloads.push({ n, ...parsed.data });
    else refused.set(n, { external_id: idOf(raw), payload: raw, faults: faultsOf(parsed.error, n) });
  }
  return { payloads, refused };
}

function faultsOf(error: z.ZodError, n: number): Fault[] {
  return zodFaults(error, `/body/records/${n}`);
}

function idOf(raw: unknown): string | null {
  const id = typeof raw === "object" && raw !== null && "external_id" in raw ? raw.external_id : null;
  return typeof id === "string" ? id : null;
}

/** A version as a whole number; a time as microseconds since 1970. */
function versionNumber(version: number | string): string {
  if (typeof version === "number") return String(version);
  const [, fraction = ""] = /\.(\d+)/.exec(version) ?? [];
  const micros = Number(fraction.slice(3, 6).padEnd(3, "0"));
  return String(BigInt(Date.parse(version)) * 1000n + BigInt(micros));
}
