/** A number with more digits than JavaScript keeps, or with digits that it would drop; JSON gets all of them. */
export class ExactNumber {
  constructor(readonly text: string) {}

  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }

  toString(): string {
    return this.text;
  }
}

declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** Parses JSON and keeps every digit of its numbers: those that JavaScript would round become {@linkcode ExactNumber}. */
export function parseExactJson(text: string): unknown {
  // The reviver makes parsing several times slower, and few bodies need it.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, keepDigits);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return String(value) === context.source ? value : new ExactNumber(context.source);
}
