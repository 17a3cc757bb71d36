import { z } from "zod";
import { sweepSchema, SweepsGateway } from "../gateways/sweeps_gateway.ts";
import { entityTypeSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "rules";

export const sweepRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/sweeps",
    name: "start_sweep",
    summary:
      "Has all records of an entity judged by all active rules, in chunks, behind fresh writes. One that has not begun yet serves everybody who asks. For admins.",
    tag,
    body: z.strictObject({ entity_type: entityTypeSchema }),
    answer: sweepSchema,
    status: 202,
    errors: ["not-found", "not-allowed"],
    example: { summary: "All leads.", body: { entity_type: "lead" } },
    handle: ({ body, caller }) => new SweepsGateway(caller.client).start(body.entity_type),
  }),
  route({
    method: "GET",
    path: "/sweeps/{run_id}",
    name: "read_sweep",
    summary: "How far a sweep is. For admins.",
    tag,
    params: z.object({ run_id: z.uuid() }),
    answer: sweepSchema,
    errors: ["not-found", "not-allowed"],
    handle: ({ params, caller }) => new SweepsGateway(caller.client).read(params.run_id),
  }),
];
