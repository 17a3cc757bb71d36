import { assertEquals, assertStringIncludes } from "@std/assert";
import { startTestStack } from "../helpers/stack.ts";
import { harborLane, integration, openSql, signedIn, until } from "./support.ts";

Deno.test("a steward asks for a reconciliation over HTTP, the function does it, and the breaks are read under row level security", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`update governance.reconcile_jobs set settle_window = '0'`;
  await sql`insert into public.invoices (org_id, number, currency, total_amount) values (${harborLane}, 1, 'USD', 100), (${harborLane}, 5, 'USD', 0)`;
  const steward = await signedIn(stack, "steward@harbor-lane.example.com");
  const { data: run, error } = await steward.schema("governance").rpc("request_reconciliation", {
    p_job: "billing",
    p_org_id: harborLane,
  });
  assertEquals(error, null);
  await until("the run is done", 20_000, async () => {
    const { data } = await steward.schema("governance").from("runs").select("status").eq("id", run).single();
    return data?.["status"] === "succeeded";
  });
  const { data: breaks } = await steward.schema("governance").from("breaks").select("break_class").eq(
    "status",
    "open",
  ).order("break_class");
  assertEquals(breaks?.map(({ break_class }) => break_class), [
    "invoice-number-missing",
    "invoice-without-lines",
  ]);
  const outsider = await signedIn(stack, "admin@kestrel.example.com");
  const { data: hidden } = await outsider.schema("governance").from("breaks").select("break_class");
  assertEquals(hidden, []);
});

Deno.test("a run whose function is killed goes on with the next call, and ends once", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`update governance.reconcile_jobs set chunk_size = 20, settle_window = '0'`;
  await sql`insert into public.invoices (org_id, number, currency, total_amount) select ${harborLane}, n, 'USD', 1 from generate_series(1, 600) n`;
  await sql`select cron.schedule('governance-wake-reconcile', '1 seconds', 'select governance_private.wake_reconcile()')`;
  await sql`select governance.request_reconciliation('billing', ${harborLane})`;
  let kills = 0;
  await until("the run is done", 40_000, async () => {
    const [row] =
      await sql`select status, counts ->> 'chunks' as chunks from governance.runs where job = 'billing'`;
    if (row!["status"] === "running" && kills < 3) {
      for (const { pids } of stack.functions.stats().filter(({ name }) => name === "reconcile")) {
        for (const pid of pids) {
          try {
            Deno.kill(pid, "SIGKILL");
            kills++;
          } catch {
            // gone already
          }
        }
      }
    }
    return row!["status"] === "succeeded";
  });
  const [row] =
    await sql`select counts ->> 'found' as found, summary from governance.runs where job = 'billing'`;
  assertEquals(row!["found"], "600");
  assertStringIncludes(row!["summary"], "600 × invoice without lines");
  const [opened] =
    await sql`select count(*)::int as n from governance.data_quality_issue_events e join governance.data_quality_issues i on i.id = e.issue_id
    where i.rule_key = 'system-break-billing' and e.kind = 'opened'`;
  assertEquals(opened!["n"], 600);
});

Deno.test("reconcile is woken by its token alone", async () => {
  await using stack = await startTestStack();
  const call = (headers: Record<string, string>) =>
    fetch(`${stack.functionsUrl}/reconcile`, { method: "POST", headers, body: "{}" });
  for (const headers of [{}, { "x-doorbell-token": "wrong" }]) {
    const answer = await call(headers as Record<string, string>);
    assertEquals(answer.status, 401);
    await answer.body?.cancel();
  }
  const { error } = await integration(stack).schema("governance").rpc("advance_reconciliation", {});
  assertEquals(error, null);
  const member = await signedIn(stack, "rep@harbor-lane.example.com");
  const refused = await member.schema("governance").rpc("advance_reconciliation", {});
  assertEquals(refused.status, 403);
});
