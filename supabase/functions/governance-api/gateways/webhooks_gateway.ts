import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";

export const WEBHOOK_EVENTS = [
  "issue.opened",
  "issue.assigned",
  "issue.overdue",
  "issue.resolved",
  "change_request.changed",
  "run.finished",
] as const;

export const webhookSchema = z.object({
  endpoint_id: z.uuid(),
  org_id: z.string(),
  label: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  disabled_at: z.string().nullable(),
  disabled_reason: z.string().nullable(),
  created_at: z.string(),
});

export const deliverySchema = z.object({
  delivery_id: z.number(),
  endpoint_id: z.uuid(),
  message_id: z.string(),
  event_type: z.string(),
  body: z.string(),
  status: z.enum(["waiting", "delivered", "dead"]),
  attempts: z.number(),
  next_attempt_at: z.string(),
  last_status: z.number().nullable(),
  last_error: z.string().nullable(),
  created_at: z.string(),
});

/** The SQL functions about webhooks, with the caller's rights. */
export class WebhooksGateway {
  constructor(readonly client: DatabaseClient) {}

  async add(orgId: string, label: string, url: string, events: readonly string[]) {
    const parameters = { p_org_id: orgId, p_label: label, p_url: url, p_events: [...events] };
    return await ask(
      this.client.rpc("add_webhook", parameters),
      z.object({ endpoint_id: z.uuid(), secret: z.string() }),
    );
  }

  async remove(endpointId: string): Promise<void> {
    await ask(this.client.rpc("remove_webhook", { p_endpoint_id: endpointId }), z.unknown());
  }

  async list(orgId: string) {
    const columns = Object.keys(webhookSchema.shape).join(",");
    const rows = this.client.from("webhook_endpoints").select(columns).eq("org_id", orgId)
      .order("created_at").limit(1000);
    return await ask(rows, z.array(webhookSchema));
  }

  async deliveries(orgId: string, status: string | undefined, limit: number, after: Cursor | undefined) {
    const columns = Object.keys(deliverySchema.shape).join(",");
    let rows = this.client.from("webhook_deliveries").select(columns).eq("org_id", orgId);
    if (status !== undefined) rows = rows.eq("status", status);
    if (after !== undefined) {
      rows = rows.lt("delivery_id", decodeCursor(after, z.tuple([z.number().int()]))[0]);
    }
    const found = await ask(
      rows.order("delivery_id", { ascending: false }).limit(limit + 1),
      z.array(deliverySchema),
    );
    return pageOf("deliveries", found, limit, ({ delivery_id }) => [delivery_id]);
  }

  async retry(deliveryId: number): Promise<void> {
    await ask(this.client.rpc("retry_webhook_delivery", { p_delivery_id: deliveryId }), z.unknown());
  }
}

const claimedSchema = z.object({
  delivery_id: z.number(),
  attempt: z.number(),
  message_id: z.string(),
  body: z.string(),
  url: z.string(),
  secret: z.string().nullable(),
});
/** A delivery that is to be made now. */
export type ClaimedDelivery = z.output<typeof claimedSchema>;

/** How an attempt ended. */
export interface DeliveryResult {
  readonly delivery_id: number;
  readonly attempt: number;
  readonly status: number | null;
  readonly error: string | null;
}

/** The outbox, for the one who empties it. */
export class OutboxGateway {
  /** @param system the database with the secret key */
  constructor(readonly system: DatabaseClient) {}

  async claim(limit: number): Promise<ClaimedDelivery[]> {
    return await ask(this.system.rpc("claim_webhooks", { p_limit: limit }), z.array(claimedSchema));
  }

  async finish(results: readonly DeliveryResult[]): Promise<void> {
    await ask(this.system.rpc("finish_webhooks", { p_results: results as unknown as Json }), z.unknown());
  }
}
