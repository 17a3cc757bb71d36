import type { CodePointRange } from "./pattern_node.ts";

/** The ASCII classes that a backslash names; their capitals are the negations. */
export const NAMED_CLASSES: ReadonlyMap<string, readonly CodePointRange[]> = new Map([
  ["d", [[0x30, 0x39]]],
  ["w", [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]],
  // Tab, line feed, vertical tab, form feed, carriage return, space.
  ["s", [[0x09, 0x0d], [0x20, 0x20]]],
]);

/** The control characters that a backslash names. */
export const NAMED_CHARACTERS: ReadonlyMap<string, string> = new Map([["n", "\n"], ["t", "\t"], ["r", "\r"]]);

/** The characters that a backslash makes literal. */
export const META_CHARACTERS = "\\.^$|()[]{}?*+-/";
