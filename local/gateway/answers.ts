import type postgres from "postgres";
import type { TokenFault } from "./tokens.ts";

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "access-control-allow-origin": "*", ...headers } });
}

/** PostgREST's refusal of a token. */
export function refusedByRest(fault: TokenFault): Response {
  const [code, message, details] = fault === "expired"
    ? ["PGRST303", "JWT expired", null]
    : fault === "claims"
    ? ["PGRST303", "JWT claims validation failed", null]
    : fault === "algorithm"
    ? ["PGRST301", "Wrong or unsupported encoding algorithm", null]
    : fault === "malformed"
    ? ["PGRST301", "Expected 3 parts in JWT", null]
    : ["PGRST301", "No suitable key or wrong key type", "None of the keys was able to decode the JWT"];
  return json(401, { code, details, hint: null, message }, {
    "www-authenticate": `Bearer error="invalid_token", error_description="${message}"`,
  });
}

/** GoTrue's refusal of a token: 403, not 401. */
export function refusedByAuth(fault: TokenFault): Response {
  const reason = {
    expired: "token has invalid claims: token is expired",
    claims: "token has invalid claims",
    algorithm: "signing method is invalid",
    malformed: "token is malformed: token contains an invalid number of segments",
    signature: "token signature is invalid: signature is invalid",
  }[fault];
  return json(403, {
    code: 403,
    error_code: "bad_jwt",
    msg: `invalid JWT: unable to parse or verify signature, ${reason}`,
  });
}

/** PostgREST's answer to a database error, by its SQLSTATE. */
export function failedInDatabase(error: postgres.PostgresError): Response {
  const { code, message, detail, hint } = error;
  return json(statusOf(code), { code, details: detail ?? null, hint: hint ?? null, message });
}

/** PostgREST's answers while it has no database, or no connection to spare; a client may try again. */
export function noDatabase(code: "PGRST001" | "PGRST002" | "PGRST003"): Response {
  const message = {
    PGRST001: "Database client error. Retrying the connection.",
    PGRST002: "Could not query the database for the schema cache. Retrying.",
    PGRST003: "Timed out acquiring connection from connection pool.",
  }[code];
  return json(code === "PGRST003" ? 504 : 503, { code, details: null, hint: null, message });
}

function statusOf(code: string): number {
  const exact: Record<string, number> = { "53400": 500, "57P01": 503, "P0001": 400 };
  const byClass: Record<string, number> = { "08": 503, "0L": 403, "0P": 403, "28": 403, "53": 503 };
  const failures = ["09", "25", "2D", "38", "39", "3B", "40", "54", "55", "57", "58", "F0", "HV", "P0", "XX"];
  const family = code.slice(0, 2);
  return exact[code] ?? byClass[family] ?? (failures.includes(family) ? 500 : 400);
}

/** An API key in `Authorization` that is not the one in `apikey`: it is no token, and hosted refuses it as one. */
export function keyIsNoToken(): Response {
  return json(401, {
    message: "Invalid authorization header",
    hint: "API keys go into the `apikey` header; `Authorization` is for user tokens.",
  }, { "sb-error-code": "UNAUTHORIZED_INVALID_JWT_FORMAT" });
}

/** The request's body is longer than the gateway takes. */
export function bodyTooLarge(): Response {
  return json(413, { message: "Request body is too large" });
}

/** Nothing is served at this path. */
export function notFound(): Response {
  return json(404, { message: "no Route matched with those values" });
}

/** The server failed in a way that says nothing of the request. */
export function unexpected(): Response {
  return json(500, { message: "An unexpected error occurred" });
}
