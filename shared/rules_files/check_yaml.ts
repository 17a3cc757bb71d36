import { type Document, isScalar, type LineCounter, type Scalar, visit } from "yaml";
import type { Place } from "./fault.ts";

/** A fault of the YAML itself, before it is a rule. */
export type YamlFault = Place & { readonly message: string };

/**
 * What the parser found, and what a rule's file has no use for because a reviewer could not read it off the page.
 * `isReadable`: there is a value that could be checked further; the parser did not lose its way, and nothing multiplies.
 */
export function checkYaml(
  document: Document.Parsed,
  lines: LineCounter,
): { faults: YamlFault[]; isReadable: boolean } {
  let isReadable = document.errors.every(({ code }) => code === "DUPLICATE_KEY");
  const faults: YamlFault[] = [...document.errors, ...document.warnings].map(({ message, pos, code }) => ({
    ...at(lines, pos[0]),
    message: code === "DUPLICATE_KEY" ? "the key stands here twice" : firstLine(message),
  }));
  const fault = (node: { range?: readonly number[] | null | undefined }, message: string) =>
    void faults.push({ ...at(lines, node.range?.[0] ?? 0), message });
  visit(document, {
    Alias: (_, node) => {
      isReadable = false;
      fault(node, "a rule's file has no aliases: write it out");
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || typeof key.value !== "string") {
        fault(key as Scalar, "a key is a plain text");
      }
    },
    Node: (_, node) => {
      if ("anchor" in node && node.anchor) fault(node, "a rule's file has no anchors: write it out");
    },
    Scalar: (_, node) => {
      if (typeof node.value === "number" && !isExact(node)) {
        fault(node, `${node.source} is not kept exactly as a number: write it as text, in quotes`);
      }
    },
  });
  return { faults, isReadable };
}

/** JSON takes finite numbers, and JavaScript keeps 15 digits of them. */
function isExact({ value, source }: Scalar): boolean {
  if (!Number.isFinite(value)) return false;
  const digits = (source ?? "").replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+|0+$/g, "");
  return digits.length <= 15;
}

function at(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function firstLine(message: string): string {
  const [line] = message.split("\n");
  return line!.replace(/ at line \d+, column \d+:?$/, "");
}
