const COMPARISONS = new Set(["eq", "neq", "gt", "gte", "lt", "lte"]);
const RESERVED = new Set(["select", "order", "limit", "offset", "on_conflict", "columns", "apikey"]);
const TREES = /^(.+\.)?(not\.)?(and|or)$/;
const MODIFIER = /\.(select|order|limit|offset)$/;
// What looks like a filter is one, also among the arguments of a function called by GET.
const OPERATION =
  /^(not\.)?(eq|neq|gte?|lte?|i?like|i?match|in|is|isdistinct|cs|cd|ov|s[lr]|nx[lr]|adj|w?fts|p[lh]fts)(\(\w*\))?\./;

/**
 * Writes the filters of a query so that `@supabase/lite` compares what was sent. It reads an unquoted value as JSON reads
 * one: `12.50` becomes `12.5`, `null` becomes null and spaces around a text vanish, whatever the column's type; a quoted
 * one it leaves alone. PostgREST leaves all of them to Postgres.
 */
export function exactFilters(search: string, isFunctionCall: boolean): string {
  const params = new URLSearchParams(search);
  const exact = [...params].map(([key, value]): [string, string] => {
    if (RESERVED.has(key) || MODIFIER.test(key)) return [key, value];
    if (TREES.test(key)) return [key, exactTree(value)];
    if (isFunctionCall && !OPERATION.test(value)) return [key, quoted(value)];
    return [key, exactOperation(value)];
  });
  return exact.length === 0 ? "" : `?${new URLSearchParams(exact)}`;
}

function exactOperation(text: string): string {
  const [prefix, operator] = split(text);
  const value = text.slice(prefix.length);
  if (COMPARISONS.has(operator)) return `${prefix}${quoted(value)}`;
  if (operator === "in" && value.startsWith("(") && value.endsWith(")")) {
    return `${prefix}(${partsOf(value.slice(1, -1)).map(quotedElement).join(",")})`;
  }
  return text;
}

/** The part up to the operator's dot, and the operator. */
function split(text: string): [prefix: string, operator: string] {
  const [prefix = "", operator = ""] = /^(?:not\.)?(\w+)\./.exec(text) ?? [];
  return [prefix, operator];
}

/** Objects and arrays are read as such. */
function quoted(value: string): string {
  return /^[[{]/.test(value) ? value : `"${value}"`;
}

function quotedElement(element: string): string {
  return element.startsWith('"') ? element : `"${element.replace(/["\\]/g, "\\$&")}"`;
}

/** `(a.eq.1,not.or(b.is.null,c.in.(x,y)))` */
function exactTree(tree: string): string {
  if (!tree.startsWith("(") || !tree.endsWith(")")) return tree;
  const parts = partsOf(tree.slice(1, -1)).map((part) => {
    const [, name, inner] = /^((?:not\.)?(?:and|or))(\(.*\))$/s.exec(part.trim()) ?? [];
    if (name !== undefined && inner !== undefined) return `${name}${exactTree(inner)}`;
    const [, column, operation] = /^("(?:[^"\\]|\\.)*"|[^.]+)\.(.*)$/s.exec(part) ?? [];
    if (column === undefined || operation === undefined) return part;
    const value = operation.slice(split(operation)[0].length);
    return value.startsWith('"') ? part : `${column}.${exactOperation(operation)}`;
  });
  return `(${parts.join(",")})`;
}

/** Splits at the commas that are outside of quotes, parentheses and braces. */
function partsOf(list: string): string[] {
  const parts: string[] = [];
  let [depth, inQuotes, start] = [0, false, 0];
  for (let i = 0; i < list.length; i++) {
    const character = list[i];
    if (inQuotes && character === "\\") i++;
    else if (character === '"') inQuotes = !inQuotes;
    else if (inQuotes) continue;
    else if (character === "(" || character === "{") depth++;
    else if (character === ")" || character === "}") depth--;
    else if (character === "," && depth === 0) {
      parts.push(list.slice(start, i));
      start = i + 1;
    }
  }
  return list === "" ? [] : [...parts, list.slice(start)];
}
