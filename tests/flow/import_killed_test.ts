import { assert, assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { startTestStack, type TestStack } from "../helpers/stack.ts";
import { stage } from "../functions/governance-api/import_support.ts";
import { apiAs, type ApiClient } from "../functions/governance-api/support.ts";
import { harborLane, openSql } from "./support.ts";

const ROWS = 4000;

/** Calls a step of an import until it is done, whatever becomes of the single calls; counts those that were lost. */
async function drive(api: ApiClient, path: string, body: unknown, done: string): Promise<number> {
  let lost = 0;
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    const answer = await api.post(path, body).catch(() => null);
    if (answer?.status === 200 && answer.body.status === done) return lost;
    if (answer?.status === 200) continue;
    assert(answer === null || answer.status >= 500, JSON.stringify(answer?.body));
    lost++;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} did not end.`);
}

/** Kills the API's processes whenever it has written a part, some times. */
async function kill(stack: TestStack, sql: Sql, column: "judged_to" | "committed_to", times: number) {
  let at = 0;
  for (let kills = 0; kills < times;) {
    const [row] = await sql`select ${sql(column)}::int as at, status from governance.imports`;
    if (["judged", "committed"].includes(row!["status"]) && row!["at"] === ROWS) return;
    if (row!["at"] > at) {
      at = row!["at"];
      for (const { name, pids } of stack.functions.stats()) {
        if (name !== "governance-api") continue;
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
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("an import whose function is killed in mid-judgement and in mid-commit goes on, and writes each row once in the name of its person", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const api = await apiAs(stack, "steward@harbor-lane.example.com");
  const lines = Array.from({ length: ROWS }, (_, n) => `Ann,Lee ${n},Acme,ann.${n}@example.com`);
  const { import_id, created_by } = await stage(
    api,
    harborLane,
    `First Name,Last Name,Company,Email\n${lines.join("\n")}\n`,
  );
  const [judgingLost] = await Promise.all([
    drive(api, `/imports/${import_id}/judge`, undefined, "judged"),
    kill(stack, sql, "judged_to", 2),
  ]);
  const [row] = await sql`select counts from governance.imports`;
  assertEquals(row!["counts"].states, { staged: ROWS });
  const verdicts = Object.values(row!["counts"].verdicts as Record<string, number>);
  assertEquals(verdicts.reduce((sum, n) => sum + n, 0), ROWS, "every row has one verdict");

  const [committingLost] = await Promise.all([
    drive(api, `/imports/${import_id}/commit`, {}, "committed"),
    kill(stack, sql, "committed_to", 2),
  ]);
  assert(judgingLost > 0 && committingLost > 0, `lost: ${judgingLost} and ${committingLost}`);
  const [written] = await sql`
    select count(*)::int as leads, count(distinct last_name)::int as names from public.leads where company = 'Acme'`;
  assertEquals({ ...written }, { leads: ROWS, names: ROWS });

  // Row by row: the record that it became was inserted once, by this import, this person and no source.
  const odd = await sql`
    select w.row_number, count(a.id)::int as events, min(a.cause_id) as cause, min(a.actor::text) as actor, min(a.source) as source
    from governance.import_rows w
    left join governance.audit_events a on a.entity_type = 'lead' and a.record_key = w.record_key and a.operation = 'insert'
      and a.cause_kind = 'import' and a.cause_id = ${import_id}::text and a.actor = ${created_by} and a.source = 'person'
    where w.import_id = ${import_id} and w.state = 'written'
    group by 1 having count(a.id) <> 1`;
  assertEquals([...odd], []);
  const [states] = await sql`select count(*)::int as n from governance.import_rows where state = 'written'`;
  assertEquals(states!["n"], ROWS);
});
