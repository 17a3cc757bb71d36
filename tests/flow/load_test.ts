import { assertEquals, assertRejects } from "@std/assert";
import { InputErrors, loadSales } from "../../local/load/mod.ts";
import { tellStory } from "../../local/demo/story.ts";
import { makeSalesExport, salesFile } from "../helpers/sales_export.ts";
import { startTestStack } from "../helpers/stack.ts";
import { openSql } from "./support.ts";

Deno.test("a sales export is loaded, judged, and known again", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await using folder = await makeSalesExport();
  const options = { dir: folder.dir, organization: "Acme Sales" };
  const first = await loadSales(stack, options);

  await t.step("every record is written and each defect found, with what was meant", () => {
    assertEquals(first.written, { products: 2, accounts: 3, deals: 4 });
    assertEquals([first.refused.length, first.alreadyThere, first.fixed], [0, 0, 0]);
    assertEquals(
      first.issues.map((
        { rule_key, count, suggestions },
      ) => [rule_key, count, suggestions.map(({ value }) => value)]).sort(),
      [
        ["account-industry-known", 1, ["Healthcare"]],
        ["deal-needs-account-or-contact", 1, []],
        ["deal-product-in-catalogue", 1, ["Pallet Lift"]],
      ],
    );
    assertEquals([first.queue.pending, first.queue.leased, first.queue.dead], [0, 0, 0]);
  });

  await t.step("names that match exactly become references, money its full amount", async () => {
    const deals = await sql`
      select d.external_id, a.name as account, p.name as product, d.product_name, s.name as stage, d.status, d.amount
      from deals d left join accounts a on a.id = d.account_id left join products p on p.id = d.product_id
      left join pipeline_stages s on s.id = d.stage_id order by 1`;
    assertEquals([...deals].map((deal) => Object.values(deal)), [
      ["D1", "Acme Corporation", "Pallet Lift", "Pallet Lift", "Won", "won", "1054.00"],
      ["D2", "Baker, Lee & Co", null, "PalletLift", "Lost", "lost", "0.00"],
      ["D3", null, "Dock Crane", "Dock Crane", "Engaging", "open", null],
      ["D4", "Bluth", "Dock Crane", "Dock Crane", "Prospecting", "open", null],
    ]);
    const accounts = await sql`
      select a.name, p.name as parent, a.parent_name, a.annual_revenue
      from accounts a left join accounts p on p.id = a.parent_id order by 1`;
    assertEquals([...accounts].map((account) => Object.values(account)), [
      ["Acme Corporation", null, null, "500000.00"],
      ["Baker, Lee & Co", "Acme Corporation", "Acme Corporation", "1100040000.00"],
      ["Bluth", null, "Nowhere Ltd", null],
    ]);
  });

  await t.step("the same again writes nothing, and leaves corrections as they are", async () => {
    await sql`update deals set product_name = 'Pallet Lift' where external_id = 'D2'`;
    const again = await loadSales(stack, options);
    assertEquals(again.written, { products: 0, accounts: 0, deals: 0 });
    assertEquals(again.alreadyThere, 9);
    assertEquals(again.issues.map(({ rule_key }) => rule_key).sort(), [
      "account-industry-known",
      "deal-needs-account-or-contact",
    ]);
  });

  await t.step(
    "a later export of the same organization adds what is new, and names what is refused",
    async () => {
      await using later = await makeSalesExport({
        "sales_pipeline.csv": salesFile("sales_pipeline.csv") +
          "D5,x,Dock Crane,Bluth,Won,2026-01-02,2026-03-01,-5\r\nD6,x,Dock Crane,Bluth,Won,2026-01-02,2026-03-01,5\r\nD6,x,,,Won,,,\r\n",
      });
      const more = await loadSales(stack, { ...options, dir: later.dir });
      assertEquals(more.written, { products: 0, accounts: 0, deals: 1 });
      assertEquals(
        more.refused.map(({ external_id, reason }) => [external_id, reason.replace(/.*constraint /, "")]),
        [
          ["D5", '"deal_amount_is_not_negative"'],
          ["D6", "stands in the export twice; the first one was taken"],
        ],
      );
    },
  );

  await t.step("an export that is not in order writes nothing", async () => {
    await using bad = await makeSalesExport({ "sales_teams.csv": null });
    await assertRejects(
      () => loadSales(stack, { dir: bad.dir, organization: "Never" }),
      InputErrors,
      "sales_teams.csv is missing",
    );
    assertEquals((await sql`select from organizations where name = 'Never'`).length, 0);
  });
});

Deno.test("the demo's story holds", async () => {
  await using stack = await startTestStack();
  const log = console.log;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    await tellStory(stack);
  } finally {
    console.log = log;
  }
  assertEquals(lines.filter((line) => /^\n/.test(line)).length, 4, "four chapters");
});
