/** Reads a variable; the platform's by default, so that tests can hand in their own. */
export type ReadVariable = (name: string) => string | undefined;

/** A variable is missing or unreadable: the function cannot work, and says which one. */
export class ConfigurationMissingError extends Error {
  override readonly name = "ConfigurationMissingError";
  readonly code = "configuration-missing";

  constructor(readonly variable: string, why: string) {
    super(`The environment variable ${variable} ${why}.`);
  }
}

/** The functions' environment, as hosted Supabase and the project's secrets fill it. */
export class Environment {
  constructor(readonly read: ReadVariable = (name) => Deno.env.get(name)) {}

  /** A variable that must be there. */
  require(name: string): string {
    const value = this.read(name);
    if (value === undefined || value === "") throw new ConfigurationMissingError(name, "is not set");
    return value;
  }

  /** The secret key named `default` of SUPABASE_SECRET_KEYS, or the only one. */
  secretKey(): string {
    const name = "SUPABASE_SECRET_KEYS";
    const keys = parseMap(this.require(name));
    if (keys === null) throw new ConfigurationMissingError(name, "is not a JSON map of names to keys");
    const key = keys.get("default") ?? (keys.size === 1 ? [...keys.values()][0] : undefined);
    if (key === undefined) throw new ConfigurationMissingError(name, 'has no key named "default"');
    return key;
  }

  /** A positive whole number, or what is to hold where nothing is set. */
  positiveInteger(name: string, otherwise: number): number {
    const text = this.read(name);
    if (text === undefined || text === "") return otherwise;
    if (!/^[1-9]\d{0,8}$/.test(text)) {
      throw new ConfigurationMissingError(name, `is "${text}", which is no positive whole number`);
    }
    return Number(text);
  }
}

function parseMap(text: string): Map<string, string> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return null;
    return new Map(
      Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return null;
  }
}
