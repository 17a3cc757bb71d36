import { ExactNumber, parseExactJson } from "./exact_json.ts";

function exact(text: string): unknown {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  return String(number) === text ? number : new ExactNumber(text);
}

function isoInstant(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}

const asJson = (value: unknown): string => JSON.stringify(value);
const asBoolean = (value: unknown): string => value === true ? "t" : value === false ? "f" : String(value);
const asText = (value: unknown): string => String(value);

/**
 * How values of Postgres become JSON, as `to_json` writes them and hosted answers them; `@supabase/lite` would answer a
 * string for `12.50`, round a `bigint` and leave instants in Postgres's own form. `NaN` and the infinities stay text.
 */
export const jsonTypes = {
  // A filter's value arrives as the text that was sent.
  bool: { to: 16, from: [16], serialize: asBoolean, parse: (text: string) => text === "t" },
  numeric: { to: 1700, from: [1700], serialize: asText, parse: exact },
  bigint: { to: 20, from: [20], serialize: asText, parse: exact },
  timestamp: { to: 1114, from: [1114], serialize: (value: unknown) => value, parse: isoInstant },
  json: { to: 114, from: [114], serialize: asJson, parse: parseExactJson },
  jsonb: { to: 3802, from: [3802], serialize: asJson, parse: parseExactJson },
  timestamptz: { to: 1184, from: [1184], serialize: (value: unknown) => value, parse: isoInstant },
};
