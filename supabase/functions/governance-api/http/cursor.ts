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

/** Packs a place to go on from: the sort key of a page's last row, or what the database has answered as one. */
export function encodeCursor(key: readonly unknown[]): Cursor {
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * A page of a list under its name, and where to go on.
 *
 * @param rows one more than the limit where there are more
 * @param key what the list is sorted by, of the page's last row
 */
export function pageOf<Name extends string, Row>(
  name: Name,
  rows: readonly Row[],
  limit: number,
  key: (last: Row) => readonly unknown[],
) {
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? encodeCursor(key(page.at(-1)!)) : null;
  return { [name]: page, next } as Record<Name, Row[]> & { next: Cursor | null };
}

/**
 * Unpacks a cursor.
 *
 * @param at where the request has it
 * @throws {ApiProblem} request-invalid for one that no page has answered
 */
export function decodeCursor<T extends z.ZodType>(
  cursor: Cursor,
  key: T,
  at = "/query/cursor",
): z.output<T> {
  try {
    const text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return key.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    throw requestInvalid([{ at, message: "This is no cursor that a page has answered." }]);
  }
}
