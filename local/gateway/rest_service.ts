import postgres from "postgres";
import { failedInDatabase, noDatabase, refusedByRest } from "./answers.ts";
import { authorize } from "./authorize.ts";
import { copyRequest } from "./copy_request.ts";
import { exactFilters } from "./exact_filters.ts";
import type { Lite } from "./lite_app.ts";
import { type RequestContext, requestContext } from "./request_context.ts";
import { isConnectionError } from "./postgres_dialect.ts";
import { SchemaUnknown } from "./rest_connection.ts";
import { PoolExhausted } from "./session_pool.ts";
import type { Tokens } from "./tokens.ts";

/** Serves `/rest/v1`. */
export function createRestService(lite: Lite, tokens: Tokens): (request: Request) => Promise<Response> {
  return async (request) => {
    const authorized = await authorize(request, tokens, refusedByRest);
    if ("refused" in authorized) return authorized.refused;
    const text = await jsonOf(request);
    const json = text === "" ? null : text;
    const url = new URL(request.url);
    const context: RequestContext = {
      method: request.method,
      path: url.pathname.slice("/rest/v1".length),
      headers: request.headers,
      claims: authorized.user?.claims ?? null,
      json,
    };
    url.search = exactFilters(url.search, request.method === "GET" && context.path.startsWith("/rpc/"));
    const inner = copyRequest(request, {
      url: url.href,
      headers: authorized.headers,
      ...(text !== null && { body: json }),
    });
    const response = await requestContext.run(context, () => lite.fetch(inner));
    if (context.error && await isUnmapped(response)) return databaseAnswer(context.error) ?? response;
    return context.path.startsWith("/rpc/") ? response : withSqlSettings(response, context);
  };
}

function databaseAnswer(error: unknown): Response | undefined {
  if (error instanceof SchemaUnknown) return noDatabase("PGRST002");
  if (error instanceof PoolExhausted) return noDatabase("PGRST003");
  if (isConnectionError(error)) return noDatabase("PGRST001");
  return error instanceof postgres.PostgresError ? failedInDatabase(error) : undefined;
}

async function jsonOf(request: Request): Promise<string | null> {
  const type = request.headers.get("content-type") ?? "application/json";
  if (request.body === null || !type.includes("json")) return null;
  return await request.text();
}

/** `@supabase/lite` answers `SUP` to a database error that it does not know, and nothing readable without a schema. */
async function isUnmapped(response: Response): Promise<boolean> {
  if (response.status !== 500) return false;
  const body: unknown = await response.clone().json().catch(() => null);
  return body === null || (body as { code?: unknown }).code === "SUP";
}

/** Applies `response.status` and `response.headers`; `@supabase/lite` itself does so for functions only. */
function withSqlSettings(response: Response, { response: settings }: RequestContext): Response {
  if (!settings?.status && !settings?.headers) return response;
  const headers = new Headers(response.headers);
  try {
    for (const header of JSON.parse(settings.headers ?? "[]") as Record<string, string>[]) {
      for (const [name, value] of Object.entries(header)) headers.set(name, value);
    }
  } catch {
    return Response.json({
      code: "PGRST111",
      message:
        "response.headers guc must be a JSON array composed of objects with a single key and a string value",
      details: null,
      hint: null,
    }, { status: 500 });
  }
  return new Response(response.body, { status: Number(settings.status ?? response.status), headers });
}
