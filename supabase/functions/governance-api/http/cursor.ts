import { z } from "zod";
import { requestInvalid } from "./api_problem.ts";

/** Where a page ended, opaque to the caller: given back, the next page begins behind it. */
export const cursorSchema = z.string().regex(/^[\w-]{1,1000}$/, "This is no cursor that a page has answered.")
  .describe("What the page before has answered as `next`.");
export type Cursor = z.output<typeof cursorSchema>;

/** How many of a list, and where to go on. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: cursorSchema.optional(),
};

/** Packs the sort key of a page's last row. */
export function encodeCursor(key: readonly unknown[]): Cursor {
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Unpacks a cursor.
 *
 * @throws {ApiProblem} request-invalid for one that no page has answered
 */
export function decodeCursor<T extends z.ZodType>(cursor: Cursor, key: T): z.output<T> {
  try {
    const text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return key.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    throw requestInvalid([{ at: "/query/cursor", message: "This is no cursor that a page has answered." }]);
  }
}
