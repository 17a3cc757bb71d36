/** Runs under faults, as many as the gate has time for; `deno task faults` runs more. @module */
import { assert, assertEquals } from "@std/assert";
import { openArena } from "./arena.ts";
import { runOnce } from "./run.ts";
import { noticed, SABOTAGES } from "./sabotage.ts";

/** Seeds that have failed, with what the product did wrong. */
const REGRESSIONS = {
  8: "an old verdict came over that of a rule in the write",
  13: "nothing closed the issue of an organization's own rule that was gone",
};

Deno.test("what must be true stays true while everything around fails", async (t) => {
  await using arena = await openArena();
  for (const [seed, was] of Object.entries(REGRESSIONS)) {
    await t.step(`no more: ${was}`, async () => {
      const { findings } = await runOnce(arena, { seed: Number(seed) });
      assertEquals(findings, []);
    });
  }
  for (const sabotage of SABOTAGES) {
    await t.step(`the checker notices that ${sabotage.name}`, async () => {
      assert(await noticed(arena, sabotage) !== null);
    });
  }
});
