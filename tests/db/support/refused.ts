import { assert } from "@std/assert";
import postgres from "postgres";

export interface Refusal {
  /** The SQLSTATE; `PT422` is HTTP 422. */
  readonly state: string;
  readonly message: string;
  readonly hint: string | undefined;
  // deno-lint-ignore no-explicit-any -- an error's detail is as free as JSON is
  readonly detail: any;
}

/** Asserts that the database refuses, and returns how. */
export async function refused(work: PromiseLike<unknown> | (() => PromiseLike<unknown>)): Promise<Refusal> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    assert(error instanceof postgres.PostgresError, String(error));
    const { code, message, hint, detail } = error as postgres.PostgresError;
    return {
      state: code,
      message,
      hint,
      detail: code.startsWith("PT") ? JSON.parse(detail ?? "{}") : detail,
    };
  }
  throw new Error("The database did not refuse.");
}
