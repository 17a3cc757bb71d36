import { assertEquals } from "@std/assert";
import { countTests, describeCounts } from "../../local/cli/test_counts.ts";

Deno.test("the last line of a test run counts what deno test reports", () => {
  const output =
    "a ... ok (1ms)\nb ... FAILED (1ms)\n\nFAILED | 12 passed (3 steps) | 2 failed | 1 ignored (2s)\n";
  const counts = countTests(output, false);
  assertEquals(counts, { passed: 12, failed: 2, skipped: 1 });
  assertEquals(describeCounts(counts), "12 passed, 2 failed, 1 skipped");
  assertEquals(describeCounts(countTests("\nok | 3 passed | 0 failed (1s)\n", true)), "3 passed, 0 failed");
});

Deno.test("a run that broke without a failed test counts as a failure", () => {
  assertEquals(countTests("error: Type checking failed.\n", false), { passed: 0, failed: 1, skipped: 0 });
  assertEquals(countTests("ok | 3 passed | 0 failed (1s)\nerror: leak", false), {
    passed: 3,
    failed: 1,
    skipped: 0,
  });
});

Deno.test("a run that was cut off counts the tests that had ended, and the one that had not", () => {
  const output = "a ... ok (1ms)\n  step ... ok (1ms)\nb ... FAILED (1ms)\nc ...";
  assertEquals(countTests(output, false), { passed: 1, failed: 2, skipped: 0 });
});
