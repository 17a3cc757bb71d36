import { edgeError } from "./answers.ts";
import { newCall } from "./call.ts";
import { Counters, describeCall } from "./counters.ts";
import { BootError, FunctionProcess } from "./function_process.ts";
import { enforceLimits } from "./limits.ts";
import { proxyCall } from "./proxy_call.ts";
import type { FunctionConfig } from "./read_config.ts";
import type { Reaper } from "./reaper.ts";
import type { FunctionLimits, FunctionLog, FunctionStats } from "./types.ts";

const SAMPLE_MS = 100;
const BOOT_RETRY_MS = 1_000;

/** What all functions of a runtime share. */
export interface HostOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly limits: FunctionLimits;
  readonly mark: string;
  readonly reaper: Reaper;
  readonly log: (line: FunctionLog) => void;
  /** Called when a process has started, so that the files it was made of can be watched. */
  readonly started: (host: FunctionHost) => void;
}

/** One function: the process that takes its calls, those that finish older ones, and what they have used. */
export class FunctionHost {
  readonly #options: HostOptions;
  readonly #counters = new Counters();
  readonly #processes = new Set<FunctionProcess>();
  #config: FunctionConfig;
  #current: FunctionProcess | undefined;
  #failure: { readonly error: unknown; readonly at: number } | undefined;
  #sampler: ReturnType<typeof setInterval> | undefined;
  #stopping = false;

  constructor(config: FunctionConfig, options: HostOptions) {
    this.#config = config;
    this.#options = options;
  }

  get config(): FunctionConfig {
    return this.#config;
  }

  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  /** Answers one call; never throws. */
  async fetch(request: Request, path: string, url: string): Promise<Response> {
    const call = newCall(request.method, path);
    try {
      const process = await this.#running();
      this.#sample();
      return await proxyCall(process, request, call, url, this.#options.limits.idleMs);
    } catch (error) {
      if (!(error instanceof BootError)) this.#log("error", `${request.method} ${path}: ${error}`);
      this.#counters.calls++;
      this.#counters.failed++;
      return edgeError(
        this.#stopping ? "SHUTTING_DOWN" : error instanceof BootError ? "BOOT_ERROR" : "WORKER_ERROR",
      );
    }
  }

  /** Starts the function if it is not running. A failed start is logged, not thrown. */
  async warm(): Promise<void> {
    await this.#running().catch(() => {});
  }

  /** New calls run the new code, or under the new settings; those under way finish where they are. */
  reload(config: FunctionConfig): void {
    this.#config = config;
    this.#failure = undefined;
    if (!this.#current) return;
    this.#log("info", "changed, reloading");
    this.#current.retire();
    this.#current = undefined;
    void this.warm();
  }

  stats(): FunctionStats {
    const { calls, failed, cpuMs, maxCpuMs, lastCpuMs, overCpu, boots } = this.#counters;
    const processes = [...this.#processes];
    const busy = processes.reduce((sum, process) => sum + process.calls.size, 0);
    const pids = processes.map((process) => process.pid);
    return { name: this.#config.name, calls, failed, busy, cpuMs, maxCpuMs, lastCpuMs, overCpu, boots, pids };
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const processes = [...this.#processes];
    for (const process of processes) {
      process.announceStop();
      process.retire();
    }
    const timer = setTimeout(() => processes.forEach((process) => process.kill("stopped")), graceMs);
    await Promise.all(processes.map((process) => process.ended));
    clearTimeout(timer);
    clearInterval(this.#sampler);
  }

  async #running(): Promise<FunctionProcess> {
    if (this.#stopping) throw new BootError("stopping");
    if (this.#failure && Date.now() - this.#failure.at < BOOT_RETRY_MS) throw this.#failure.error;
    if (!this.#current || this.#current.retired) this.#current = this.#start();
    const process = this.#current;
    try {
      await process.ready;
    } catch (error) {
      // Where a reload has replaced it while it started, the new one answers.
      if (this.#current !== process && this.#current !== undefined) return await this.#running();
      this.#current = undefined;
      this.#failure = { error, at: Date.now() };
      throw error;
    }
    // It may have been reloaded or killed meanwhile.
    return process.retired ? await this.#running() : process;
  }

  #start(): FunctionProcess {
    const { env, limits, mark, reaper, log, started } = this.#options;
    const { name } = this.#config;
    const own = { SUPABASE_FUNCTION_SLUG: name, SB_EXECUTION_ID: crypto.randomUUID() };
    const process = new FunctionProcess({
      config: this.#config,
      env: { ...env, ...own },
      memoryMb: limits.memoryMb,
      mark,
    }, {
      print: (message, isError) =>
        log({ function: name, level: isError ? "warning" : "info", kind: "console", message }),
      finished: (call) => {
        this.#counters.add(call, limits.cpuSoftMs);
        log({
          function: name,
          level: call.endedBy ? "error" : "info",
          kind: "call",
          message: describeCall(call),
        });
      },
    });
    const begun = performance.now();
    this.#counters.boots++;
    this.#processes.add(process);
    reaper.add(process.pid);
    started(this);
    process.ready.then(
      () => this.#log("info", `started in ${Math.round(performance.now() - begun)} ms`),
      (error) => this.#stopping || this.#log("error", `failed to start: ${error.message}`),
    );
    process.ended.then((reason) => {
      reaper.remove(process.pid);
      this.#processes.delete(process);
      if (this.#current === process && process.wasReady) this.#current = undefined;
      if (reason !== "stopped") this.#log("error", `its process ended: ${reason}`);
    });
    return process;
  }

  #sample(): void {
    this.#sampler ??= setInterval(() => {
      const busy = [...this.#processes].filter((process) => process.calls.size > 0);
      for (const process of busy) {
        enforceLimits(process, this.#options.limits, (message) => this.#log("warning", message));
      }
      if (busy.length > 0) return;
      clearInterval(this.#sampler);
      this.#sampler = undefined;
    }, SAMPLE_MS);
  }

  #log(level: FunctionLog["level"], message: string): void {
    this.#options.log({ function: this.#config.name, level, kind: "runtime", message });
  }
}
