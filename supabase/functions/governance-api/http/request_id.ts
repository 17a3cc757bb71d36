import type { DatabaseClient } from "./caller.ts";

/** Names a request: audit keeps it beside what the request wrote. */
export const REQUEST_ID_HEADER = "x-request-id";

/** The caller's own id of a request, or a new one. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get(REQUEST_ID_HEADER);
  return given !== null && /^[A-Za-z0-9._:/+=-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}

/** A client whose every call says which request it belongs to. */
export function underRequestId(client: DatabaseClient, requestId: string): DatabaseClient {
  // Of its own: one process answers many requests with the same client.
  const own = client.schema("governance") as unknown as DatabaseClient & { readonly headers: Headers };
  own.headers.set(REQUEST_ID_HEADER, requestId);
  return own;
}
