/** The outcome of a condition, as in SQL: true, false, or unknown (null). */
export type Truth = boolean | null;

/** SQL's `not`. */
export function not(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

/** SQL's `and` over tests that are run only as far as needed. */
export function all<T>(tests: readonly ((subject: T) => Truth)[], subject: T): Truth {
  let outcome: Truth = true;
  for (const test of tests) {
    const truth = test(subject);
    if (truth === false) return false;
    if (truth === null) outcome = null;
  }
  return outcome;
}

/** SQL's `or` over tests that are run only as far as needed. */
export function any<T>(tests: readonly ((subject: T) => Truth)[], subject: T): Truth {
  let outcome: Truth = false;
  for (const test of tests) {
    const truth = test(subject);
    if (truth === true) return true;
    if (truth === null) outcome = null;
  }
  return outcome;
}
