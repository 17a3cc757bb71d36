import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkDeadlocks } from "./checker/deadlocks.ts";

/** What Postgres logs of a deadlock between two statements. */
function logged(pid: number, database: string, statements: readonly [string, string], place: string): string {
  const line = (kind: string, text: string) =>
    `2026-11-27 12:22:12.636 UTC [${pid}] postgres@${database} ${kind}:  ${text}\n`;
  return line("ERROR", "deadlock detected") +
    line(
      "DETAIL",
      `Process ${pid} waits for ShareLock on transaction 17794; blocked by process 7.
\tProcess 7 waits for ShareLock on transaction 17793; blocked by process ${pid}.
\tProcess ${pid}: ${statements[0]}
\tProcess 7: ${statements[1]}`,
    ) +
    `2026-11-27 12:22:12.636 UTC [99] postgres@${database} ERROR:  Not saved: governance.x\n` +
    line("HINT", "See server log for query details.") +
    line("CONTEXT", `while locking tuple (1,16) in relation "${place}"\n\tPL/pgSQL function x() line 1`) +
    line("STATEMENT", statements[0]);
}

const order = "update shop.orders set amount = 1 where id = 'a'";

Deno.test("writers may deadlock over their own tables, and over nothing of ours", () => {
  assertEquals(checkDeadlocks(logged(1, "run_1", [order, order], "orders"), "run_1"), []);
  const [keys] = checkDeadlocks(logged(1, "run_1", [order, order], "unique_rules"), "run_1");
  assertStringIncludes(keys!, 'in relation "unique_rules"');
  const [sweep] = checkDeadlocks(
    logged(1, "run_1", [order, "select governance.apply_verdicts($1)"], "orders"),
    "run_1",
  );
  assertStringIncludes(sweep!, "apply_verdicts");
});

Deno.test("each run answers for its own database", () => {
  const log = logged(1, "run_1", [order, order], "runs") + logged(2, "run_12", [order, order], "issues");
  assertEquals(checkDeadlocks(log, "run_1").length, 1);
  assertEquals(checkDeadlocks(log, "run_2").length, 0);
});
