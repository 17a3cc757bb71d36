import { z } from "zod";

/** A value as it is delivered: text, a boolean, or null. */
export const fieldValueSchema = z.union([z.string(), z.boolean(), z.null()]);
export type FieldValue = z.infer<typeof fieldValueSchema>;

/** The two operations (RFC 6902) that a patch of one record is made of. */
export const patchOperationSchema = z.strictObject({
  op: z.enum(["test", "replace"]),
  path: z.string().regex(/^\/(?:[^~/]|~[01])+$/),
  value: fieldValueSchema,
});
export type PatchOperation = z.infer<typeof patchOperationSchema>;

/** A patch: `test` operations carry what was, `replace` operations what shall be. */
export const patchSchema: z.ZodType<PatchOperation[]> = z.array(patchOperationSchema);
export type Patch = readonly PatchOperation[];
