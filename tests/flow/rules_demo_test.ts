import { assertEquals, assertRejects } from "@std/assert";
import { StoryError } from "../../local/demo/read.ts";
import { tellRulesStory } from "../../local/demo/rules/story.ts";
import { makeSalesExport, salesFile } from "../helpers/sales_export.ts";
import { startTestStack } from "../helpers/stack.ts";

/** Won deals, every sixth of a product that the catalogue writes otherwise. */
const pipeline = (deals: number) =>
  salesFile("sales_pipeline.csv").split("\r\n")[0] + "\r\n" +
  Array.from({ length: deals }, (_, n) => {
    const product = n % 6 === 0 ? "PalletLift" : "Dock Crane";
    return `D${n},Riley Chen,${product},Acme Corporation,Won,2026-01-02,2026-03-01,${100 + n}\r\n`;
  }).join("");

async function tell(deals: number): Promise<string[]> {
  await using stack = await startTestStack();
  await using folder = await makeSalesExport({ "sales_pipeline.csv": pipeline(deals) });
  const log = console.log;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    await tellRulesStory(stack, folder.dir);
  } finally {
    console.log = log;
  }
  return lines;
}

Deno.test("the story of an admin's hour with rules holds on a small export", async () => {
  const lines = await tell(120);
  assertEquals(lines.filter((line) => /^\n/.test(line)).length, 8, "eight chapters");
  const has = (text: string) => lines.some((line) => line.includes(text));
  // Twenty of 120, of which five are corrected.
  for (
    const text of [
      "15 of 120 violate it now",
      "would have refused 20 of 125",
      "5 by a person",
      "2 of 112 writes",
    ]
  ) {
    assertEquals(has(text), true, text);
  }
});

Deno.test("the story fails where it does not hold", async () => {
  const error = await assertRejects(() => tell(1), StoryError);
  assertEquals(error.message, "No record violates the rule.");
});
