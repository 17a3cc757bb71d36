import { type ErrorCode, ERRORS } from "../../../../shared/errors.ts";
import { TRANSIENT_STATES } from "../../_shared/database_call_error.ts";
import { ApiProblem } from "./api_problem.ts";

/** An error as PostgREST answers it. */
export interface DatabaseError {
  readonly message: string;
  readonly code?: string | null;
  readonly details?: string | null;
  readonly hint?: string | null;
}

/** What Postgres's own refusals mean to a caller: the first pattern of the SQLSTATE that fits. */
const OWN_REFUSALS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(?:23|44)/, "constraint-violated"],
  [/^22/, "invalid-value"],
  [/^42501$/, "not-allowed"],
  [TRANSIENT_STATES, "unavailable"],
  [/^PGRST(?:10[0-9]|11[0-9])/, "invalid-value"],
  [/^PGRST(?:30[0-9])/, "not-signed-in"],
];

/** A refusal of the database as the API answers it; what nobody foresaw is `internal`, and only the log learns it. */
export function databaseProblem(error: DatabaseError, status: number): ApiProblem {
  const state = error.code ?? "";
  const ours = parseDetail(error.details);
  if (state.startsWith("PT") && ours !== null) {
    const { code, ...context } = ours;
    const headers = code === "too-many-calls" ? { "retry-after": String(context["retry_after"] ?? 60) } : {};
    const details = { detail: error.message, context, ...(error.hint && { hint: error.hint }) };
    return new ApiProblem(code, details, headers);
  }
  const code = OWN_REFUSALS.find(([pattern]) => pattern.test(state))?.[1];
  if (code === "unavailable" || (state === "" && (status === 0 || status >= 500))) {
    return new ApiProblem("unavailable", {}, { "retry-after": "5" }, error);
  }
  if (code === undefined) return new ApiProblem("internal", {}, {}, error);
  const constraint = /constraint "([^"]+)"/.exec(error.message)?.[1];
  return new ApiProblem(
    code,
    {
      detail: error.message,
      ...(code === "constraint-violated" &&
        { context: { sqlstate: state, ...(constraint !== undefined && { constraint }) } }),
    },
    {},
    error,
  );
}

function parseDetail(text: string | null | undefined): { code: ErrorCode; [name: string]: unknown } | null {
  if (!text?.startsWith("{")) return null;
  try {
    const parsed = JSON.parse(text);
    return typeof parsed.code === "string" && parsed.code in ERRORS ? parsed : null;
  } catch {
    return null;
  }
}
