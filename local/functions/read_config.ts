import { dirname, join, resolve } from "@std/path";
import { parse } from "@std/toml";
import { z } from "zod";

const Config = z.object({
  functions: z.record(
    z.string(),
    z.object({
      enabled: z.boolean().default(true),
      verify_jwt: z.boolean().default(true),
      entrypoint: z.string().optional(),
      import_map: z.string().optional(),
    }),
  ).default({}),
});

/** How one function is started. Paths are absolute. */
export interface FunctionConfig {
  readonly name: string;
  readonly verifyJwt: boolean;
  readonly entrypoint: string;
  /** A `deno.json`, or a bare import map; null where there is neither. */
  readonly importMap: string | null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The Supabase CLI's order: the function's own file, then one for all functions. */
function findImportMap(functionsDir: string, name: string): string | null {
  const folder = join(functionsDir, name);
  const candidates = [
    join(folder, "deno.json"),
    join(folder, "deno.jsonc"),
    join(folder, "import_map.json"),
    join(functionsDir, "deno.json"),
    join(functionsDir, "import_map.json"),
  ];
  return candidates.find(isFile) ?? null;
}

function foldersOf(functionsDir: string): string[] {
  try {
    return [...Deno.readDirSync(functionsDir)].filter((entry) => entry.isDirectory).map((entry) =>
      entry.name
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Lists the functions: every folder of `functionsDir` with an entrypoint, as `[functions.<name>]` of `config.toml` says,
 * and every function that only `config.toml` names. Folders that begin with `_` or `.` hold shared code.
 */
export function readFunctions(configToml: string, functionsDir: string): Map<string, FunctionConfig> {
  const text = isFile(configToml) ? Deno.readTextFileSync(configToml) : "";
  const result = Config.safeParse(parse(text));
  if (!result.success) throw new Error(`${configToml} is not valid:\n${z.prettifyError(result.error)}`);
  const settings = result.data.functions;
  // Paths in config.toml are relative to its folder, `supabase/`.
  const base = dirname(configToml);
  const names = new Set([...foldersOf(functionsDir), ...Object.keys(settings)]);
  const functions = new Map<string, FunctionConfig>();
  for (const name of [...names].filter((name) => /^[A-Za-z][\w-]*$/.test(name)).toSorted()) {
    const own = settings[name];
    const entrypoint = own?.entrypoint ? resolve(base, own.entrypoint) : join(functionsDir, name, "index.ts");
    if (own?.enabled === false || !isFile(entrypoint)) continue;
    functions.set(name, {
      name,
      verifyJwt: own?.verify_jwt ?? true,
      entrypoint,
      importMap: own?.import_map ? resolve(base, own.import_map) : findImportMap(functionsDir, name),
    });
  }
  return functions;
}
