import { edgeError, endedAnswer } from "./answers.ts";
import type { Call, EndReason } from "./call.ts";
import type { FunctionProcess } from "./function_process.ts";

const SETTLE_MS = 1_000;

type Outcome =
  | { readonly kind: "answer"; readonly response: Response }
  | { readonly kind: "ended"; readonly reason: EndReason }
  | { readonly kind: "silent" };

/** Sends a call to a process and makes hosted's answer of whatever becomes of it. */
export async function proxyCall(
  process: FunctionProcess,
  request: Request,
  call: Call,
  url: string,
  idleMs: number,
): Promise<Response> {
  process.begin(call);
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = new Promise<Outcome>((resolve) =>
    timer = setTimeout(() => resolve({ kind: "silent" }), idleMs)
  );
  const ended = process.ended.then((reason): Outcome => ({ kind: "ended", reason }));
  const answered = process.send(request, call, url, abort.signal).then(
    (response): Outcome => ({ kind: "answer", response }),
    // The connection breaks a moment before the process is seen to have ended, and says nothing of the reason.
    () => Promise.race([ended, new Promise<Outcome>((resolve) => setTimeout(resolve, SETTLE_MS, BROKEN))]),
  );
  const outcome = await Promise.race([answered, ended, silent]);
  clearTimeout(timer);
  if (outcome.kind === "silent") abort.abort();
  const response = outcome.kind === "answer"
    ? outcome.response
    : outcome.kind === "silent"
    ? edgeError("IDLE_TIMEOUT")
    : endedAnswer(outcome.reason);
  call.status = response.status;
  call.answeredAt = Date.now();
  if (outcome.kind === "silent") process.condemn(call);
  return outcome.kind === "answer" ? outerResponse(process, response, call) : finish(process, call, response);
}

const BROKEN: Outcome = { kind: "ended", reason: "error" };

function finish(process: FunctionProcess, call: Call, response: Response): Response {
  process.bodyDone(call);
  return response;
}

function outerResponse(process: FunctionProcess, response: Response, call: Call): Response {
  const headers = new Headers(response.headers);
  headers.set("x-served-by", "supabase-edge-runtime");
  headers.delete("x-edge-thrown");
  if (response.status >= 500 && !headers.has("sb-error-code")) {
    headers.set("sb-error-code", "EDGE_FUNCTION_ERROR");
  }
  // `fetch` has already decoded the body.
  if (headers.has("content-encoding")) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  // Hosted serves no pages from its own domain.
  if (
    call.method === "GET" && /^(text\/html|application\/xhtml\+xml)/i.test(headers.get("content-type") ?? "")
  ) {
    headers.set("content-type", "text/plain");
    headers.set("content-security-policy", "default-src 'none'; sandbox");
    headers.set("x-content-type-options", "nosniff");
  }
  const init = { status: response.status, statusText: response.statusText, headers };
  if (response.body === null) return finish(process, call, new Response(null, init));
  return new Response(watched(response.body, () => process.bodyDone(call)), init);
}

/** The same stream; `onEnd` is called once, when it has been read to its end, broke, or nobody wants it any more. */
function watched(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      onEnd();
    },
    async cancel(reason) {
      onEnd();
      await reader.cancel(reason).catch(() => {});
    },
  });
}
