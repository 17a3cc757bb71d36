import { stripAnsiCode } from "@std/fmt/colors";

/** How the tests of one run ended. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads the summary that `deno test` prints last, or the tests' own lines where it did not get that far. A run that
 * failed without a failed test, as when a file does not compile or a test is cut off, counts as one failure.
 */
export function countTests(output: string, success: boolean): TestCounts {
  const text = stripAnsiCode(output);
  const summary = [...text.matchAll(/^(?:ok|FAILED) \| \d+ passed.*$/gm)].at(-1)?.[0];
  const inSummary = (word: string) => Number(summary?.match(new RegExp(`\\b(\\d+) ${word}`))?.[1] ?? 0);
  const lines = (result: string) =>
    text.match(new RegExp(`^\\S.* \\.\\.\\. ?${result}\\b`, "gm"))?.length ?? 0;
  const passed = summary ? inSummary("passed") : lines("ok");
  const failed = summary ? inSummary("failed") : lines("FAILED");
  const skipped = summary ? inSummary("ignored") : lines("ignored");
  // without a summary the run was cut off in the middle of one more test
  const cutOff = success ? 0 : summary ? Number(failed === 0) : 1;
  return { passed, failed: failed + cutOff, skipped };
}

/** The line that a run ends with. */
export function describeCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
