import { parseArgs } from "@std/cli/parse-args";

/** A command line that cannot be understood; the message says which part. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a command understands. */
export interface FlagSpec {
  readonly boolean?: readonly string[];
  readonly string?: readonly string[];
  /** Whether words that are no flags are allowed. */
  readonly words?: boolean;
}

/** Values of flags; `_` has the other words. */
export interface Flags {
  readonly _: readonly string[];
  readonly [name: string]: string | boolean | undefined | readonly string[];
}

/**
 * Parses a command line.
 *
 * @throws {UsageError} that names what it does not know or what lacks a value.
 */
export function parseFlags(args: readonly string[], spec: FlagSpec): Flags {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: [...spec.boolean ?? []],
    string: [...spec.string ?? []],
    unknown: (arg: string) => {
      if (arg.startsWith("-")) unknown.push(arg.split("=")[0]!);
      else if (!spec.words) unknown.push(arg);
      return !arg.startsWith("-");
    },
  }) as Record<string, unknown> & { _: unknown[] };
  if (unknown.length > 0) {
    throw new UsageError(`Unknown: ${unknown.map((arg) => `"${arg}"`).join(", ")}. See --help.`);
  }
  for (const name of spec.string ?? []) {
    if (flags[name] === "") throw new UsageError(`--${name} needs a value. See --help.`);
  }
  return { ...flags, _: flags._.map(String) } as unknown as Flags;
}

/** A port number from a flag's text. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port needs a number from 0 to 65535, not "${text}".`);
}
