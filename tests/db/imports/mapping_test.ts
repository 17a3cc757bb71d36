import { assert, assertEquals } from "@std/assert";
import { addOrders, createWorld, refused } from "../support/mod.ts";
import { call, commitAll, rowsOf, sameNames, stageCells } from "./support.ts";

Deno.test("formats are what the mapping says: nothing is guessed, and what is written otherwise is named by its field", async () => {
  await using world = await createWorld();
  const columns = ["id", "amount", "due_on", "paid_at"];
  const rows = [
    ["a", "1.234,50", "31.12.2026", "31/12/2026 14:30"],
    ["b", "1234,5", "1.2.2026", ""],
    ["c", "1234.5", "12/31/2026", ""],
    ["d", "1,234.50", "2026-12-31", ""],
    ["e", "-7", "30.02.2026", ""],
  ];
  const german = await stageCells(world, "member", columns, rows, {
    mapping: sameNames(columns, {
      amount: { decimal: "," },
      due_on: { date: "dmy" },
      paid_at: { date: "dmy" },
    }),
  });
  await commitAll(world, "member", german.import_id);
  const read = await rowsOf(world.sql, german.import_id);
  assertEquals(read.map(({ state }) => state), [
    "written",
    "written",
    "quarantined",
    "quarantined",
    "quarantined",
  ]);
  assertEquals(
    read.slice(2).map(({ reasons }) => reasons.flatMap((reason: { fields: string[] }) => reason.fields)),
    [
      ["amount", "due_on"],
      ["amount", "due_on"],
      ["due_on"],
    ],
  );
  const stored = await world.sql`select id, amount, due_on::text, paid_at from shop.orders order by id`;
  assertEquals([...stored].map(({ id, amount, due_on }) => [id, amount, due_on]), [
    ["a", "1234.50", "2026-12-31"],
    ["b", "1234.50", "2026-02-01"],
  ]);
  assertEquals(stored[0]!["paid_at"].toISOString(), "2026-12-31T14:30:00.000Z");

  // Without formats: numbers with a point, ISO dates, and nothing else.
  const plain = await stageCells(
    world,
    "member",
    columns,
    rows.map(([id, ...cells]) => [`${id}2`, ...cells]),
    {
      mapping: sameNames(columns),
    },
  );
  await commitAll(world, "member", plain.import_id);
  const strict = await rowsOf(world.sql, plain.import_id);
  assertEquals(strict.map(({ state }) => state), Array(5).fill("quarantined"));
  const again = await stageCells(world, "member", columns, [[
    "z",
    "1234.5",
    "2026-12-31",
    "2026-12-31T14:30:00+02:00",
  ]], {
    mapping: sameNames(columns),
  });
  await commitAll(world, "member", again.import_id);
  const [z] = await world.sql`select amount, due_on::text, paid_at from shop.orders where id = 'z'`;
  assertEquals([z!["amount"], z!["due_on"], z!["paid_at"].toISOString()], [
    "1234.50",
    "2026-12-31",
    "2026-12-31T12:30:00.000Z",
  ]);
});

Deno.test("a record that is there already: its row waits, is passed over, or changes it, as the mode says", async () => {
  await using world = await createWorld();
  const columns = ["id", "note"];
  const run = async (mode: string, cells: string[][], match_on: string[] = []) => {
    const staged = await stageCells(world, "member", columns, cells, {
      mode,
      match_on,
      mapping: sameNames(columns),
    });
    await commitAll(world, "member", staged.import_id);
    return (await rowsOf(world.sql, staged.import_id)).map((
      { state, verdict, operation, same_as },
    ) => [state, verdict, operation, same_as === null ? null : Number(same_as)]);
  };
  await addOrders(world.sql, { id: "old", note: "as it was" }, { id: "other", note: "twin" }, {
    id: "third",
    note: "twin",
  });
  const note = async () => (await world.sql`select note from shop.orders where id = 'old'`)[0]!["note"];
  assertEquals(await run("insert", [["old", "x"], ["n1", "x"], ["n1", "y"]]), [
    ["quarantined", "same_key", "none", null],
    ["written", "written", "insert", null],
    ["quarantined", "same_key", "none", 2],
  ]);
  assertEquals(await run("insert_missing", [["old", "x"], ["n2", "x"]]), [
    ["skipped", "same_key", "none", null],
    ["written", "written", "insert", null],
  ]);
  assertEquals(await note(), "as it was");
  assertEquals(await run("upsert", [["old", "new"], ["n3", "x"]]), [
    ["written", "written", "update", null],
    ["written", "written", "insert", null],
  ]);
  assertEquals(await note(), "new");
  assertEquals(await run("upsert", [["q", "twin"], ["old", "new"]], ["note"]), [
    ["quarantined", "same_key", "none", null],
    ["written", "written", "none", null],
  ]);
});

Deno.test("an external id is one of its source, with blanks aside", async () => {
  await using world = await createWorld();
  const org = "00000000-0000-4000-8000-0000000000aa";
  await world.sql`insert into public.organizations (id, name) values (${org}, 'Acme')`;
  await world
    .sql`insert into public.leads (org_id, last_name, external_id, source) values (${org}, 'Fair', '17', 'fair'), (${org}, 'None', '17', null)`;
  const rows = JSON.stringify([
    { n: 1, values: { external_id: " 17", source: "fair" } },
    { n: 2, values: { external_id: "17" } },
    { n: 3, values: { external_id: "17", source: "web" } },
    { n: 4, values: { external_id: " " } },
  ]);
  const found = await world
    .sql`select m.n, l.last_name from governance_private.match_records('lead', ${org}, array['external_id'], ${rows}::text::jsonb) m
    join public.leads l on l.id::text = any (m.record_keys) order by m.n`;
  assertEquals([...found].map(({ n, last_name }) => [Number(n), last_name]), [[1, "Fair"], [2, "None"]]);
});

Deno.test("mappings that make no sense are refused with all their faults, before anything is staged", async () => {
  await using world = await createWorld();
  const faults = async (mapping: unknown, match_on: string[] = []) => {
    const refusal = await refused(() =>
      stageCells(world, "member", ["id", "amount"], [["a", "1"]], { mapping, match_on })
    );
    return (refusal.detail as { faults: string[] }).faults;
  };
  assertEquals(
    (await faults({
      columns: [{ column: "id", field: "id" }, { column: "x", field: "id" }, {
        column: "amount",
        field: "colour",
        decimal: ";",
      }],
    }, ["tags"])).length,
    4,
  );
  assertEquals((await faults({ columns: [] })).length, 1);
  assertEquals((await faults({ columns: ["id"] })).length, 2);
  assertEquals((await faults({ columns: [{ column: "id", field: "org_id" }] })).length, 1);
  assertEquals((await faults({ columns: [{ column: "nowhere", field: "id" }] })).length, 1);
  assertEquals(
    (await faults({ columns: [{ column: "id", field: "id", date: "dmy" }], constants: { id: "x" } })).length,
    2,
  );
  assert((await world.sql`select from governance.import_rows`).length === 0);
  const changed = await stageCells(world, "member", ["id"], [["a"]]);
  assertEquals(
    (await refused(() =>
      call(world, "member", "change_import", {
        p_import_id: changed.import_id,
        p_changes: { mapping: { columns: [{ column: "id", field: "nope" }] } },
      })
    )).state,
    "PT422",
  );
});
