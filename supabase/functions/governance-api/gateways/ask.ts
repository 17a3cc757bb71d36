import { z } from "zod";
import { ApiProblem } from "../http/api_problem.ts";
import { type DatabaseError, databaseProblem } from "../http/database_problem.ts";

interface Answer {
  readonly data: unknown;
  readonly error: DatabaseError | null;
  readonly status: number;
}

/**
 * Waits for a call of the database and checks its answer.
 *
 * @throws {ApiProblem} what the database refused, or internal when the answer is not as agreed
 */
export async function ask<T extends z.ZodType>(call: PromiseLike<Answer>, answer: T): Promise<z.output<T>> {
  const { data, error, status } = await call;
  if (error !== null) throw databaseProblem(error, status);
  const parsed = answer.safeParse(data ?? null);
  if (parsed.success) return parsed.data;
  throw new ApiProblem(
    "internal",
    {},
    {},
    new Error(`The database's answer: ${z.prettifyError(parsed.error)}`),
  );
}
