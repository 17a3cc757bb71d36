import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { rulePath } from "../../../shared/rules_files/mod.ts";

const names = fc.record({
  entity_type: fc.string({ unit: "binary" }),
  rule_key: fc.string({ unit: "binary" }),
  org_id: fc.option(fc.string({ unit: "binary", maxLength: 400 })),
}).filter((rule) => Object.values(rule).every((text) => text === null || text.isWellFormed()));

Deno.test("whatever a rule is called, its file lies in the folder, under a name that every system takes", () => {
  fc.assert(fc.property(names, (rule) => {
    const [folder, file, ...more] = rulePath(rule).split("/");
    assertEquals(more, []);
    for (const name of [folder!, file!.replace(/\.yaml$/, "")]) {
      assert(/^[a-z0-9_%@~-]+$/.test(name), name);
      assert(!/^(con|prn|aux|nul|com\d|lpt\d)$/.test(name));
    }
    assert(file!.length < 250);
  }));
});

Deno.test("different rules have different files, where case does not count as well", () => {
  const upper = fc.constantFrom(
    "a",
    "A",
    "@",
    "%",
    "%41",
    "á",
    ".",
    "..",
    "/",
    "con",
    "a".repeat(200),
    "a".repeat(201),
  );
  const similar = fc.record({ entity_type: upper, rule_key: upper, org_id: fc.option(upper) });
  fc.assert(fc.property(similar, similar, (a, b) => {
    fc.pre(JSON.stringify(a) !== JSON.stringify(b));
    assertNotEquals(rulePath(a).toLowerCase(), rulePath(b).toLowerCase());
  }));
});

Deno.test("ordinary rules have ordinary names", () => {
  assertEquals(rulePath({ entity_type: "deal_stage", rule_key: "won-deal" }), "deal_stage/won-deal.yaml");
  assertEquals(
    rulePath({ entity_type: "deal", rule_key: "won-deal", org_id: "0b9f7a34-1111-4000-8000-000000000001" }),
    "deal/won-deal@0b9f7a34-1111-4000-8000-000000000001.yaml",
  );
});
