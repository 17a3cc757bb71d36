import { z } from "zod";
import type { Fault } from "../../../../shared/errors.ts";
import { requestInvalid } from "./api_problem.ts";
import { authenticate } from "./caller.ts";
import { readJson } from "./read_json.ts";
import { DEFAULT_BODY_BYTES, type Route, type RouteInput } from "./route.ts";
import type { Services } from "./services.ts";

/** Proves the caller, parses the request and lets the route answer: in this order, so that strangers cost little. */
export async function answerRoute(
  route: Route,
  request: Request,
  rawParams: Readonly<Record<string, string>>,
  services: Services,
): Promise<Response> {
  const caller = await authenticate(request, route.audience ?? "person");
  const faults: Fault[] = [];
  const params = parsePart(route.params, rawParams, "/path", faults);
  const query = parsePart(route.query, readQuery(request, faults), "/query", faults);
  const body = route.body &&
    parsePart(route.body, await readJson(request, route.maxBodyBytes ?? DEFAULT_BODY_BYTES), "/body", faults);
  if (faults.length > 0) throw requestInvalid(faults);
  const input = { params, query, body, caller, services, request } as RouteInput<
    undefined,
    undefined,
    undefined
  >;
  const answer = await route.handle(input as Parameters<Route["handle"]>[0]);
  return Response.json(answer, { status: route.status ?? 200 });
}

function readQuery(request: Request, faults: Fault[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name in query) faults.push({ at: `/query/${name}`, message: "The parameter is given twice." });
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
  for (const { path, message } of parsed.error.issues) {
    faults.push({ at: [at, ...path.map(String)].join("/"), message });
  }
  return undefined;
}
