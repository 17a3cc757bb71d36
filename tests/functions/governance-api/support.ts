import { signedIn } from "../../flow/support.ts";
import type { TestStack } from "../../helpers/stack.ts";

/** An answer of the API, read. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look into whatever was answered
  readonly body: any;
}

/** Somebody who calls the API of a stack: every call is a real request through the gateway. */
export interface ApiClient {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  /** A request as it is given, for what no well-behaved client sends. */
  send(path: string, init: RequestInit): Promise<Answer>;
}

/** A client that sends these headers with every call. */
export function apiClient(stack: TestStack, headers: Record<string, string> = {}): ApiClient {
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${stack.functionsUrl}/governance-api${path}`, {
      ...init,
      headers: { ...headers, ...init.headers as Record<string, string> },
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    return {
      status: response.status,
      type,
      headers: response.headers,
      body: /json/.test(type) ? JSON.parse(text) : text,
    };
  };
  return {
    send,
    get: (path) => send(path, { method: "GET" }),
    post: (path, body) =>
      send(path, {
        method: "POST",
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { "content-type": "application/json" },
        }),
      }),
  };
}

/** A client that is signed in as a demo user. */
export async function apiAs(stack: TestStack, email: string): Promise<ApiClient> {
  const { data } = await (await signedIn(stack, email)).auth.getSession();
  return apiClient(stack, {
    apikey: stack.publishableKey,
    authorization: `Bearer ${data.session!.access_token}`,
  });
}
