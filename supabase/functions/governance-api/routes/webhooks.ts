import { z } from "zod";
import {
  deliverySchema,
  WEBHOOK_EVENTS,
  webhookSchema,
  WebhooksGateway,
} from "../gateways/webhooks_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "webhooks";

export const webhookRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/webhooks",
    name: "add_webhook",
    summary:
      "Has an address told of events, signed as Standard Webhooks describes. The answer is the only time that the secret is shown. For admins.",
    tag,
    body: z.strictObject({
      org_id: orgIdSchema,
      label: z.string().trim().min(1).max(200),
      url: z.string().min(1).max(2000),
      events: z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length),
    }),
    answerIsSecret: true,
    answer: z.object({ endpoint_id: z.uuid(), secret: z.string() }),
    status: 201,
    errors: ["not-allowed", "invalid-value"],
    example: {
      summary: "A chat is told of new issues.",
      body: {
        org_id: "00000000-0000-4000-8000-00000000a000",
        label: "Chat",
        url: "https://hooks.example.com/governance",
        events: ["issue.opened", "issue.overdue"],
      },
    },
    handle: ({ body, caller }) =>
      new WebhooksGateway(caller.client).add(body.org_id, body.label, body.url, body.events),
  }),
  route({
    method: "GET",
    path: "/webhooks",
    name: "list_webhooks",
    summary: "The webhooks of an organization. For admins.",
    tag,
    query: z.strictObject({ org_id: orgIdSchema }),
    answer: z.object({ webhooks: z.array(webhookSchema) }),
    handle: async ({ query, caller }) => ({
      webhooks: await new WebhooksGateway(caller.client).list(query.org_id),
    }),
  }),
  route({
    method: "DELETE",
    path: "/webhooks/{endpoint_id}",
    name: "remove_webhook",
    summary: "Takes a webhook away, with its secret and what it was told. For admins.",
    tag,
    params: z.object({ endpoint_id: z.uuid() }),
    answer: z.object({ endpoint_id: z.uuid() }),
    errors: ["not-found"],
    handle: async ({ params: { endpoint_id }, caller }) => {
      await new WebhooksGateway(caller.client).remove(endpoint_id);
      return { endpoint_id };
    },
  }),
  route({
    method: "GET",
    path: "/webhook-deliveries",
    name: "list_webhook_deliveries",
    summary: "What webhooks were told, the newest first; with status dead the dead letters. For admins.",
    tag,
    query: z.strictObject({
      org_id: orgIdSchema,
      status: deliverySchema.shape.status.optional(),
      ...pageQuery,
    }),
    answer: z.object({ deliveries: z.array(deliverySchema), next: z.string().nullable() }),
    handle: ({ query, caller }) =>
      new WebhooksGateway(caller.client).deliveries(query.org_id, query.status, query.limit, query.cursor),
  }),
  route({
    method: "POST",
    path: "/webhook-deliveries/{delivery_id}/retry",
    name: "retry_webhook_delivery",
    summary: "Sends a dead delivery again. For admins.",
    tag,
    params: z.object({ delivery_id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    answer: z.object({ delivery_id: z.number() }),
    errors: ["not-found"],
    handle: async ({ params: { delivery_id }, caller }) => {
      await new WebhooksGateway(caller.client).retry(delivery_id);
      return { delivery_id };
    },
  }),
];
