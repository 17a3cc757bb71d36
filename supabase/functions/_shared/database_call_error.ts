/** Whether trying again can help: the database was not reached or is busy, or it refused what was asked. */
export type CallFailure = "unreachable" | "refused";

/** A call of an SQL function failed. */
export class DatabaseCallError extends Error {
  override readonly name = "DatabaseCallError";

  constructor(
    readonly functionName: string,
    readonly failure: CallFailure,
    readonly sqlState: string,
    why: string,
  ) {
    super(`governance.${functionName} failed: ${why}`);
  }
}

/** SQLSTATEs that pass by themselves, as `governance_private.is_transient` has them: deadlocks, locks, a server that is full or going down. */
export const TRANSIENT_STATES = /^(?:40|53|55006|55P03|57|58|08)/;

/** Sorts an answer's HTTP status and SQLSTATE: 0 is no answer at all. */
export function classifyFailure(status: number, sqlState: string): CallFailure {
  if (TRANSIENT_STATES.test(sqlState)) return "unreachable";
  // Any other SQLSTATE was raised by what we sent, whatever status it was given.
  if (/^[0-9A-Z]{5}$/.test(sqlState)) return "refused";
  return status === 0 || status === 408 || status === 429 || status >= 500 ? "unreachable" : "refused";
}
