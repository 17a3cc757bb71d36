import { join, resolve } from "@std/path";
import { edgeError } from "./answers.ts";
import { FunctionHost, type HostOptions } from "./function_host.ts";
import { HOSTED_LIMITS } from "./limits.ts";
import { printLog } from "./log.ts";
import { readFunctions } from "./read_config.ts";
import { Reaper } from "./reaper.ts";
import type { Functions, FunctionsOptions } from "./types.ts";
import { createJwtCheck } from "./verify_jwt.ts";
import { FunctionWatcher } from "./watch_functions.ts";

const GRACE_MS = 5_000;
const IDLE_POLL_MS = 20;
const PLATFORM_ENV = { SB_REGION: "local", DENO_REGION: "local", DENO_DEPLOYMENT_ID: "local" };
const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Makes the edge functions of `supabase/functions/` callable. Each runs in a process of its own, started at its first call
 * (or at once with `eager`) and replaced when its files change or it misbehaves.
 */
export function startFunctions(options: FunctionsOptions): Promise<Functions> {
  return Promise.resolve(new Runtime(options));
}

class Runtime implements Functions {
  readonly #configToml: string;
  readonly #functionsDir: string;
  readonly #hostOptions: HostOptions;
  readonly #check;
  readonly #watcher: FunctionWatcher | undefined;
  readonly #hosts = new Map<string, FunctionHost>();
  #stopped: Promise<void> | undefined;

  constructor(options: FunctionsOptions) {
    const supabase = join(resolve(options.projectDir), "supabase");
    this.#configToml = resolve(options.configToml ?? join(supabase, "config.toml"));
    this.#functionsDir = resolve(options.functionsDir ?? join(supabase, "functions"));
    this.#check = createJwtCheck(options.env);
    const mark = `edge-functions-${crypto.randomUUID()}`;
    this.#hostOptions = {
      env: { ...PLATFORM_ENV, ...options.env },
      limits: { ...HOSTED_LIMITS, ...options.limits },
      mark,
      reaper: new Reaper(mark),
      log: options.log ?? printLog,
      started: (host) => void this.#watcher?.follow(host.config),
    };
    this.#refresh();
    if (options.watch ?? true) {
      this.#watcher = new FunctionWatcher(
        this.#configToml,
        (name) => this.#hosts.get(name)?.reload(this.#hosts.get(name)!.config),
        () => this.#refresh(),
      );
    }
    if (options.eager) void this.warm();
  }

  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const [, name = "", rest = ""] = /^\/functions\/v1\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    if (this.#stopped) return edgeError("SHUTTING_DOWN");
    if (!this.#hosts.has(name)) this.#refresh();
    const host = this.#hosts.get(name);
    if (!host) return edgeError("NOT_FOUND");
    if (!METHODS.has(request.method)) return edgeError("METHOD_NOT_ALLOWED");
    // A browser asks without credentials before it sends any.
    if (host.config.verifyJwt && request.method !== "OPTIONS") {
      const refused = await this.#check(request);
      if (refused) return edgeError(refused);
    }
    const path = `/${name}${rest}`;
    return await host.fetch(request, path, `${url.origin}${path}${url.search}`);
  }

  stats() {
    return [...this.#hosts.values()].map((host) => host.stats());
  }

  async idle(timeoutMs = 30_000): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (this.stats().some(({ busy }) => busy > 0)) {
      if (Date.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, IDLE_POLL_MS));
    }
    return true;
  }

  async warm(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.warm()));
  }

  stop(graceMs = GRACE_MS): Promise<void> {
    this.#stopped ??= this.#end(graceMs);
    return this.#stopped;
  }

  async #end(graceMs: number): Promise<void> {
    this.#watcher?.close();
    await Promise.all([...this.#hosts.values()].map((host) => host.stop(graceMs)));
    await this.#hostOptions.reaper.close();
  }

  /** Takes over what `config.toml` and the folders say now: functions that are new, gone, or set differently. */
  #refresh(): void {
    let configs;
    try {
      configs = readFunctions(this.#configToml, this.#functionsDir);
    } catch (error) {
      if (this.#hosts.size === 0) throw error;
      this.#hostOptions.log({ function: "*", level: "error", kind: "runtime", message: String(error) });
      return;
    }
    for (const [name, host] of this.#hosts) {
      if (configs.has(name)) continue;
      this.#hosts.delete(name);
      void host.stop(GRACE_MS);
    }
    for (const [name, config] of configs) {
      const host = this.#hosts.get(name);
      if (!host) this.#hosts.set(name, new FunctionHost(config, this.#hostOptions));
      else if (JSON.stringify(host.config) !== JSON.stringify(config)) host.reload(config);
    }
  }
}
