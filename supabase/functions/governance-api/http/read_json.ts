import type { Fault } from "../../../../shared/errors.ts";
import { ApiProblem, requestInvalid } from "./api_problem.ts";

/** No record is nested deeper; Postgres and every recursive reader behind this can take it. */
const MAX_DEPTH = 32;

/**
 * Reads a JSON body of at most so many bytes.
 *
 * @throws {ApiProblem} too-large, media-type-unsupported, unreadable, or request-invalid for values that cannot be stored
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new ApiProblem("media-type-unsupported", {
      detail: `The body's content type is "${type.slice(0, 100)}".`,
      hint: "Send application/json.",
    });
  }
  const text = decode(await readBytes(request, maxBytes));
  const value = parse(text);
  const faults = unstorable(value);
  if (faults.length > 0) throw requestInvalid(faults);
  return value;
}

/** A value of JSON text with what speaks against storing it; of what is no JSON at all only that. */
export function parseStorable(text: string): { readonly value: unknown; readonly faults: readonly Fault[] } {
  try {
    const value = parse(text);
    return { value, faults: unstorable(value) };
  } catch (error) {
    if (error instanceof ApiProblem) return { value: null, faults: [{ at: "", message: error.message }] };
    throw error;
  }
}

/** The whole body, or a refusal as soon as it is known to be too long. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBytes) throw await tooLarge(request, maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(request)) {
    length += chunk.byteLength;
    if (length > maxBytes) throw await tooLarge(request, maxBytes);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  try {
    yield* request.body;
  } catch (error) {
    throw new ApiProblem("unreadable", { detail: "The body broke off." }, {}, error);
  }
}

function tooLarge(request: Request, maxBytes: number): Promise<ApiProblem> {
  const detail = `The body is larger than the ${maxBytes} bytes that this address takes.`;
  const refusal = new ApiProblem("too-large", { detail, context: { limit_bytes: maxBytes } });
  return (request.body?.locked ? Promise.resolve() : request.body?.cancel() ?? Promise.resolve())
    .then(() => refusal, () => refusal);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ApiProblem("unreadable", { detail: "The body is not valid UTF-8." }, {}, error);
  }
}

type ReviveWithSource = (key: string, value: unknown, context: { source?: string }) => unknown;

function parse(text: string): unknown {
  try {
    // A number that a double cannot hold would arrive as another one: then, and only then, the sources are looked at.
    if (!/\d[\d.]{15,}|\de\+?\d{2,}/i.test(text)) return JSON.parse(text);
    const keep: ReviveWithSource = (_key, value, { source }) =>
      typeof value === "number" && source !== undefined && losesDigits(source, value)
        ? new Inexact(source)
        : value;
    return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiProblem("unreadable", { detail: `The body is not JSON: ${why.slice(0, 200)}` }, {}, error);
  }
}

/** A number of the body that no double holds. */
class Inexact {
  constructor(readonly source: string) {}
}

function losesDigits(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return true;
  return significantDigits(source) > 15 && significantDigits(String(value)) < significantDigits(source);
}

function significantDigits(text: string): number {
  return text.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "").replace(/0+$/, "").length;
}

/** What Postgres cannot store or JavaScript cannot hold, with its place. Without recursion: the nesting is the caller's. */
function unstorable(root: unknown): Fault[] {
  const faults: Fault[] = [];
  const open: { value: unknown; at: string; depth: number }[] = [{ value: root, at: "/body", depth: 0 }];
  for (let next = open.pop(); next !== undefined && faults.length < 100; next = open.pop()) {
    const { value, at, depth } = next;
    if (typeof value === "string") {
      const why = unstorableText(value);
      if (why !== null) faults.push({ at, message: why });
    } else if (value instanceof Inexact) {
      const shown = value.source.slice(0, 60);
      faults.push({ at, message: `The number ${shown} loses digits here: send it as a text, in quotes.` });
    } else if (typeof value === "object" && value !== null) {
      if (depth >= MAX_DEPTH) {
        faults.push({
          at: at.slice(0, 200),
          message: `The value is nested deeper than ${MAX_DEPTH} levels.`,
        });
        continue;
      }
      for (const [key, inner] of Object.entries(value)) {
        const why = unstorableText(key);
        const place = `${at}/${key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`;
        if (why === null) open.push({ value: inner, at: place, depth: depth + 1 });
        else faults.push({ at, message: `A name is not storable. ${why}` });
      }
    }
  }
  return faults;
}

function unstorableText(text: string): string | null {
  if (text.includes("\0")) return "The text holds the character U+0000, which the database cannot store.";
  return text.isWellFormed() ? null : "The text holds half of a surrogate pair, which is no character.";
}
