import { type ErrorCode, ERRORS } from "../../../shared/errors.ts";

/** An error as HTTP answers it: `{code, message, hint}` and the status of the table of codes. */
export function problem(code: ErrorCode, headers: Record<string, string> = {}): Response {
  const { status, title, hint } = ERRORS[code];
  return Response.json({ code, message: title, hint }, { status, headers });
}
