import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type FunctionLog, startFunctions } from "../../local/functions/mod.ts";
import { startTestStack, type TestStack } from "../helpers/stack.ts";
import { assertAllEvaluatedOnce, insertMessyLeads } from "./messy_leads.ts";
import { drainEverySecond, integration, messyLead, openSql, until, untilDrained } from "./support.ts";

const projectDir = join(import.meta.dirname!, "../..");

function ring(stack: TestStack): Promise<Response> {
  return fetch(`${stack.functionsUrl}/evaluate`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-doorbell-token": stack.doorbellToken },
    body: "{}",
  });
}

Deno.test("every change is evaluated although every doorbell is dropped", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await untilDrained(sql);
  const [before] = await sql`select count(*)::int as n from net._http_response`;
  await insertMessyLeads(sql, 300, { ring: false });
  const [after] = await sql`
    select (select count(*)::int from net._http_response) + (select count(*)::int from net.http_request_queue) as n`;
  assertEquals(after!["n"], before!["n"], "the write itself rang");
  await until("the scheduled drain was there", 25_000, async () => {
    const [row] = await sql`select count(*)::int as n from governance.fixes`;
    return row!["n"] === 300;
  });
  await untilDrained(sql);
  await assertAllEvaluatedOnce(sql, 300);
});

Deno.test("an evaluator that is killed in mid-batch, again and again, loses and doubles nothing", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await untilDrained(sql);
  await sql`update governance_private.queue_settings set lease_seconds = 1`;
  await drainEverySecond(sql);
  await insertMessyLeads(sql, 4000);
  let kills = 0;
  for (const deadline = Date.now() + 40_000; kills < 4 && Date.now() < deadline;) {
    const [row] =
      await sql`select count(*)::int as leased from governance_private.record_leases where lease_id is not null`;
    if (row!["leased"] > 0) {
      for (const { pids } of stack.functions.stats()) {
        for (const pid of pids) {
          try {
            Deno.kill(pid, "SIGKILL");
            kills++;
          } catch {
            // gone already
          }
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  assert(kills >= 2, `the evaluator was killed only ${kills} times while it held records`);
  await untilDrained(sql, 120_000);
  await assertAllEvaluatedOnce(sql, 4000);
});

Deno.test("doorbells that are delivered many times change nothing the second time", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await untilDrained(sql);
  await insertMessyLeads(sql, 500);
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ring(stack)));
    for (const answer of answers) {
      assertEquals(answer.status, 202);
      await answer.body?.cancel();
    }
  }
  await untilDrained(sql);
  await assertAllEvaluatedOnce(sql, 500);
});

Deno.test("four evaluators at once share the work and judge nothing twice", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await untilDrained(sql);
  const drained: string[] = [];
  const others = await Promise.all(["second", "third", "fourth"].map((name) =>
    startFunctions({
      projectDir,
      watch: false,
      eager: true,
      env: {
        SUPABASE_URL: stack.apiUrl,
        SUPABASE_DB_URL: stack.dbUrl,
        SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: stack.publishableKey }),
        SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secretKey }),
        SUPABASE_JWKS: JSON.stringify({ keys: [] }),
        DOORBELL_TOKEN: stack.doorbellToken,
        EVALUATE_BATCH_SIZE: "100",
      },
      log: ({ message }: FunctionLog) => {
        if (/"Drained\."/.test(message)) drained.push(name);
      },
    })
  ));
  try {
    await Promise.all(others.map((other) => other.warm()));
    await insertMessyLeads(sql, 3000);
    const answers = await Promise.all(others.map((other) =>
      other.fetch(
        new Request(`${stack.functionsUrl}/evaluate`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-doorbell-token": stack.doorbellToken },
          body: "{}",
        }),
      )
    ));
    assertEquals(answers.map(({ status }) => status), [202, 202, 202]);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    await untilDrained(sql);
    await Promise.all(others.map((other) => other.idle()));
  } finally {
    await Promise.all(others.map((other) => other.stop()));
  }
  assert(new Set(drained).size >= 2, `only ${[...new Set(drained)]} did any work`);
  await assertAllEvaluatedOnce(sql, 3000);
});

Deno.test("Postgres that is stopped at once in mid-load loses no change that was committed", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await untilDrained(sql);
  await sql`update governance_private.queue_settings set lease_seconds = 2`;
  await drainEverySecond(sql);
  const client = integration(stack);
  const leads = Array.from({ length: 3000 }, (_, index) => messyLead(index));
  let crashed: Promise<void> | undefined;
  for (let from = 0; from < leads.length; from += 200) {
    if (from === 1400) crashed = stack.postgres.restart("immediate");
    // A load does what loads do when the server goes away: it sends the batch again.
    await until("the batch is stored", 30_000, async () => {
      const { error } = await client.from("leads")
        .upsert(leads.slice(from, from + 200), { onConflict: "id", ignoreDuplicates: true });
      if (error !== null) throw new Error(error.message);
      return true;
    });
  }
  await crashed;
  await untilDrained(sql, 120_000);
  await assertAllEvaluatedOnce(sql, 3000);
});
