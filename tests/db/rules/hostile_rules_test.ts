import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  is,
  or,
  refused,
  saveBlock,
  saveRule,
} from "../support/mod.ts";

/** What would do harm, or break the generated SQL, wherever a quote, a dollar or a percent sign is forgotten. */
const hostile = [
  "'; drop table shop.customers; --",
  "$$; drop table shop.customers; $$",
  "$body$; drop table shop.customers; select $body$",
  "$sql$ || pg_sleep(60) || $sql$",
  "100 % sure, %s and %I and %1$s and %%",
  "back\\slash \\' \\\\",
  'double "quoted"',
  "{status} inside",
  "line\nbreak",
  "emoji 🦕 and é",
];

for (const text of hostile) {
  Deno.test(`${JSON.stringify(text)} in a message and in values is shown and changes nothing`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    const message = text.includes("{") ? text : `${text} {note}`;
    await saveBlock(sql, {
      condition: and(is("note", "!=", text), is("note", "notIn", [text, "x"])),
      message,
    });
    const { detail } = await refused(addOrders(sql, { id: "1", status: "open", note: text }));
    const shown = text.includes("{") ? text.replace("{status}", "open") : `${text} ${text}`;
    assertEquals(detail.violations[0].message, shown);
    await addOrders(sql, { id: text, note: "harmless" });
    assertEquals((await sql`select id from shop.orders`)[0]!.id, text);
    assertEquals((await sql`select to_regclass('shop.customers') is not null as there`)[0]!.there, true);
  });
}

Deno.test("a placeholder inside a value stays what it is", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql, { condition: and(is("note", "!=", "{id} {amount}")), message: "Note {note}." });
  const { detail } = await refused(addOrders(world.sql, { id: "1", amount: "5", note: "{id} {amount}" }));
  assertEquals(detail.violations[0].message, "Note {id} {amount}.");
});

Deno.test("text operators look for the text itself, whatever it holds", async () => {
  await using world = await createWorld();
  const { sql } = world;
  for (const text of ["100%", "a_b", "\\", "'", "$body$", ".*"]) {
    const id = await saveBlock(sql, {
      condition: or(
        is("note", "contains", text),
        is("note", "beginsWith", text),
        is("note", "endsWith", text),
      ),
      message: "No.",
    });
    await addOrders(sql, { id: text, note: `${text}` });
    await refused(addOrders(sql, { id: "other", note: "1000 axb /" }));
    await sql`delete from governance.data_quality_rules where id = ${id}`;
  }
});

Deno.test("patterns with quotes, dollars, percent signs and backslashes run in a write", async () => {
  await using world = await createWorld();
  const { sql } = world;
  for (
    const [pattern, match] of [
      ["^'+$", "''"],
      ["^\\$body\\$$", "$body$"],
      ["^%s$", "%s"],
      ["^\\\\{2}$", "\\\\"],
      ["^[\"'$%]+$", "\"'$%"],
    ] as const
  ) {
    const id = await saveBlock(sql, { condition: and(is("note", "matches", pattern)), message: "No." });
    await addOrders(sql, { id: pattern, note: match });
    await refused(addOrders(sql, { id: "other", note: "something else" }));
    await sql`delete from governance.data_quality_rules where id = ${id}`;
  }
});

Deno.test("columns with quotes, blanks, dollars, percent signs and reserved names can be read by rules", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const names = ['say "hi"', "select", "Größe", "$body$", "100 %s", "it's"];
  await sql.unsafe(`
    create table shop."order ""of"" $body$ %s" (
      "the ""key""" text primary key, "org %I" text not null,
      ${names.map((name) => `"${name.replaceAll('"', '""')}" text`).join(", ")})`);
  await sql`select governance.register_entity('odd', ${'shop."order ""of"" $body$ %s"'}, p_org_column => 'org %I')`;
  for (const [n, name] of names.entries()) {
    await saveRule(sql, {
      rule_key: `odd-${n}`,
      entity_type: "odd",
      enforcement: n % 2 === 0 ? "block" : "issue",
      condition: and(is(name, "notNull")),
      message: "Missing {" + name + "}.",
    });
  }
  const { detail } = await refused(
    sql.unsafe(`insert into shop."order ""of"" $body$ %s" ("the ""key""", "org %I") values ('1', 'acme')`),
  );
  assertEquals(detail.rules, ["odd-0", "odd-2", "odd-4"]);
  await addCustomers(sql, { id: "still there" });
});

Deno.test("a message cannot smuggle a control character past its placeholders", async () => {
  await using world = await createWorld();
  const { state, detail } = await refused(saveBlock(world.sql, { message: "A\u0001amount\u0001" }));
  assertEquals([state, detail.code, detail.faults[0].at], ["PT422", "rule-invalid", "/message"]);
});
