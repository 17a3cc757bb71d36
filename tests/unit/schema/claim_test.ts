import { assertEquals, assertThrows } from "@std/assert";
import { claimedBatchSchema, claimedRecordSchema } from "../../../shared/schema/claim.ts";
import { patchSchema } from "../../../shared/schema/json_patch.ts";

const BATCH = {
  lease_id: "l",
  lease_seconds: 60,
  entity_type: "lead",
  rules_version: "1",
  rules: null,
  classes: null,
  now: "2026-11-23T10:00:00.000000Z",
  lookups: null,
  records: [],
  more: false,
};

Deno.test("a claimed batch keeps keys that are an object's own machinery", () => {
  const lookups = JSON.parse(
    '{"s": {"o": {"__proto__": {"member": true}, "constructor": {"member": false}}}}',
  );
  const values = claimedBatchSchema.parse({ ...BATCH, lookups }).lookups.get("s")?.get("o");
  assertEquals([...values?.keys() ?? []], ["__proto__", "constructor"]);
  assertEquals(values?.get("constructor"), {
    member: false,
    candidates: [],
    case_sensitive: true,
    agrees: null,
    canonical: null,
  });
});

Deno.test("a claimed batch may leave out what is empty", () => {
  const batch = claimedBatchSchema.parse(BATCH);
  assertEquals([batch.lookups.size, batch.normalizer_maps.size], [0, 0]);
});

Deno.test("a claimed batch that is not as agreed is refused", () => {
  const wrong = [
    { lease_id: 5 },
    { classes: { a: "colour" } },
    { lookups: { s: { o: { v: { member: "yes" } } } } },
    { lookups: [] },
    {
      records: {},
    },
    { lease_seconds: 0 },
  ];
  for (const parts of wrong) {
    assertThrows(
      () => claimedBatchSchema.parse({ ...BATCH, ...parts }),
      Error,
      undefined,
      JSON.stringify(parts),
    );
  }
  assertThrows(() => claimedBatchSchema.parse(null));
});

Deno.test("a record carries text, booleans and null, and nothing that JavaScript could have corrupted", () => {
  const record = {
    key: "k",
    token: 1,
    queue_ids: [],
    event_id: null,
    org_id: "o",
    exists: true,
    verify_only: false,
  };
  const parsed = claimedRecordSchema.parse({ ...record, fields: { a: "1", b: true, c: null } });
  assertEquals([...parsed.fields], [["a", "1"], ["b", true], ["c", null]]);
  assertEquals([parsed.default_country, parsed.dangling, parsed.undone], [null, [], []]);
  for (const value of [1, {}, []]) {
    assertThrows(() => claimedRecordSchema.parse({ ...record, fields: { a: value } }));
  }
});

Deno.test("a patch is made of tests and replacements of columns", () => {
  const accepted = [
    [{ op: "test", path: "/a", value: null }, { op: "replace", path: "/a~1b", value: true }],
    [],
  ];
  const refused = [
    [{ op: "remove", path: "/a" }],
    [{ op: "replace", path: "a", value: "x" }],
    [{ op: "replace", path: "/a/b", value: "x" }],
    [{
      op: "replace",
      path: "/a~2",
      value: "x",
    }],
    [{ op: "replace", path: "/a", value: 1 }],
    [{ op: "replace", path: "/a" }],
  ];
  for (const patch of accepted) assertEquals(patchSchema.safeParse(patch).success, true);
  for (const patch of refused) {
    assertEquals(patchSchema.safeParse(patch).success, false, JSON.stringify(patch));
  }
});
