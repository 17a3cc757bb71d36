import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { createWorld, type World } from "../support/mod.ts";
import { actors, contents, createLab, Lab, type Step, step } from "./lab.ts";
import { preview, undo } from "./support.ts";

const history = (runs: number, seed: number) =>
  fc.sample(
    fc.tuple(
      fc.array(step, { minLength: 5, maxLength: 15 }),
      fc.array(step, { minLength: 5, maxLength: 25 }),
    ),
    {
      numRuns: runs,
      seed,
    },
  );

const beginnings: Step[] = [
  "add parent",
  "add parent",
  "add child",
  "add child",
  "add child",
  "add note",
  "add note",
  "add hold",
]
  .map((verb, place) => ({ verb, one: place, two: place, value: "a" }));

/** A lab in which some things have been done already; the moment after it. */
async function begin(world: World, lab: Lab, base: Step[]): Promise<string> {
  await world.sql.unsafe("delete from lab.holds; delete from lab.notes; delete from lab.parents").simple();
  for (const each of [...beginnings, ...base]) await lab.take("colleague", each);
  const [row] = await world.sql`select clock_timestamp()::text as now`;
  return row!["now"];
}

/** How many fixes of a history stand, are marked as taken back, and are not although an undo has written their record last. */
async function fixesSince(world: World, from: string) {
  const [row] = await world.sql`
    select count(*) filter (where f.reverted_at is null)::int as standing, count(f.reverted_at)::int as reverted,
      count(*) filter (where f.reverted_at is null and e.cause_id in (select id::text from governance.undos where not scope ? 'undo'))::int as forgotten
    from governance.fixes f cross join lateral (
      select x.cause_id from governance.audit_events x where x.entity_type = f.entity_type and x.record_key = f.record_key order by x.id desc limit 1) e
    where f.applied_at >= ${from}::text::timestamptz`;
  return row as unknown as Record<"standing" | "reverted" | "forgotten", number>;
}

Deno.test("undo is the identity on random histories over related entities, and so is undoing it: 20 of them", async () => {
  await using world = await createWorld();
  await createLab(world);
  const lab = new Lab(world);
  const done = { updated: 0, inserted: 0, deleted: 0 };
  let fixes = 0;
  for (const [base, work] of history(20, 20261126)) {
    const from = await begin(world, lab, base);
    const before = await contents(world.sql);
    for (const each of work) await lab.take("member", each);
    const after = await contents(world.sql);
    const scope = { from, org_id: "acme" };
    const what = JSON.stringify(work);
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    const shown = await preview(world, scope);
    assertEquals(
      shown.counts.conflicts,
      0,
      what + JSON.stringify(shown.records.filter(({ conflict }) => conflict)),
    );
    assertEquals(await contents(world.sql), after, "a preview changes nothing");
    const standing = await fixesSince(world, from);
    const undone = await undo(world, scope);
    assertEquals(await contents(world.sql), before, what);
    const taken = await fixesSince(world, from);
    assertEquals(taken.forgotten, 0, `a fix is marked as taken back, so that it is not made again: ${what}`);
    const redone = await undo(world, { undo: undone.undo_id });
    assertEquals(await contents(world.sql), after, `again: ${what}`);
    assertEquals({ ...await fixesSince(world, from) }, { ...standing }, what);
    await undo(world, { undo: redone.undo_id });
    assertEquals(await contents(world.sql), before, `once more: ${what}`);
    assertEquals({ ...await fixesSince(world, from) }, { ...taken }, what);
    fixes += standing.standing;
    for (const key of ["updated", "inserted", "deleted"] as const) done[key] += undone.counts[key];
  }
  assert(Math.min(...Object.values(done)) > 10, JSON.stringify(done));
  assert(fixes > 10, `${fixes} fixes`);
});

/** Each field of each record that somebody wrote last, as audit has it: whoever undoes the other's work may not touch these. */
async function lastWords(world: World, actor: string, from: string): Promise<Map<string, unknown>> {
  const rows = await world.sql`
    select distinct on (e.entity_type, e.record_key, f.key) e.entity_type || ' ' || e.record_key || ' ' || f.key as field, e.actor::text, e.cause_kind, f.value
    from governance.audit_events e cross join lateral jsonb_each(e.after) f
    where e.occurred_at >= ${from}::text::timestamptz and e.entity_type in ('parent', 'child', 'note', 'hold')
    order by e.entity_type, e.record_key, f.key, e.id desc`;
  return new Map(
    rows.filter((row) => row["actor"] === actor && row["cause_kind"] === null).map((
      { field, value },
    ) => [field, value]),
  );
}

/** The fields of all records as they are. */
async function fields(world: World): Promise<Map<string, unknown>> {
  const rows = await world.sql`
    with records as (
      select 'parent' as entity, id::text as key, to_jsonb(r) as record from lab.parents r union all select 'child', id, to_jsonb(r) from lab.children r
      union all select 'note', jsonb_build_array(org_id, number::text)::text, to_jsonb(r) from lab.notes r union all select 'hold', id::text, to_jsonb(r) from lab.holds r)
    select entity || ' ' || r.key || ' ' || f.key as field, f.value from records r cross join lateral jsonb_each(r.record) f`;
  return new Map(rows.map(({ field, value }) => [field, value]));
}

Deno.test("what somebody else wrote last is never overwritten, whatever two people did: 20 random histories", async () => {
  await using world = await createWorld();
  await createLab(world);
  const lab = new Lab(world);
  let conflicts = 0, written = 0;
  for (const [base, work] of history(20, 7)) {
    const from = await begin(world, lab, base);
    for (const [place, each] of work.entries()) {
      await lab.take(place % 3 === 0 ? "colleague" : "member", each);
    }
    const [own] = await world
      .sql`select count(*)::int as n from governance.audit_events where actor = ${actors.member} and occurred_at >= ${from}::text::timestamptz`;
    if (own!["n"] === 0) continue;
    const before = await fields(world);
    const theirs = await lastWords(world, actors.colleague, from);
    const scope = { actor: actors.member, from };
    const shown = await preview(world, scope);
    const what = JSON.stringify(work);
    const undone = await undo(world, scope, "steward", "skip");
    assertEquals(undone.counts, shown.counts, `a preview says what happens: ${what}`);
    const after = await fields(world);
    // A record of theirs that we deleted comes back as they left it.
    for (const [field, value] of theirs) {
      if (before.has(field) || after.has(field)) {
        assertEquals(after.get(field), before.get(field) ?? value, `${field}: ${what}`);
      }
    }
    for (const { entity_type, record_key } of undone.conflicts) {
      for (const [field, value] of before) {
        if (field.startsWith(`${entity_type} ${record_key} `)) {
          assertEquals(after.get(field), value, `${field}: ${what}`);
        }
      }
    }
    conflicts += undone.counts.conflicts;
    written += undone.counts.records - undone.counts.conflicts;
  }
  assert(conflicts > 3 && written > 60, `${conflicts} conflicts, ${written} written`);
});
