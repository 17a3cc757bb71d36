import { Document, isMap, isScalar, type Node, parseDocument, Scalar, visit } from "yaml";
import { FIELD_ORDER, inOrder, type RuleFile } from "./rule_file.ts";

const FORMAT = { lineWidth: 100, indent: 2 } as const;
/** Words that other readers of YAML take for something else than text are quoted. */
const CREATE = { version: "1.2", compat: "yaml-1.1", aliasDuplicateObjects: false } as const;

/** The text of a rule's file: the same for the same rule, whatever the order of its keys. */
export function writeRuleFile(rule: RuleFile): string {
  const document = new Document(inOrder(rule), CREATE);
  visit(document, { Scalar: (key, node) => key === "key" ? undefined : setStyle(node) });
  return document.toString(FORMAT);
}

/**
 * The text of a rule's file where there is one already: what says the same stays as it is written, and comments stay
 * with what they stand at.
 */
export function updateRuleFile(text: string, rule: RuleFile): string {
  const document = parseDocument(text, CREATE);
  const { contents } = document;
  if (document.errors.length > 0 || !isMap(contents)) return writeRuleFile(rule);
  const fields = inOrder(rule);
  const said = document.toJS() as Record<string, unknown>;
  let changed = false;
  for (const key of Object.keys(said)) {
    if (key in fields || said[key] === null) continue;
    document.delete(key);
    changed = true;
  }
  for (const [key, value] of Object.entries(fields)) {
    if (isSame(said[key], value)) continue;
    const node = document.createNode(value, { aliasDuplicateObjects: false });
    visit(node as Node, { Scalar: (at, scalar) => at === "key" ? undefined : setStyle(scalar) });
    document.set(key, node);
    changed = true;
  }
  if (!changed) return text;
  const rank = (key: unknown) => FIELD_ORDER.indexOf((isScalar(key) ? key.value : key) as keyof RuleFile);
  contents.items.sort((a, b) => rank(a.key) - rank(b.key));
  return document.toString(FORMAT);
}

/** Long texts as blocks, where a block gives back what it was made of. */
function setStyle(node: Scalar): void {
  if (typeof node.value !== "string") return;
  const text = node.value;
  const isPlain = !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\ufeff]/u.test(text.replaceAll("\n", "")) &&
    !/^\s|[ \t](\n|$)/.test(text);
  if (isPlain && text.includes("\n")) node.type = Scalar.BLOCK_LITERAL;
  else if (isPlain && text.length > 80 && !/ {2}/.test(text)) node.type = Scalar.BLOCK_FOLDED;
  else if (!isPlain) node.type = Scalar.QUOTE_DOUBLE;
}

/** Whether two values are the same, whatever the order of their keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame((a as never)[key], (b as never)[key]));
}
