import type { Patch, PatchOperation } from "../../schema/json_patch.ts";
import type { FieldValue } from "../../schema/json_patch.ts";

/** One field's way from what was to what shall be. */
export interface FieldChange {
  readonly field: string;
  readonly from: FieldValue;
  readonly to: FieldValue;
}

/** A JSON Patch (RFC 6902) that tests what was before it replaces it. */
export function patchOfChanges(changes: readonly FieldChange[]): Patch {
  return changes.flatMap(({ field, from, to }): PatchOperation[] => {
    const path = `/${field.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return [{ op: "test", path, value: from }, { op: "replace", path, value: to }];
  });
}
