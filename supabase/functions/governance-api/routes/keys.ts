import { z } from "zod";
import { keySchema, KeysGateway } from "../gateways/keys_gateway.ts";
import { orgIdSchema } from "../http/records.ts";
import { KEY_SCOPES, type Route, route } from "../http/route.ts";

const tag = "keys";

export const keyRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/keys",
    name: "issue_integration_key",
    summary:
      "Issues a key for a source system. The answer is the only time that the key is shown. For admins.",
    tag,
    body: z.strictObject({
      org_id: orgIdSchema,
      source_key: z.string().regex(/^[a-z][a-z0-9_:-]{0,62}$/, "A source is named like sync:erp."),
      label: z.string().trim().min(1).max(200),
      scopes: z.array(z.enum(KEY_SCOPES)).min(1).max(KEY_SCOPES.length),
      expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
      calls_per_minute: z.number().int().min(1).max(100_000).default(600),
    }),
    answerIsSecret: true,
    answer: z.object({ key_id: z.uuid(), key: z.string() }),
    status: 201,
    errors: ["not-allowed", "invalid-value"],
    example: {
      summary: "A key with which an ERP sends records and asks for verdicts.",
      body: {
        org_id: "00000000-0000-4000-8000-00000000a000",
        source_key: "sync:erp",
        label: "ERP, nightly",
        scopes: ["ingest", "validate"],
      },
    },
    handle: ({ body, caller }) => new KeysGateway(caller.client).issue(body),
  }),
  route({
    method: "GET",
    path: "/keys",
    name: "list_integration_keys",
    summary: "The keys of an organization, with their last use; never the keys themselves. For admins.",
    tag,
    query: z.strictObject({ org_id: orgIdSchema }),
    answer: z.object({ keys: z.array(keySchema) }),
    handle: async ({ query, caller }) => ({ keys: await new KeysGateway(caller.client).list(query.org_id) }),
  }),
  route({
    method: "DELETE",
    path: "/keys/{key_id}",
    name: "revoke_integration_key",
    summary: "Takes a key back at once. For admins.",
    tag,
    params: z.object({ key_id: z.uuid() }),
    answer: z.object({ key_id: z.uuid() }),
    errors: ["not-found"],
    handle: async ({ params: { key_id }, caller }) => {
      await new KeysGateway(caller.client).revoke(key_id);
      return { key_id };
    },
  }),
];
