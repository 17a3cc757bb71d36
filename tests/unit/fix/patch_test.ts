import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { RecordChangedError } from "../../../shared/errors.ts";
import { applyPatch, invertPatch, patchOfChanges } from "../../../shared/fix/mod.ts";

Deno.test("a patch is applied whole or not at all", () => {
  const record = { a: "1", b: "2" };
  const patch = patchOfChanges([{ field: "a", from: "1", to: "9" }, {
    field: "b",
    from: "changed",
    to: "9",
  }]);
  const error = assertThrows(() => applyPatch(record, patch), RecordChangedError, 'changed meanwhile in "b"');
  assertEquals(error.fields, ["b"]);
  assertEquals(record, { a: "1", b: "2" });
});

Deno.test("column names that JSON Pointer must escape come back as they were", () => {
  for (const field of ["a/b", "a~b", "~1", "~0/", "with space", "ü", "__proto__"]) {
    const record = Object.fromEntries([[field, "old"]]);
    const patch = patchOfChanges([{ field, from: "old", to: "new" }]);
    if (field === "__proto__") assertThrows(() => applyPatch(record, patch));
    else assertEquals(applyPatch(record, patch)[field], "new");
  }
});

Deno.test("what is not tested cannot be taken back", () => {
  assertThrows(() => invertPatch([{ op: "replace", path: "/a", value: "1" }]), TypeError, "without testing");
});

Deno.test("a patch and its inverse cancel", () => {
  const value = fc.oneof(fc.constant(null), fc.boolean(), fc.string({ unit: "binary", maxLength: 8 }));
  const fields = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d/e", "~f"), { minLength: 1 });
  fc.assert(fc.property(fields, fc.array(value, { minLength: 10, maxLength: 10 }), (names, values) => {
    const changes = names.map((field, index) => ({
      field,
      from: values[2 * index] ?? null,
      to: values[2 * index + 1] ?? null,
    }));
    const before = Object.fromEntries(changes.map(({ field, from }) => [field, from]));
    const patch = patchOfChanges(changes);
    const after = applyPatch(before, patch);
    assertEquals(applyPatch(after, invertPatch(patch)), before);
    assertEquals(invertPatch(invertPatch(patch)), patch);
  }));
});
