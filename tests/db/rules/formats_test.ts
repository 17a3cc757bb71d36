import { assertEquals, assertStringIncludes } from "@std/assert";
import { EMAIL_PATTERN } from "../../../shared/normalize/mod.ts";
import { POSTAL_PATTERNS } from "../../../shared/rules/formats/postal_patterns.ts";
import { URL_PATTERN } from "../../../shared/rules/formats/url_pattern.ts";
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

Deno.test("SQL and TypeScript hold the same patterns", async () => {
  await using world = await createWorld();
  const [row] = await world
    .sql`select governance_private.email_pattern() as email, governance_private.url_pattern() as url,
    governance_private.postal_patterns() as postal`;
  assertEquals({ ...row }, { email: EMAIL_PATTERN, url: URL_PATTERN, postal: POSTAL_PATTERNS });
});

const long = (n: number) => "a".repeat(n);

const emails: [string | null, boolean | null][] = [
  ["ann@example.com", true],
  ["Ann.O'Hara+x@mail.example.co.uk", true],
  ["a@b", true],
  ["ann@example..com", false],
  [".ann@example.com", false],
  ["ann@@example.com", false],
  ["ann@example.com ", false],
  ["ann example@example.com", false],
  ["ann", false],
  ["", false],
  ["änn@example.com", false],
  [`${long(64)}@b.c`, true],
  [`${long(65)}@b.c`, false],
  [`a@${`${long(60)}.`.repeat(4)}${long(8)}`, true],
  [`a@${`${long(60)}.`.repeat(4)}${long(9)}`, false],
  ["ann@example.com\n", false],
  [null, null],
];

const urls: [string | null, boolean | null][] = [
  ["https://example.com", true],
  ["HTTP://Example.COM:8080/a/b?c=d#e", true],
  ["example.com", true],
  ["www.example.co.uk/", true],
  ["example.com?x", true],
  ["https://müller.de/straße", true],
  ["https://例え.テスト", true],
  ["xn--mller-kva.example.xn--p1ai", true],
  ["example", false],
  ["localhost:3000", false],
  ["ftp://example.com", false],
  ["javascript:alert(1)", false],
  ["https://ann:secret@example.com", false],
  ["https://example.com/a b", false],
  ["https://-a.com", false],
  ["https://a-.com", false],
  ["http://127.0.0.1", false],
  ["https://a\u2003b.com", false],
  ["https://example.com:123456", false],
  [`${long(64)}.com`, false],
  ["ann@example.com", false],
  ["", false],
  [null, null],
];

for (const [operator, table] of [["isEmail", emails], ["isUrl", urls]] as const) {
  Deno.test(`${operator} says the same in both executions`, async () => {
    await using world = await createWorld();
    await addCustomers(world.sql, ...table.map(([email], n) => ({ id: String(n).padStart(3, "0"), email })));
    const both = await outcomes(world, "customer", and(is("email", operator)));
    const named = (found: Record<string, unknown>) =>
      Object.entries(found).map(([id, outcome]) => [table[Number(id)]![0], outcome]);
    assertEquals(named(both.sql), table.map((row) => [...row]));
    assertEquals(both.typescript, both.sql);
  });
}

