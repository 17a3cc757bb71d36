import type { FieldValue, Patch, PatchOperation } from "../schema/json_patch.ts";

/**
 * The patch that takes another one back: it tests what that one wrote, and restores what it tested.
 *
 * @throws {TypeError} when the patch replaces what it has not tested
 */
export function invertPatch(patch: Patch): Patch {
  const before = new Map<string, FieldValue>();
  const inverse: PatchOperation[][] = [];
  for (const { op, path, value } of patch) {
    const was = before.get(path);
    before.set(path, value);
    if (op === "test") continue;
    if (was === undefined) throw new TypeError(`The patch replaces "${path}" without testing it.`);
    inverse.unshift([{ op: "test", path, value }, { op: "replace", path, value: was }]);
  }
  return inverse.flat();
}
