import { dirname, toFileUrl } from "@std/path";
import type { BootOptions } from "./bootstrap.ts";
import type { FunctionConfig } from "./read_config.ts";

// Deno needs these to start and to find its packages; a function does not see them.
const SYSTEM = [
  "HOME",
  "PATH",
  "TMPDIR",
  "DENO_DIR",
  "XDG_CACHE_HOME",
  "NPM_CONFIG_REGISTRY",
  "npm_config_registry",
  "NPM_CONFIG_USERCONFIG",
  "npm_config_userconfig",
  "DENO_AUTH_TOKENS",
  "JSR_URL",
];
// Deno reads these whenever it opens a connection, so they stay.
const NETWORK = [
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "SSL_CERT_FILE",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];
const QUIET = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_NO_PACKAGE_JSON: "1", DENO_NO_PROMPT: "1" };

function inherited(names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** The options by which Deno resolves a function's imports as the Supabase CLI does when it bundles it. */
export function resolutionArgs(config: FunctionConfig): string[] {
  if (config.importMap === null) return ["--no-config"];
  if (/deno\.jsonc?$/.test(config.importMap)) return ["--config", config.importMap];
  return ["--no-config", "--import-map", config.importMap];
}

/** Environment of a Deno that only looks at a function. */
export function toolEnv(): Record<string, string> {
  return { ...inherited(SYSTEM), ...inherited(NETWORK), ...QUIET };
}

/** What a process is started with. */
export interface SpawnOptions {
  readonly config: FunctionConfig;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** Shown in the command line, so that the reaper knows the process. */
  readonly mark: string;
  readonly token: string;
}

/** Starts a function's process with the permissions that hosted gives: network, environment, reading its own folder. */
export function spawnFunction(options: SpawnOptions): Deno.ChildProcess {
  const { config } = options;
  const system = { ...inherited(SYSTEM), ...QUIET };
  const hide = Object.keys(system).filter((name) => !(name in options.env));
  const boot: Omit<BootOptions, "token"> = { hide: [...hide, "EDGE_TOKEN"] };
  const bootstrap = import.meta.resolve("./bootstrap.ts");
  // Both imports are literals: code that Deno finds by itself needs no permission to be read.
  const main = `/* ${options.mark} */
    import { boot } from ${JSON.stringify(bootstrap)};
    await boot(() => import(${JSON.stringify(toFileUrl(config.entrypoint).href)}),
      { token: Deno.env.get("EDGE_TOKEN"), ...${JSON.stringify(boot)} });`;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      ...resolutionArgs(config),
      `--v8-flags=--max-old-space-size=${options.memoryMb}`,
      "--allow-net",
      "--allow-env",
      "--allow-sys",
      `--allow-read=${dirname(config.entrypoint)}`,
      `data:application/typescript,${encodeURIComponent(main)}`,
    ],
    clearEnv: true,
    env: { ...system, ...inherited(NETWORK), ...options.env, EDGE_TOKEN: options.token },
    cwd: dirname(config.entrypoint),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
