/** A row of `net.http_request_queue`. */
export interface QueuedRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly timeout_milliseconds: number;
  readonly headers: Readonly<Record<string, string>> | null;
  /** UTF-8. */
  readonly body: string | null;
}

/** A row of `net._http_response`. */
export interface Answer {
  readonly id: string;
  readonly status_code: number | null;
  readonly content_type: string | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly content: string | null;
  readonly timed_out: boolean;
  readonly error_msg: string | null;
}

/** Sends one request, once. Never throws: what goes wrong is the answer. */
export async function sendRequest(request: QueuedRequest, client: Deno.HttpClient): Promise<Answer> {
  const started = performance.now();
  const nothing = { id: request.id, status_code: null, content_type: null, headers: null, content: null };
  try {
    const response = await fetch(request.url, {
      client,
      method: request.method.toUpperCase(),
      headers: headersOf(request),
      signal: AbortSignal.timeout(request.timeout_milliseconds),
      ...(hasBody(request) && { body: request.body ?? "" }),
    });
    const content = await response.text();
    return {
      id: request.id,
      status_code: response.status,
      content_type: response.headers.get("content-type"),
      headers: Object.fromEntries(response.headers),
      // Postgres stores no NUL; libcurl's text ends at the first one
      content: content.split("\0")[0] || null,
      timed_out: false,
      error_msg: null,
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      const total = (performance.now() - started).toFixed(3);
      const error_msg = `Timeout of ${request.timeout_milliseconds} ms reached. Total time: ${total} ms`;
      return { ...nothing, timed_out: true, error_msg };
    }
    return { ...nothing, timed_out: false, error_msg: errorMessage(error) };
  }
}

function headersOf(request: QueuedRequest): Headers {
  const headers = new Headers({ "user-agent": "pg_net/0.20.4", "accept": "*/*" });
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  return headers;
}

function hasBody({ method, body }: QueuedRequest): boolean {
  return body !== null && method.toUpperCase() !== "GET";
}

/** In libcurl's words where there are any: they end up in `error_msg`, which people search for. */
function errorMessage(error: unknown): string {
  const text = error instanceof Error
    ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`
    : "";
  if (/refused|unreachable/i.test(text)) return "Couldn't connect to server";
  if (/dns|lookup|resolve/i.test(text)) return "Couldn't resolve host name";
  if (/invalid url|scheme/i.test(text)) return "URL using bad/illegal format or missing URL";
  if (/certificate|tls|ssl/i.test(text)) return "SSL peer certificate or SSH remote key was not OK";
  if (/before message completed|connection closed|reset/i.test(text)) {
    return "Server returned nothing (no headers, no data)";
  }
  return text.trim() || String(error);
}
