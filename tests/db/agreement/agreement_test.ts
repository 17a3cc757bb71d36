import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { addCustomers, createWorld, openIssues, people, type World } from "../support/mod.ts";
import { backtest, forget, type Said, shadowCounts, sweep, takeStep, unreadable } from "./executions.ts";
import { history, type Step } from "./history.ts";
import { conditions, exact, plain, saveAll } from "./rules.ts";

async function live(
  world: World,
  ids: Record<string, string>,
  steps: readonly Step[],
  waived: string | null,
) {
  const { sql } = world;
  await forget(world);
  await addCustomers(
    sql,
    { id: "a", name: "Ann", is_active: true },
    { id: "b", name: null, is_active: false },
    { id: "elsewhere", org_id: "globex", name: "Eve", is_active: true },
  );
  if (waived !== null) {
    for (const name of Object.keys(ids)) {
      await sql`select governance.grant_waiver('acme', ${name}, 'record', 'Agreed.', now() + interval '1 day', ${waived})`;
    }
  }
  const said: Said[] = [];
  for (const step of steps) {
    const one = await takeStep(world, step);
    // In the write: an active block refuses what a shadow block counts, to the record.
    const [counted, refused] = [plain(one.shadow, "block"), plain(one.refused, "block")];
    // "on conflict" inserts and updates at once: the triggers of the insert refuse before those of the update look.
    const seen = step.kind === "save" && refused.length > 0
      ? counted.filter((hit) => refused.includes(hit))
      : counted;
    assertEquals(seen, refused, JSON.stringify(step));
    said.push(one);
  }
  return said;
}

/** Whether the rule was counted on the record in one of these steps, where it is evaluated. */
const hadBegun = (said: readonly Said[], hit: string) =>
  said.some((one) => plain(one.evaluated, "later").includes(hit));

Deno.test("backtest, shadow, sweep and live evaluation of a rule agree on random histories, to the record", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`create table public.seen_tallies (after bigint)`;
  await sql`insert into governance.source_systems (source_key, org_id, label, user_id)
    values ('import', 'acme', 'Import', ${people.colleague})`;
  const ids = await saveAll(world);
  const met = new Set<string>();
  const runs = Number(Deno.env.get("AGREEMENT_RUNS") ?? 5);
  const seed = Number(Deno.env.get("AGREEMENT_SEED") ?? 20261126);
  const waived = fc.option(fc.constantFrom("1", "2"));
  await fc.assert(
    fc.asyncProperty(history, waived, async (steps, waived) => {
      const said = await live(world, ids, steps, waived);
      const counts = await shadowCounts(sql);
      for (const hit of said.flatMap((one) => [...one.shadow, ...one.evaluated])) met.add(hit.split(":")[0]!);
      for (const name of exact) {
        const { replay } = await backtest(sql, ids[`${name}-block`]!);
        const shadow = plain(said.flatMap((one) => one.shadow), "block", [name]);
        assertEquals(replay!.violations, shadow.length, `replay and shadow of ${name}`);
        if (shadow.length <= 10) {
          assertEquals(replay!.samples.map(({ record_key }) => `${name}:${record_key}`).sort(), shadow);
        }
        const by = (key: "source" | "actor", rows: readonly { violations: number }[]) =>
          rows.filter(({ violations }) => violations > 0)
            .map((row) => [String((row as unknown as Record<string, unknown>)[key]), row.violations]).sort();
        const summed = (part: 1 | 2) => {
          const sums = new Map<string, number>();
          for (const [group, hits] of Object.entries(counts)) {
            const parts = group.split(" ");
            if (parts[0] === `${name}-block`) sums.set(parts[part]!, (sums.get(parts[part]!) ?? 0) + hits);
          }
          return [...sums].sort();
        };
        assertEquals(by("source", replay!.by_source), summed(1), `sources of ${name}`);
        assertEquals(by("actor", replay!.by_actor), summed(2), `actors of ${name}`);
      }

      // Of the records that there are: the same from whom ever it is asked. Where a reference cannot be read a rule says nothing: what
      // it objected to before keeps its issue, which nobody who looks only now can know of. An issue that opens on such a record is wrong.
      const unknown = (await unreadable(sql)).filter((hit) => hadBegun(said, hit));
      const found = plain(await openIssues(world), "issue").filter((hit) => !unknown.includes(hit));
      for (const name of Object.keys(conditions)) {
        for (const as of ["block", "issue", "later"]) {
          const { keys, current } = await backtest(sql, ids[`${name}-${as}`]!);
          assertEquals(
            plain(keys, as),
            found.filter((hit) => hit.startsWith(`${name}:`)),
            `keys of ${name}-${as}`,
          );
          assertEquals(current.violations, keys.length);
        }
      }
      await sql`delete from governance.data_quality_issues`;
      await sweep(world);
      assertEquals(plain(await openIssues(world), "issue"), found, "sweep and evaluate");

      // When it is evaluated: a record counts when the rule begins to object to it.
      for (const name of exact) {
        for (const [n, one] of said.entries()) {
          const step = steps[n]!;
          // What a write of another record brings about is no write of this one: only where it is evaluated it is seen.
          if (step.kind === "customer" || step.kind === "drop-customer") continue;
          const [later, inWrite] = [
            plain(one.evaluated, "later", [name]),
            plain(one.shadow, "block", [name]),
          ];
          // What was counted before its reference could not be read is still counted: it was not clean in between.
          const known = (hit: string) => !one.unreadable.includes(hit) || !hadBegun(said.slice(0, n), hit);
          assertEquals(later.filter(known), inWrite.filter(known), JSON.stringify(step));
          assertEquals(later.filter((hit) => !inWrite.includes(hit)), [], JSON.stringify(step));
        }
      }
    }),
    { numRuns: runs, seed, endOnFailure: !Deno.env.has("AGREEMENT_SHRINK") },
  );
  assertEquals(
    [...met].sort(),
    Object.keys(ids).filter((key) => !key.endsWith("-issue")).sort(),
    "each was met",
  );
});
