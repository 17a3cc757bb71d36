import type { z } from "zod";
import type { Fault } from "../../errors.ts";

/** Zod's issues as faults of a rule; `at` points to what was parsed. */
export function zodFaults(error: z.ZodError, at: string): Fault[] {
  return error.issues.map((issue) => ({
    at: [at, ...issue.path.map(String)].join("/"),
    message: issue.message.endsWith(".") ? issue.message : `${issue.message}.`,
  }));
}
