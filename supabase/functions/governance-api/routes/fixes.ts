import { z } from "zod";
import { FixesGateway, undoneSchema } from "../gateways/fixes_gateway.ts";
import { type Route, route } from "../http/route.ts";

const tag = "fixes";
const errors = ["not-found", "not-allowed", "stale", "blocked"] as const;

export const fixRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/fixes/{fix_id}/undo",
    name: "undo_fix",
    summary: "Takes a fix back with the caller's rights.",
    tag,
    params: z.object({ fix_id: z.uuid() }),
    answer: undoneSchema,
    errors,
    handle: ({ params, caller }) => new FixesGateway(caller.client).undo(params.fix_id),
  }),
  route({
    method: "POST",
    path: "/fix-batches/{batch_id}/undo",
    name: "undo_fix_batch",
    summary: "Takes all fixes of a batch back, or none.",
    tag,
    params: z.object({ batch_id: z.uuid() }),
    answer: undoneSchema,
    errors,
    handle: ({ params, caller }) => new FixesGateway(caller.client).undoBatch(params.batch_id),
  }),
];
