import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import type { EdgeErrorCode } from "./answers.ts";

/** Says why a request may not reach a function that has `verify_jwt`; null when it may. */
export type JwtCheck = (request: Request) => Promise<EdgeErrorCode | null>;

function parseJson<T>(text: string | undefined, fallback: T): T {
  if (!text) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`The functions' environment holds invalid JSON: ${text.slice(0, 40)}`);
  }
}

/**
 * Hosted's platform check: a user's token signed by a published key passes, and so does an API key of the project in
 * either header. It proves who calls only in the first case; functions check for themselves.
 */
export function createJwtCheck(env: Readonly<Record<string, string>>): JwtCheck {
  const jwks = parseJson<JSONWebKeySet>(env["SUPABASE_JWKS"], { keys: [] });
  const published = createLocalJWKSet(jwks);
  const keys = new Set([
    ...Object.values(parseJson<Record<string, string>>(env["SUPABASE_PUBLISHABLE_KEYS"], {})),
    ...Object.values(parseJson<Record<string, string>>(env["SUPABASE_SECRET_KEYS"], {})),
  ]);

  return async (request) => {
    const authorization = request.headers.get("authorization");
    const apikey = request.headers.get("apikey");
    const token = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    if ((token && keys.has(token)) || (!token && apikey && keys.has(apikey))) return null;
    if (authorization === null) return "UNAUTHORIZED_NO_AUTH_HEADER";
    if (token === undefined) return "UNAUTHORIZED_INVALID_JWT_FORMAT";
    let algorithm: string | undefined;
    try {
      algorithm = decodeProtectedHeader(token).alg;
    } catch {
      return "UNAUTHORIZED_INVALID_JWT_FORMAT";
    }
    if (algorithm === "HS256") return "UNAUTHORIZED_LEGACY_JWT";
    if (algorithm !== "ES256" && algorithm !== "RS256") return "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM";
    try {
      await jwtVerify(token, published, { algorithms: ["ES256", "RS256"] });
      return null;
    } catch {
      return "UNAUTHORIZED_ASYMMETRIC_JWT";
    }
  };
}
