import { type ErrorCode, ERRORS } from "../../../shared/errors.ts";

/** What an error says beside its code; where nothing is said, the table of codes speaks. */
export interface ProblemDetails {
  /** What cannot be done, for this request. */
  readonly detail?: string;
  readonly hint?: string;
  /** What belongs to the code, as `docs/errors.md` lists it. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An error as HTTP answers it: problem details (RFC 9457) with the project's code and hint beside them. */
export function problem(
  code: ErrorCode,
  headers: Record<string, string> = {},
  { detail, hint, context = {} }: ProblemDetails = {},
): Response {
  const entry = ERRORS[code];
  const body = {
    type: `urn:self-governing-crm:error:${code}`,
    title: entry.title,
    status: entry.status,
    detail: detail ?? entry.title,
    code,
    hint: hint ?? entry.hint,
    ...(Object.keys(context).length > 0 && { context }),
  };
  const type = { "content-type": "application/problem+json" };
  return Response.json(body, { status: entry.status, headers: { ...headers, ...type } });
}
