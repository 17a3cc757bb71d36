import { assert, assertEquals } from "@std/assert";
import { createWorld, evaluateAll } from "../support/mod.ts";
import { answer, readBlocks } from "./run_page.ts";

Deno.test("docs/govern-your-own-table.md does what it says", async () => {
  await using world = await createWorld();
  const blocks = readBlocks(await Deno.readTextFile("docs/govern-your-own-table.md"));
  assert(blocks.length > 10);
  for (const block of blocks) {
    const given = await answer(world.sql, block);
    if (block.shown !== undefined) assertEquals(given, block.shown, block.sql);
    else assert(!given.startsWith("ERROR"), `${given}${block.sql}`);
    await evaluateAll(world); // the moment that the page speaks of
  }
});
