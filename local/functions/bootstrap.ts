/**
 * What a function's process runs before the function: hosted's globals (`EdgeRuntime`, a `Deno.serve` that hands the
 * handler to the runtime), and an HTTP server on the loopback interface for the parent alone. Imports nothing but
 * built-ins, because the function's own import map is in force.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** What the parent tells a new process. */
export interface BootOptions {
  /** Starts each line to the parent, and proves that a request comes from it. */
  readonly token: string;
  /** Variables that Deno itself needed to start and that hosted does not show to functions. */
  readonly hide: readonly string[];
}

/** A line from the process to its parent. */
export type Report =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly message: string }
  /** Background work of a call began after the call was done. */
  | { readonly kind: "busy"; readonly call: string }
  /** The handler has answered and all of the call's background work has settled. */
  | { readonly kind: "done"; readonly call: string };

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

interface Call {
  readonly id: string;
  pending: number;
}

interface ServeOptions {
  handler?: Handler;
  onError?: (error: unknown) => Response | Promise<Response>;
}

const calls = new AsyncLocalStorage<Call>();
const encoder = new TextEncoder();
const realServe = Deno.serve;
const realExit = Deno.exit;
const writeLine = (bytes: Uint8Array) => Deno.stdout.writeSync(bytes);

/** Loads the function and serves it to the parent until the parent goes away. */
export async function boot(load: () => Promise<unknown>, options: BootOptions): Promise<void> {
  const report = (line: Report) => {
    writeLine(encoder.encode(`\n${options.token} ${JSON.stringify(line)}\n`));
  };
  // Ctrl-C reaches the whole process group; the parent decides when this process ends.
  Deno.addSignalListener("SIGINT", () => {});
  for (const name of options.hide) Deno.env.delete(name);
  void obeyParent();
  installGlobals(report);

  const captured = Promise.withResolvers<{ handler: Handler; onError: ServeOptions["onError"] }>();
  captureServe((handler, onError) => captured.resolve({ handler, onError }));
  try {
    const exported = (await load() as { default?: { fetch?: unknown } }).default;
    if (typeof exported?.fetch === "function") {
      const handler: Handler = (request, info) => (exported.fetch as Handler).call(exported, request, info);
      captured.resolve({ handler, onError: undefined });
    }
  } catch (error) {
    console.error(error);
    report({ kind: "failed", message: String(error) });
    realExit(1);
  }
  const { handler, onError } = await captured.promise;
  realServe({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => report({ kind: "ready", port }),
  }, (request, info) => answer(request, info));

  async function answer(request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    if (request.headers.get("x-edge-token") !== options.token) return new Response(null, { status: 404 });
    const call: Call = { id: request.headers.get("x-edge-call") ?? "", pending: 1 };
    return await calls.run(call, async () => {
      try {
        const response = await handler(outerRequest(request), info);
        if (!(response instanceof Response)) throw new TypeError("The handler did not return a Response.");
        return response;
      } catch (error) {
        console.error(error);
        const answered = await onError?.(error);
        return answered ??
          new Response("Internal Server Error", { status: 500, headers: { "x-edge-thrown": "1" } });
      } finally {
        settle(call, report);
      }
    });
  }
}

function settle(call: Call, report: (line: Report) => void): void {
  call.pending--;
  if (call.pending === 0) report({ kind: "done", call: call.id });
}

/** The request as the client sent it: the parent's own headers taken out, the function's address put in. */
function outerRequest(request: Request): Request {
  const headers = new Headers(request.headers);
  const url = headers.get("x-edge-url") ?? request.url;
  const acceptEncoding = headers.get("x-edge-accept-encoding");
  for (const name of [...headers.keys()]) if (name.startsWith("x-edge-")) headers.delete(name);
  headers.delete("accept-encoding");
  if (acceptEncoding) headers.set("accept-encoding", acceptEncoding);
  headers.set("host", new URL(url).host);
  return new Request(url, { method: request.method, headers, body: request.body, redirect: "manual" });
}

function installGlobals(report: (line: Report) => void): void {
  const EdgeRuntime = {
    /** Keeps the call busy until `work` settles; what it throws is printed and harms nothing else. */
    waitUntil<T>(work: Promise<T>): Promise<T> {
      const call = calls.getStore();
      if (call) {
        if (call.pending === 0) report({ kind: "busy", call: call.id });
        call.pending++;
      }
      Promise.resolve(work).catch((error) => console.error(error)).finally(() =>
        call && settle(call, report)
      );
      return work;
    },
  };
  Object.defineProperty(globalThis, "EdgeRuntime", { value: EdgeRuntime, configurable: true });
}

function captureServe(capture: (handler: Handler, onError: ServeOptions["onError"]) => void): void {
  const serve = (first: Handler | ServeOptions, second?: Handler) => {
    const options = typeof first === "function" ? {} : first;
    const handler = typeof first === "function" ? first : second ?? first.handler;
    if (!handler) throw new TypeError("Deno.serve needs a handler.");
    capture(handler, options.onError);
    const finished = new Promise<void>(() => {});
    const addr = { transport: "tcp", hostname: "0.0.0.0", port: 9999 };
    const shutdown = () => Promise.resolve();
    return { finished, addr, ref() {}, unref() {}, shutdown, [Symbol.asyncDispose]: shutdown };
  };
  Object.defineProperty(Deno, "serve", { value: serve, configurable: true, writable: true });
}

/** `stop` announces the end to the function; the end of standard input, however the parent died, ends the process. */
async function obeyParent(): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of Deno.stdin.readable) {
    if (decoder.decode(chunk).includes("stop")) globalThis.dispatchEvent(new Event("beforeunload"));
  }
  realExit(0);
}
