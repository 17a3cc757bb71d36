import { join } from "@std/path";

/** The four files of a small sales export, by name. Overrides replace a file; null leaves it out. */
export type SalesFiles = Readonly<Record<string, string | Uint8Array | null>>;

const files: SalesFiles = {
  "accounts.csv": `account,sector,year_established,revenue,employees,office_location,subsidiary_of
"Baker, Lee & Co",Retail,1996,1100.04,2822,United States,Acme Corporation
Acme Corporation,Helthcare,1991,0.5,1016,Kenya,
Bluth,IT,2009,,,,Nowhere Ltd
`,
  "products.csv": "product,series,sales_price\nPallet Lift,Lifts,550\nDock Crane,Cranes,4821.50\n",
  "sales_teams.csv": "sales_agent,manager,regional_office\nRiley Chen,Sam Ortiz,East\n",
  "sales_pipeline.csv":
    `opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\r
D1,Riley Chen,Pallet Lift,Acme Corporation,Won,2026-01-02,2026-03-01,1054\r
D2,Riley Chen,PalletLift,"Baker, Lee & Co",Lost,2026-01-02,2026-03-01,0\r
D3,Riley Chen,Dock Crane,,Engaging,2026-01-02,,\r
D4,Riley Chen,Dock Crane,Bluth,Prospecting,,,\r
`,
};

/** A folder with a small sales export, removed at the end of the block. */
export async function makeSalesExport(
  overrides: SalesFiles = {},
): Promise<{ dir: string } & AsyncDisposable> {
  const dir = await Deno.makeTempDir({ prefix: "sales-export-" });
  for (const [name, content] of Object.entries({ ...files, ...overrides })) {
    if (content === null) continue;
    await Deno.writeFile(
      join(dir, name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

/** The text of one of the files as it is without overrides. */
export function salesFile(name: string): string {
  return files[name] as string;
}
