import { refusedByAuth } from "./answers.ts";
import { authorize } from "./authorize.ts";
import { copyRequest } from "./copy_request.ts";
import type { Lite } from "./lite_app.ts";
import type { Tokens, TokenUser } from "./tokens.ts";
import type { JwtKeys } from "./types.ts";

const JWKS_PATH = "/auth/v1/.well-known/jwks.json";

interface Session {
  access_token: string;
  user?: TokenUser;
}

function isSession(body: unknown): body is Session {
  return typeof body === "object" && body !== null &&
    typeof (body as Partial<Session>).access_token === "string";
}

/** Serves `/auth/v1`: whatever `@supabase/lite` signs leaves with the project's own key. */
export function createAuthService(
  lite: Lite,
  tokens: Tokens,
  keys: JwtKeys,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === JWKS_PATH) {
      return Response.json(keys.jwks, {
        headers: { "cache-control": "public, max-age=600", "access-control-allow-origin": "*" },
      });
    }
    const authorized = await authorize(request, tokens, refusedByAuth);
    if ("refused" in authorized) return authorized.refused;
    const { headers, user } = authorized;
    if (user) headers.set("authorization", `Bearer ${user.internal}`);
    const response = await lite.fetch(copyRequest(request, { headers }));
    return await republished(response, tokens);
  };
}

async function republished(response: Response, tokens: Tokens): Promise<Response> {
  const location = response.headers.get("location");
  if (location?.includes("access_token=")) {
    const headers = new Headers(response.headers);
    headers.set("location", await republishedLocation(location, tokens));
    return new Response(response.body, { status: response.status, headers });
  }
  if (!response.headers.get("content-type")?.includes("application/json")) return response;
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return new Response(text, { status: response.status, headers });
  }
  if (!isSession(body)) return new Response(text, { status: response.status, headers });
  const session = { ...body, access_token: await tokens.publish(body.access_token, body.user) };
  return new Response(JSON.stringify(session), { status: response.status, headers });
}

async function republishedLocation(location: string, tokens: Tokens): Promise<string> {
  const at = location.indexOf("#");
  const fragment = new URLSearchParams(location.slice(at + 1));
  const token = fragment.get("access_token");
  if (at < 0 || token === null) return location;
  fragment.set("access_token", await tokens.publish(token));
  return `${location.slice(0, at)}#${fragment}`;
}
