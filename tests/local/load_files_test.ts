import { assertEquals, assertRejects } from "@std/assert";
import { checkExport } from "../../local/load/check_export.ts";
import { InputErrors } from "../../local/load/mod.ts";
import { parentsFirst } from "../../local/load/parents_first.ts";
import { makeSalesExport, salesFile, type SalesFiles } from "../helpers/sales_export.ts";

async function faultsOf(files: SalesFiles): Promise<string[]> {
  await using folder = await makeSalesExport(files);
  const error = await assertRejects(() => checkExport(folder.dir), InputErrors) as InputErrors;
  return error.errors.map((fault) => fault.message.replace(folder.dir, "DIR"));
}

const pipeline = salesFile("sales_pipeline.csv");

Deno.test("checkExport() counts the rows of an export that is in order", async () => {
  await using folder = await makeSalesExport();
  assertEquals(await checkExport(folder.dir), { accounts: 3, products: 2, teams: 1, pipeline: 4 });
});

Deno.test("checkExport() reads a byte order mark, quoted line breaks, and columns in another order", async () => {
  await using folder = await makeSalesExport({
    "products.csv": '\uFEFFsales_price,extra,product,series\n5,x,"Pallet\nLift","a ""b"" c"\n',
  });
  assertEquals((await checkExport(folder.dir)).products, 1);
});

const faulty: readonly [what: string, files: SalesFiles, faults: readonly string[]][] = [
  ["a missing file", { "products.csv": null }, ["products.csv is missing: there is no DIR/products.csv."]],
  ["an empty file", { "products.csv": "" }, ["products.csv is empty: its first line must name the columns."]],
  ["a missing column", { "products.csv": "product,price\nA,1\n" }, [
    'products.csv, line 1 has no column "series", "sales_price"; its columns are "product", "price".',
  ]],
  ["a column that is named twice", { "products.csv": "product,series,sales_price,series\n" }, [
    'products.csv, line 1 names the column "series" twice.',
  ]],
  ["a line with too few fields, behind an empty line and a quoted line break", {
    "sales_pipeline.csv": `${pipeline}\r\nD5,"Ri\nley",,,,,,\r\nD6,x\r\n`,
  }, ["sales_pipeline.csv, line 9 has 2 fields where the first line names 8 columns."]],
  ["a quote that does not end", { "products.csv": 'product,series,sales_price\nA,"B,1\n' }, [
    'products.csv, line 2 is no CSV at character 1: extraneous or missing " in quoted-field.',
  ]],
  ["a file that is no UTF-8", { "products.csv": new Uint8Array([0xff, 0xfe, 0x0a]) }, [
    "products.csv, line 1 is not UTF-8 text.",
  ]],
  ["values of the wrong type, all of them", {
    "sales_pipeline.csv": `${pipeline}D5,x,y,z,Won,2026-02-30,03/01/2026,1.000,50\r\n`.replace(
      "1.000,50",
      "1e3",
    ),
  }, [
    'sales_pipeline.csv, line 6, column "engage_date" is "2026-02-30", which is not a date like 2026-11-23.',
    'sales_pipeline.csv, line 6, column "close_date" is "03/01/2026", which is not a date like 2026-11-23.',
    'sales_pipeline.csv, line 6, column "close_value" is "1e3", which is not a number in plain digits.',
  ]],
  ["an empty key", { "products.csv": "product,series,sales_price\n ,B,1\n" }, [
    'products.csv, line 2, column "product" is empty.',
  ]],
  ["faults of several files", { "products.csv": null, "sales_teams.csv": "x\n" }, [
    "products.csv is missing: there is no DIR/products.csv.",
    'sales_teams.csv, line 1 has no column "sales_agent", "manager", "regional_office"; its columns are "x".',
  ]],
];

for (const [what, files, faults] of faulty) {
  Deno.test(`checkExport() names file, line and column of ${what}`, async () => {
    assertEquals(await faultsOf(files), faults);
  });
}

Deno.test("checkExport() counts all faults and shows the first twenty", async () => {
  await using folder = await makeSalesExport({
    "products.csv": "product,series,sales_price\n" + "A,B,x\n".repeat(30),
  });
  const error = await assertRejects(
    () => checkExport(folder.dir),
    InputErrors,
    "… and 10 more.",
  ) as InputErrors;
  assertEquals([error.errors.length, error.total], [20, 30]);
});

Deno.test("parentsFirst() puts parents before subsidiaries and leaves circles as they are", () => {
  const account = (name: string, subsidiary_of: string | null) => ({
    account: name,
    subsidiary_of,
    sector: null,
    year_established: null,
    revenue: null,
    employees: null,
    office_location: null,
  });
  const rows = [
    account("c", "b"),
    account("x", "y"),
    account("b", "a"),
    account("y", "x"),
    account("a", null),
    account("o", "elsewhere"),
  ];
  assertEquals(parentsFirst(rows).map((row) => row.account), ["a", "o", "b", "c", "x", "y"]);
});
