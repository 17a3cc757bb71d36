import { z } from "zod";
import { reasonSchema } from "../gateways/rule_schemas.ts";
import {
  newWaiverSchema,
  waiverFilterSchema,
  waiverSchema,
  WaiversGateway,
} from "../gateways/waivers_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";

const tag = "waivers";
const done = z.object({ waiver_id: z.uuid() });

export const waiverRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/waivers",
    name: "list_waivers",
    summary:
      "What rules do not hold for, the newest first: why, until when and who said so; expired ones too.",
    tag,
    query: waiverFilterSchema.extend(pageQuery),
    answer: z.object({ waivers: z.array(waiverSchema), next: z.string().nullable() }),
    handle: ({ query: { limit, cursor, ...filter }, caller }) =>
      new WaiversGateway(caller.client).list(filter, limit, cursor),
  }),
  route({
    method: "POST",
    path: "/waivers",
    name: "grant_waiver",
    summary:
      "Exempts a record, a source, an actor, or everything of the organization from a rule until a moment, with a reason. For stewards.",
    tag,
    body: newWaiverSchema,
    status: 201,
    answer: done,
    errors: ["not-found", "not-allowed", "invalid-value", "constraint-violated"],
    example: {
      summary: "A tender has no customer yet.",
      body: {
        org_id: "00000000-0000-4000-8000-00000000a000",
        rule_key: "deal-needs-account-or-contact",
        scope: "record",
        record_key: "00000000-0000-4000-8000-00000000d0d0",
        reason: "A tender without a customer yet.",
        expires_at: "2099-01-01T00:00:00Z",
      },
    },
    handle: async ({ body, caller }) => ({ waiver_id: await new WaiversGateway(caller.client).grant(body) }),
  }),
  route({
    method: "POST",
    path: "/waivers/{waiver_id}/revoke",
    name: "revoke_waiver",
    summary: "Ends a waiver before its time, with a reason; the rule holds again at once. For stewards.",
    tag,
    params: done,
    body: z.strictObject({ reason: reasonSchema }),
    answer: done,
    errors: ["not-found", "not-allowed", "stale", "invalid-value"],
    example: { summary: "It is needed no more.", body: { reason: "The customer is known." } },
    handle: async ({ params: { waiver_id }, body, caller }) => {
      await new WaiversGateway(caller.client).revoke(waiver_id, body.reason);
      return { waiver_id };
    },
  }),
];
