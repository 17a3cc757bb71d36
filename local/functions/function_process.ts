import type { Report } from "./bootstrap.ts";
import type { Call, EndReason } from "./call.ts";
import { edgeStatus } from "./answers.ts";
import { CpuMeter } from "./cpu_meter.ts";
import { readLines } from "./log.ts";
import { spawnFunction, type SpawnOptions } from "./spawn_function.ts";
import { readUsage } from "./usage.ts";

/** The process did not come to the point of serving. */
export class BootError extends Error {}

/** What a process tells its owner. */
export interface ProcessEvents {
  readonly print: (line: string, isError: boolean) => void;
  readonly finished: (call: Call) => void;
}

const BOOT_MS = 120_000;
const EXIT_MS = 1_000;

/** One running process of a function, with the calls that it is busy with. */
export class FunctionProcess {
  /** Resolves when calls can be sent; rejects with {@linkcode BootError}. */
  readonly ready: Promise<void>;
  readonly ended: Promise<EndReason>;
  readonly pid: number;
  readonly calls = new Map<string, Call>();
  readonly startedAt = Date.now();
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #token: string;
  readonly #events: ProcessEvents;
  readonly #meter: CpuMeter;
  readonly #booted = Promise.withResolvers<void>();
  #port = 0;
  #baseMemory = 0;
  #reason: EndReason | undefined;
  #retired = false;

  constructor(options: Omit<SpawnOptions, "token">, events: ProcessEvents) {
    this.#token = crypto.randomUUID();
    this.#events = events;
    this.#child = spawnFunction({ ...options, token: this.#token });
    this.#stdin = this.#child.stdin.getWriter();
    this.pid = this.#child.pid;
    this.#meter = new CpuMeter(this.pid);
    this.ready = this.#booted.promise;
    this.ready.catch(() => {});
    const timer = setTimeout(() => this.#fail("it did not start in time"), BOOT_MS);
    this.ready.then(() => clearTimeout(timer), () => clearTimeout(timer));
    const output = Promise.all([
      readLines(this.#child.stdout, (line) => this.#onLine(line)),
      readLines(this.#child.stderr, (line) => this.#onError(line)),
    ]);
    this.ended = this.#watch(output);
  }

  /** Takes no new calls; ends when the last call ends that is not hung. */
  retire(): void {
    this.#retired = true;
    this.#endIfUnused();
  }

  /** Whether it came to the point of serving. */
  get wasReady(): boolean {
    return this.#port !== 0;
  }

  get retired(): boolean {
    return this.#retired;
  }

  /** Tells the function that it is going to end, so that it can save its work. */
  announceStop(): void {
    this.#stdin.write(new TextEncoder().encode("stop\n")).catch(() => {});
  }

  /** Ends the process now; calls under way are answered by `reason`. */
  kill(reason: EndReason): void {
    this.#reason ??= reason;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // Already gone.
    }
  }

  begin(call: Call): void {
    this.#meter.settle(this.calls.values());
    this.calls.set(call.id, call);
  }

  /** Marks a call that gave no answer in time: it no longer keeps its process alive. */
  condemn(call: Call): void {
    call.condemned = true;
    this.retire();
  }

  /** The answer's body has been sent, or will never be. */
  bodyDone(call: Call): void {
    call.bodyDone = true;
    this.#finishIfDone(call);
  }

  /** Sends the request on; rejects when the process dies first. */
  async send(request: Request, call: Call, url: string, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(request.headers);
    for (const name of HOP_BY_HOP) headers.delete(name);
    headers.set("x-edge-token", this.#token);
    headers.set("x-edge-call", call.id);
    headers.set("x-edge-url", url);
    headers.set("x-edge-accept-encoding", request.headers.get("accept-encoding") ?? "");
    headers.set("accept-encoding", "identity");
    const { method, body } = request;
    return await fetch(`http://127.0.0.1:${this.#port}/`, {
      method,
      headers,
      body,
      redirect: "manual",
      signal,
    });
  }

  /** Attributes CPU to the calls under way and returns what the process holds beyond its size when it was ready. */
  sample(): { readonly memoryBytes: number } {
    this.#meter.settle(this.calls.values());
    const usage = readUsage(this.pid);
    return { memoryBytes: Math.max(0, (usage?.memoryBytes ?? 0) - this.#baseMemory) };
  }

  #finishIfDone(call: Call): void {
    if (!call.bodyDone || !call.workDone || !this.calls.has(call.id)) return;
    this.#meter.settle(this.calls.values());
    this.calls.delete(call.id);
    this.#events.finished(call);
    this.#endIfUnused();
  }

  #endIfUnused(): void {
    if (!this.#retired || [...this.calls.values()].some((call) => !call.condemned)) return;
    if (this.calls.size > 0) return this.kill("hung");
    this.#reason ??= "stopped";
    this.#stdin.close().catch(() => {});
    setTimeout(() => this.kill("stopped"), EXIT_MS);
  }

  #onLine(line: string): void {
    if (!line.startsWith(this.#token)) return this.#events.print(line, false);
    const report = JSON.parse(line.slice(this.#token.length)) as Report;
    if (report.kind === "failed") return this.#fail(report.message);
    if (report.kind === "ready") {
      this.#port = report.port;
      this.#baseMemory = readUsage(this.pid)?.memoryBytes ?? 0;
      this.#meter.settle([]);
      return this.#booted.resolve();
    }
    const call = this.calls.get(report.call);
    if (!call) return;
    call.workDone = report.kind === "done";
    this.#finishIfDone(call);
  }

  #onError(line: string): void {
    // V8's last words; the process dies of them.
    if (/out of memory|heap limit/i.test(line)) this.#reason ??= "memory";
    this.#events.print(line, true);
  }

  #fail(message: string): void {
    this.#booted.reject(new BootError(message));
    this.kill("error");
  }

  async #watch(output: Promise<unknown>): Promise<EndReason> {
    await this.#child.status;
    await output.catch(() => {});
    this.#retired = true;
    this.#booted.reject(new BootError("it ended while it started"));
    const reason = this.#reason ?? "error";
    for (const call of [...this.calls.values()]) {
      call.endedBy = reason;
      call.status ||= edgeStatus(reason);
      call.bodyDone = call.workDone = true;
      this.#finishIfDone(call);
    }
    return reason;
  }
}

const HOP_BY_HOP = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
