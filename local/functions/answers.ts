import type { EndReason } from "./call.ts";

/** Codes of hosted's own answers, also in the header `sb-error-code`. */
export type EdgeErrorCode =
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "BOOT_ERROR"
  | "WORKER_ERROR"
  | "WORKER_RESOURCE_LIMIT"
  | "IDLE_TIMEOUT"
  | "SHUTTING_DOWN"
  | "UNAUTHORIZED_NO_AUTH_HEADER"
  | "UNAUTHORIZED_INVALID_JWT_FORMAT"
  | "UNAUTHORIZED_ASYMMETRIC_JWT"
  | "UNAUTHORIZED_LEGACY_JWT"
  | "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM";

const ANSWERS = {
  NOT_FOUND: [404, "Requested function was not found"],
  METHOD_NOT_ALLOWED: [405, "Method not allowed"],
  BOOT_ERROR: [503, "Function failed to start (please check logs)"],
  WORKER_ERROR: [500, "Function exited due to an error (please check logs)"],
  WORKER_RESOURCE_LIMIT: [
    546,
    "Function failed due to not having enough compute resources (please check logs)",
  ],
  IDLE_TIMEOUT: [504, "The function did not answer in time"],
  SHUTTING_DOWN: [503, "The functions are being stopped"],
  UNAUTHORIZED_NO_AUTH_HEADER: [401, "Missing authorization header"],
  UNAUTHORIZED_INVALID_JWT_FORMAT: [401, "Invalid JWT"],
  UNAUTHORIZED_ASYMMETRIC_JWT: [401, "Invalid JWT"],
  UNAUTHORIZED_LEGACY_JWT: [401, "Invalid JWT"],
  UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM: [401, "Unsupported JWT algorithm"],
} as const satisfies Record<EdgeErrorCode, readonly [status: number, message: string]>;

const CODES = {
  memory: "WORKER_RESOURCE_LIMIT",
  cpu: "WORKER_RESOURCE_LIMIT",
  hung: "WORKER_RESOURCE_LIMIT",
  error: "WORKER_ERROR",
  stopped: "SHUTTING_DOWN",
} as const satisfies Record<EndReason, EdgeErrorCode>;

/** The status of calls that were under way when their process ended. */
export function edgeStatus(reason: EndReason): number {
  return ANSWERS[CODES[reason]][0];
}

/** The answer to calls that were under way when their process ended. */
export function endedAnswer(reason: EndReason): Response {
  return edgeError(CODES[reason]);
}

/** What the platform answers in a function's place. */
export function edgeError(code: EdgeErrorCode): Response {
  const [status, message] = ANSWERS[code];
  return Response.json({ code, message }, {
    status,
    headers: { "sb-error-code": code, "access-control-allow-origin": "*" },
  });
}
