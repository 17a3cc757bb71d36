import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node, type ParsedNode } from "yaml";
import type { Place } from "./fault.ts";

export type Path = readonly (string | number)[];

/**
 * Where what a path leads to stands; of what is not there, the nearest that it would stand in. `isName`: what is wrong
 * is the name of the last part, not what it says.
 */
export function placeOf(document: Document.Parsed, lines: LineCounter, path: Path, isName = false): Place {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const part of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      // What is wrong with a whole field is told where its name stands.
      offset = startOf(pair?.key) ?? offset;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      offset = startOf(next) ?? offset;
    }
    if (next === undefined || next === null) break;
    node = next;
  }
  // A single value is what is wrong itself; a group is told by its name.
  if (!isName && isScalar(node) && node !== document.contents) offset = startOf(node) ?? offset;
  const { line, col } = lines.linePos(offset ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The parts of an RFC 6901 pointer. */
export function parsePointer(pointer: string): string[] {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<ParsedNode & Node> | null | undefined)?.range?.[0];
}
