import type { ErrorCode, Fault } from "../../../../shared/errors.ts";
import type { ProblemDetails } from "../../_shared/problem.ts";

/** A request that is refused, on its way to the answer: thrown anywhere, answered in one place. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly code: ErrorCode,
    readonly details: ProblemDetails = {},
    readonly headers: Readonly<Record<string, string>> = {},
    /** What the log gets beside it; never answered. */
    override readonly cause?: unknown,
  ) {
    super(details.detail ?? code);
  }
}

/** The request is not as the interface describes it: every fault with its place. */
export function requestInvalid(faults: readonly Fault[]): ApiProblem {
  const shown = faults.slice(0, MAX_FAULTS);
  const [first] = shown;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  return new ApiProblem("request-invalid", {
    detail: first === undefined ? "The request is not valid." : `${first.at}: ${first.message}${more}`,
    context: { faults: shown },
  });
}

const MAX_FAULTS = 100;
