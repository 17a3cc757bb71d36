import { z } from "zod";
import { notificationSchema, NotificationsGateway } from "../gateways/notifications_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";

const tag = "notifications";

export const notificationRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/notifications",
    name: "list_notifications",
    summary: "What the caller must act on or should know, the newest first.",
    tag,
    query: z.strictObject({ unread: z.stringbool().default(false), ...pageQuery }),
    answer: z.object({ notifications: z.array(notificationSchema), next: z.string().nullable() }),
    handle: ({ query: { unread, limit, cursor }, caller }) =>
      new NotificationsGateway(caller.client).list(unread, limit, cursor),
  }),
  route({
    method: "POST",
    path: "/notifications/read",
    name: "read_notifications",
    summary: "Marks notifications of the caller as read; what is not the caller's, or read already, is left.",
    tag,
    body: z.strictObject({
      ids: z.array(z.number().int().min(1).max(Number.MAX_SAFE_INTEGER)).min(1).max(200),
    }),
    answer: z.object({ read: z.array(z.number()) }),
    handle: async ({ body, caller }) => ({
      read: await new NotificationsGateway(caller.client).read(body.ids),
    }),
  }),
];
