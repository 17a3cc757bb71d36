import { type Flags, parseFlags, parsePort, UsageError } from "../cli/flags.ts";
import type { Target } from "./connect.ts";

export const help = `Rules as YAML files, one a rule, for git and CI.

  deno task rules export [flags]   writes the rules of the database into files
  deno task rules diff [flags]     says what importing the files would change; exits 1 when it would
  deno task rules import [flags]   takes the files in, all or none, after showing what that changes

  --dir <folder>       default: rules
  --org <id>           only rules of this organization
  --shared             only rules of all organizations
  --json               one line of JSON on standard output
  --help               this text

export
  --prune              removes the files of rules that there are no more
  --without-version    writes no version line, for files that go to another database
  --force              also over files that cannot be read

import and diff
  --retire-missing     deprecates rules that no file has
  --reason <text>      insists, where evidence is missing or most records violate a block rule
  --force              also over rules that were changed in the database meanwhile
  --yes                import without asking

which product; default: the one that runs here
  --port <number>      the running product's base port; default 54321
  --url <url>          a project's URL, with --key; default: SUPABASE_URL
  --key <key>          a secret or publishable key; default: SUPABASE_SECRET_KEY or SUPABASE_PUBLISHABLE_KEY.
                       SUPABASE_EMAIL and SUPABASE_PASSWORD sign a person in
  --database <url>     through the database itself; default: SUPABASE_DB_URL, where there is no URL

Exits with 0; 1: something would change, or nothing was confirmed; 2: faults, told with file, line and column; 3: no answer.`;

export type Verb = "export" | "import" | "diff";

/** What a command line says. */
export interface Options {
  readonly verb: Verb;
  readonly dir: string;
  readonly orgId: string | undefined;
  readonly target: Target;
  readonly reason: string | undefined;
  readonly json: boolean;
  readonly prune: boolean;
  readonly withoutVersion: boolean;
  readonly retireMissing: boolean;
  readonly force: boolean;
  readonly yes: boolean;
}

const switches = [
  "shared",
  "json",
  "help",
  "prune",
  "without-version",
  "retire-missing",
  "force",
  "yes",
] as const;
const only: Readonly<Record<string, readonly Verb[]>> = {
  "prune": ["export"],
  "without-version": ["export"],
  "retire-missing": ["import", "diff"],
  "reason": ["import", "diff"],
  "yes": ["import"],
};

/** Understands a command line; undefined: it asks for help. Throws {@linkcode UsageError}. */
export function readOptions(
  args: readonly string[],
  env: (name: string) => string | undefined,
): Options | undefined {
  const flags = parseFlags(args, {
    boolean: switches,
    string: ["dir", "org", "url", "key", "database", "port", "reason"],
    words: true,
  });
  if (flags["help"]) return undefined;
  const [verb, ...rest] = flags._;
  if (verb !== "export" && verb !== "import" && verb !== "diff" || rest.length > 0) {
    throw new UsageError("Say export, import or diff. See --help.");
  }
  for (const [name, verbs] of Object.entries(only)) {
    if (flags[name] && !verbs.includes(verb)) {
      throw new UsageError(`--${name} goes with ${verbs.join(" or ")}.`);
    }
  }
  if (flags["org"] && flags["shared"]) throw new UsageError("--org and --shared do not go together.");
  return {
    verb,
    dir: ((flags["dir"] as string | undefined) ?? "rules").replace(/(?<=.)\/+$/, ""),
    orgId: flags["shared"] ? "" : flags["org"] as string | undefined,
    target: readTarget(flags, env),
    reason: flags["reason"] as string | undefined,
    json: flags["json"] === true,
    prune: flags["prune"] === true,
    withoutVersion: flags["without-version"] === true,
    retireMissing: flags["retire-missing"] === true,
    force: flags["force"] === true,
    yes: flags["yes"] === true,
  };
}

function readTarget(flags: Flags, env: (name: string) => string | undefined): Target {
  const { url, key, database, port } = flags as Record<string, string | undefined>;
  if ([url, database, port].filter((one) => one !== undefined).length > 1) {
    throw new UsageError("--url, --database and --port do not go together.");
  }
  if (port !== undefined) return { kind: "running", port: parsePort(port) };
  if (database !== undefined) return { kind: "database", url: database };
  const restUrl = url ?? env("SUPABASE_URL");
  if (restUrl === undefined) {
    if (key !== undefined) throw new UsageError("--key needs --url.");
    const dbUrl = env("SUPABASE_DB_URL");
    return dbUrl === undefined ? { kind: "running", port: 54321 } : { kind: "database", url: dbUrl };
  }
  const email = env("SUPABASE_EMAIL");
  const password = env("SUPABASE_PASSWORD");
  if ((email === undefined) !== (password === undefined)) {
    throw new UsageError("SUPABASE_EMAIL and SUPABASE_PASSWORD go together.");
  }
  const keys = email === undefined
    ? ["SUPABASE_SECRET_KEY", "SUPABASE_PUBLISHABLE_KEY"]
    : ["SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"];
  const restKey = key ?? keys.map(env).find((one) => one !== undefined);
  if (restKey === undefined) throw new UsageError(`--url needs --key, or ${keys.join(" or ")}.`);
  const person = email === undefined ? {} : { person: { email, password: password! } };
  return { kind: "rest", url: restUrl, key: restKey, ...person };
}
