import { assertEquals } from "@std/assert";
import { Doorbell } from "../../../supabase/functions/_shared/doorbell.ts";
import type { DrainReport } from "../../../supabase/functions/evaluate/drain.ts";
import { silent } from "./build.ts";

const EMPTY: DrainReport = { isMoreLeft: false, claimed: 0, failed: 0, counts: {} };

/** A doorbell whose drains wait until the test lets them end. */
function heldDoorbell() {
  const ends: ((report: DrainReport) => void)[] = [];
  const counts = { running: 0, most: 0, rungNext: 0 };
  const doorbell: Doorbell = new Doorbell({
    log: silent,
    drain: async () => {
      counts.running++;
      counts.most = Math.max(counts.most, counts.running);
      const report = await new Promise<DrainReport>((resolve) => ends.push(resolve));
      counts.running--;
      return report;
    },
    ringNext: () => {
      counts.rungNext++;
      return Promise.resolve();
    },
  });
  return { doorbell, ends, counts };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("rings during a drain start no competitor, and one drain follows for all of them", async () => {
  const { doorbell, ends, counts } = heldDoorbell();
  const rings = [doorbell.ring(), doorbell.ring(), doorbell.ring()];
  assertEquals(ends.length, 1);
  ends[0]?.(EMPTY);
  await turn();
  assertEquals(ends.length, 2);
  ends[1]?.(EMPTY);
  await Promise.all(rings);
  assertEquals([ends.length, counts.most], [2, 1]);
});

Deno.test("a ring at the very end of a drain is not lost", async () => {
  const { doorbell, ends } = heldDoorbell();
  const first = doorbell.ring();
  // The ring comes in the same turn in which the drain ends, and in each of the turns after.
  for (let round = 0; round < 20; round++) {
    const before = ends.length;
    ends[before - 1]?.(EMPTY);
    for (let turns = 0; turns < round; turns++) await Promise.resolve();
    void doorbell.ring();
    await turn();
    assertEquals(ends.length, before + 1);
  }
  ends.at(-1)?.(EMPTY);
  await first;
});

Deno.test("a drain that leaves something rings the next, unless somebody has rung already", async () => {
  const { doorbell, ends, counts } = heldDoorbell();
  const alone = doorbell.ring();
  ends[0]?.({ ...EMPTY, isMoreLeft: true });
  await alone;
  assertEquals(counts.rungNext, 1);
  const joined = [doorbell.ring(), doorbell.ring()];
  ends[1]?.({ ...EMPTY, isMoreLeft: true });
  await turn();
  ends[2]?.(EMPTY);
  await Promise.all(joined);
  assertEquals([ends.length, counts.rungNext], [3, 1]);
});

Deno.test("a drain that breaks, or a next that cannot be rung, harms no later ring", async () => {
  let drains = 0;
  const doorbell = new Doorbell({
    log: silent,
    drain: () => {
      drains++;
      return drains === 1
        ? Promise.reject(new Error("broken"))
        : Promise.resolve({ ...EMPTY, isMoreLeft: true });
    },
    ringNext: () => Promise.reject(new Error("nobody there")),
  });
  await doorbell.ring();
  await doorbell.ring();
  assertEquals(drains, 2);
});
