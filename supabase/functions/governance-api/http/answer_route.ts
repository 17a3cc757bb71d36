import { z } from "zod";
import type { Fault } from "../../../../shared/errors.ts";
import { ApiProblem, requestInvalid } from "./api_problem.ts";
import { authenticate } from "./caller.ts";
import { answerOnce } from "./idempotency.ts";
import { readJson } from "./read_json.ts";
import { REQUEST_ID_HEADER, requestIdOf, underRequestId } from "./request_id.ts";
import { DEFAULT_BODY_BYTES, type Route, type RouteInput } from "./route.ts";
import type { Services } from "./services.ts";

/** Proves the caller, parses the request and lets the route answer: in this order, so that strangers cost little. */
export async function answerRoute(
  route: Route,
  request: Request,
  rawParams: Readonly<Record<string, string>>,
  services: Services,
): Promise<Response> {
  const requestId = requestIdOf(request);
  const known = await authenticate(request, route, services);
  const caller = { ...known, client: underRequestId(known.client, requestId) };
  const faults: Fault[] = [];
  const params = parsePart(route.params, rawParams, "/path", faults);
  const query = parsePart(route.query, readQuery(request, faults), "/query", faults);
  if (route.rawBody) requireType(request, route.rawBody);
  const raw = route.body && await readJson(request, route.maxBodyBytes ?? DEFAULT_BODY_BYTES);
  const body = parsePart(route.body, raw, "/body", faults);
  if (faults.length > 0) {
    await route.keepRefused?.({ body: raw, faults, caller, services });
    throw requestInvalid(faults);
  }
  const input = { params, query, body, caller, services, request } as RouteInput<
    undefined,
    undefined,
    undefined
  >;
  const answer = await answerOnce(
    route,
    request,
    raw,
    caller,
    services,
    () => route.handle(input as Parameters<Route["handle"]>[0]),
  );
  return Response.json(answer, {
    status: route.status ?? 200,
    headers: { [REQUEST_ID_HEADER]: requestId },
  });
}

/** What says nothing of its type is taken: the bytes speak for themselves. */
function requireType(request: Request, types: readonly string[]): void {
  const type = (request.headers.get("content-type") ?? "").replace(/;.*$/s, "").trim().toLowerCase();
  if (type === "" || types.includes(type)) return;
  throw new ApiProblem("media-type-unsupported", {
    detail: `The body's content type is "${type.slice(0, 100)}".`,
    hint: `Send one of ${types.join(", ")}.`,
  });
}

function readQuery(request: Request, faults: Fault[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (Object.hasOwn(query, name)) {
      faults.push({ at: `/query/${name}`, message: "The parameter is given twice." });
    }
    if (value.includes("\0")) {
      faults.push({ at: `/query/${name}`, message: "The value holds the character U+0000." });
    }
    Object.defineProperty(query, name, { value, enumerable: true, configurable: true });
  }
  return query;
}

function parsePart<T extends z.ZodType>(
  schema: T | undefined,
  value: unknown,
  at: string,
  faults: Fault[],
): z.output<T> | undefined {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  faults.push(...zodFaults(parsed.error, at));
  return undefined;
}

/** What Zod objects to, each with its place behind `at`. */
export function zodFaults(error: z.ZodError, at: string): Fault[] {
  return error.issues.map(({ path, message }) => ({ at: [at, ...path.map(String)].join("/"), message }));
}
