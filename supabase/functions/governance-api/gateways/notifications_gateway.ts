import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";

export const notificationSchema = z.object({
  id: z.number(),
  org_id: z.string(),
  kind: z.string(),
  subject_type: z.string(),
  subject_id: z.string(),
  message: z.string(),
  created_at: z.string(),
  read_at: z.string().nullable(),
});

/** What is for the caller to see; row level security leaves nothing else. */
export class NotificationsGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(unread: boolean, limit: number, after: Cursor | undefined) {
    const columns = Object.keys(notificationSchema.shape).join(",");
    let query = this.client.from("notifications").select(columns).order("id", { ascending: false });
    if (unread) query = query.is("read_at", null);
    if (after !== undefined) query = query.lt("id", decodeCursor(after, z.tuple([z.number().int()]))[0]);
    const rows = await ask(query.limit(limit + 1), z.array(notificationSchema));
    return pageOf("notifications", rows, limit, ({ id }) => [id]);
  }

  /** Those that were unread until now. */
  async read(ids: readonly number[]): Promise<number[]> {
    const rows = await ask(
      this.client.from("notifications").update({ read_at: new Date().toISOString() })
        .in("id", [...ids]).is("read_at", null).select("id"),
      z.array(z.object({ id: z.number() })),
    );
    return rows.map(({ id }) => id).sort((a, b) => a - b);
  }
}