Deno.test("isPostalCode goes by the record's country, its organization's, or the rule's", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const table: [code: string | null, country: string | null, outcome: boolean | null, org?: string][] = [
    ["12345", "US", true],
    ["12345-6789", "United States", true],
    ["123456789", "usa", true],
    ["1234", "US", false],
    ["K1A 0B1", "Canada", true],
    ["k1a0b1", "CA", true],
    ["D1A 0B1", "CA", false],
    ["SW1A 1AA", "U.K.", true],
    ["SW1A", "GB", false],
    ["1011 AB", "NL", true],
    ["01067", "Germany", true],
    ["1067", "Germany", false],
    ["01067", null, true],
    ["01067", " ", true],
    ["0106", null, false],
    ["10001-1234", null, true, "globex"],
    ["999077", "Hong Kong", null],
    ["1010", "Österreich", null],
    ["12345", "Atlantis", null],
    ["12345", "constructor", null],
    [null, "US", null],
    [" 12345", "US", false],
  ];
  await addCustomers(
    sql,
    ...table.map(([name, state, , org_id = "acme"], n) => ({
      id: `n${String(n).padStart(2, "0")}`,
      name,
      state,
      org_id,
    })),
  );
  const both = await outcomes(world, "customer", and(is("name", "isPostalCode", "state", "field")));
  assertEquals(Object.values(both.sql), table.map(([, , outcome]) => outcome));
  assertEquals(both.typescript, both.sql);

  const fixed = await outcomes(world, "customer", and(is("name", "isPostalCode", "US")));
  assertEquals(fixed.typescript, fixed.sql);
  assertEquals(fixed.sql["n04"], false);
  const own = await outcomes(world, "customer", and(is("name", "isPostalCode")));
  assertEquals(own.typescript, own.sql);
  assertEquals([own.sql["n10"], own.sql["n15"]], [true, true]);
});

Deno.test("isPhone is judged by evaluate, by the record's country or its organization's", async () => {
  await using world = await createWorld();
  const table: [phone: string | null, country: string | null, outcome: boolean | null, org?: string][] = [
    ["+1 213 373 4253", null, true],
    ["(213) 373-4253", "US", true],
    ["(213) 373-4253", "United States", true],
    ["030 901820", null, true],
    ["030 901820", null, true, "acme"],
    ["(213) 373-4253", null, true, "globex"],
    ["12", "US", false],
    ["call me", "US", false],
    ["(213) 373-4253", "Atlantis", null],
    [null, "US", null],
  ];
  await addCustomers(
    world.sql,
    ...table.map(([name, state, , org_id = "acme"], n) => ({
      id: `n${String(n).padStart(2, "0")}`,
      name,
      state,
      org_id,
    })),
  );
  const { typescript } = await outcomes(world, "customer", and(is("name", "isPhone", "state", "field")));
  const keys = Object.keys(typescript).sort();
  assertEquals(keys.map((key) => typescript[key]), table.map(([, , outcome]) => outcome));
});

Deno.test("patterns may block, a phone number may not", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const rule = { entity_type: "customer", message: "{email} is none." };
  await saveBlock(sql, { ...rule, condition: and(is("email", "isEmail")) });
  await quiet(sql);
  await addCustomers(sql, { id: "1", email: "ann@example.com" }, { id: "2" });
  const refusal = await refused(addCustomers(sql, { id: "3", email: "ann@@example.com" }));
  assertStringIncludes(refusal.message, "ann@@example.com is none.");
  const phone = await refused(
    saveBlock(sql, { ...rule, rule_key: "phone", condition: and(is("name", "isPhone")) }),
  );
  assertStringIncludes(phone.message, "isPhone");
});

Deno.test("a format's right side is a country or nothing", async () => {
  await using world = await createWorld();
  const wrong: [unknown, at: string, words: string][] = [
    [is("email", "isEmail", "US"), "/value", "no value"],
    [is("email", "isUrl", "US"), "/value", "no value"],
    [is("name", "isPostalCode", "Germany"), "/value", "code of a country"],
    [is("name", "isPostalCode", "HK"), "/value", "not known"],
    [is("name", "isPostalCode", 5), "/value", "code of a country"],
    [is("name", "isPostalCode", "land", "field"), "/value", '"land"'],
    [is("name", "isPostalCode", "is_active", "field"), "/value", "class boolean"],
    [is("name", "isPhone", "germany"), "/value", "code of a country"],
    [is("name", "isPhone", "XX"), "/value", "no country with the code XX"],
    [is("name", "isPostalCode", "XX"), "/value", "no country with the code XX"],
    [is("is_active", "isEmail"), "/operator", "class boolean"],
  ];
  for (const [comparison, at, words] of wrong) {
    const refusal = await refused(
      saveRule(world.sql, { entity_type: "customer", message: "M.", condition: and(comparison) }),
    );
    assertEquals(refusal.detail.faults[0].at, `/condition/rules/0${at}`);
    assertStringIncludes(refusal.detail.faults[0].message, words);
  }
});
