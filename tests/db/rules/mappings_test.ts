import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sql } from "postgres";
import {
  addCustomers,
  and,
  createWorld,
  is,
  outcomes,
  quiet,
  refused,
  saveBlock,
  saveRule,
} from "../support/mod.ts";

/** A mapping of a name's first two letters to the states that it may stand with. */
async function installMapping(sql: Sql, more: { case_sensitive?: boolean } = {}): Promise<void> {
  await sql`insert into governance.reference_sets (set_key, kind, case_sensitive, key_length, description)
    values ('area_state', 'mapping', ${more.case_sensitive ?? false}, 2, 'Area to state.')`;
  await sql`insert into governance.reference_values (set_key, org_id, value, canonical, alternatives) values
    ('area_state', null, '02', 'MA', '{Massachusetts}'),
    ('area_state', null, '06', 'CT', '{NY}'),
    ('area_state', null, 'Ab', 'AB', '{}'),
    ('area_state', 'globex', '02', 'RI', '{}')`;
}

const agrees = and(is("name", "agreesWith", { field: "state", mapping: "area_state" }));

Deno.test("agreesWith is true for what the mapping gives, false for what it does not, unknown where it knows nothing", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await installMapping(sql);
  const table: Record<
    string,
    [name: string | null, state: string | null, outcome: boolean | null, org?: string]
  > = {
    same: ["02139", "MA", true],
    written: ["02139-1234", "massachusetts", true],
    other: ["02139", "CT", false],
    "own-key": ["02", "MA", true],
    several: ["06390", "NY", true],
    "several-not": ["06390", "MA", false],
    folded: ["aB1", "ab", true],
    "not-in-mapping": ["99999", "MA", null],
    "too-short": ["0", "MA", null],
    empty: ["", "MA", null],
    "no-key": [null, "MA", null],
    "no-value": ["02139", null, null],
    "both-null": [null, null, null],
    blank: ["02139", " ", false],
    "org-adds": ["02139", "RI", true, "globex"],
    "org-keeps": ["02139", "MA", true, "globex"],
    "not-here": ["02139", "RI", false],
    hostile: ["02'; drop table shop.customers; --", "MA", true],
    __proto__key: ["__proto__", "constructor", null],
  };
  await addCustomers(
    sql,
    ...Object.entries(table).map(([id, [name, state, , org_id = "acme"]]) => ({ id, name, state, org_id })),
  );
  const wanted = Object.fromEntries(Object.entries(table).map(([id, [, , outcome]]) => [id, outcome]));
  const both = await outcomes(world, "customer", agrees);
  assertEquals(both.sql, wanted);
  assertEquals(both.typescript, wanted);
});

Deno.test("a mapping that minds letter case minds it on both sides", async () => {
  await using world = await createWorld();
  await installMapping(world.sql, { case_sensitive: true });
  await addCustomers(
    world.sql,
    { id: "a", name: "Abc", state: "AB" },
    { id: "b", name: "ABC", state: "AB" },
    { id: "c", name: "Abc", state: "ab" },
  );
  const both = await outcomes(world, "customer", agrees);
  assertEquals(both.sql, { a: true, b: null, c: false });
  assertEquals(both.typescript, both.sql);
});

Deno.test("agreesWith may block", async () => {
  await using world = await createWorld();
  await installMapping(world.sql);
  await saveBlock(world.sql, {
    entity_type: "customer",
    condition: agrees,
    message: "{name} is not in {state}.",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: "02139", state: "MA" });
  const refusal = await refused(addCustomers(world.sql, { id: "2", name: "02139", state: "NY" }));
  assertStringIncludes(refusal.message, "02139 is not in NY.");
  assertEquals(refusal.detail.violations[0].fields, ["name", "state"]);
});

Deno.test("a pair that cannot be judged is refused when the rule is saved", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await installMapping(sql);
  const wrong: [unknown, at: string, words: string][] = [
    [is("name", "agreesWith", "area_state"), "/value", "mapping"],
    [is("name", "agreesWith", { field: "state" }), "/value", "mapping"],
    [is("name", "agreesWith", { field: "stat", mapping: "area_state" }), "/value/field", '"stat"'],
    [
      is("name", "agreesWith", { field: "is_active", mapping: "area_state" }),
      "/value/field",
      "class boolean",
    ],
    [is("name", "agreesWith", { field: "state", mapping: "countries" }), "/value/mapping", "not a mapping"],
    [is("name", "agreesWith", { field: "state", mapping: "nothing" }), "/value/mapping", "not a mapping"],
    [is("is_active", "agreesWith", { field: "state", mapping: "area_state" }), "/operator", "class boolean"],
    [is("name", "inReference", "area_state"), "/value", "agreesWith"],
  ];
  for (const [comparison, at, words] of wrong) {
    const refusal = await refused(
      saveRule(sql, { entity_type: "customer", message: "M.", condition: and(comparison) }),
    );
    assertEquals(refusal.detail.faults[0].at, `/condition/rules/0${at}`);
    assertStringIncludes(refusal.detail.faults[0].message, words);
  }
});

Deno.test("the shipped mapping of ZIP codes knows the states by code and by name", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const table: [zip: string, state: string, outcome: boolean | null][] = [
    ["02139", "MA", true],
    ["02139-4307", "Massachusetts", true],
    ["90210", "ca", true],
    ["90210", "NY", false],
    ["06390", "NY", true],
    ["06390", "CT", true],
    ["20500", "District of Columbia", true],
    ["00601", "PR", true],
    ["99950", "AK", true],
    ["00000", "AK", null],
    ["SW1A 1AA", "AK", null],
  ];
  await addCustomers(sql, ...table.map(([name, state], n) => ({ id: `n${n + 10}`, name, state })));
  const both = await outcomes(
    world,
    "customer",
    and(is("name", "agreesWith", { field: "state", mapping: "us_zip_states" })),
  );
  assertEquals(Object.values(both.sql), table.map(([, , outcome]) => outcome));
  assertEquals(both.typescript, both.sql);
  const [size] =
    await sql`select count(*)::int as prefixes from governance.reference_values where set_key = 'us_zip_states'`;
  assertEquals(size!.prefixes, 931);
});
