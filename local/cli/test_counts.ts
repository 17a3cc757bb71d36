import { stripAnsiCode } from "@std/fmt/colors";

/** How the tests of one run ended. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads the summary that `deno test` prints last. A run that failed without a failed test, as when a file does not
 * compile or a test is cut off, counts as one failure.
 */
export function countTests(output: string, success: boolean): TestCounts {
  const summaries = [...stripAnsiCode(output).matchAll(/^(?:ok|FAILED) \| (\d+) passed.*$/gm)];
  const line = summaries.at(-1)?.[0] ?? "";
  const number = (word: string) => Number(line.match(new RegExp(`\\b(\\d+) ${word}`))?.[1] ?? 0);
  const failed = number("failed");
  return {
    passed: number("passed"),
    failed: !success && failed === 0 ? 1 : failed,
    skipped: number("ignored"),
  };
}

/** The line that a run ends with. */
export function describeCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
