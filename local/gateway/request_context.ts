import { AsyncLocalStorage } from "node:async_hooks";
import type { JWTPayload } from "jose";

/** What SQL may ask about the request it runs for, and what it may say about the answer. */
export interface RequestContext {
  readonly method: string;
  /** Path below `/rest/v1`, as PostgREST's `request.path`. */
  readonly path: string;
  /** As the client sent them. */
  readonly headers: Headers;
  /** Of the user's verified token; null where only an API key was sent. */
  readonly claims: JWTPayload | null;
  /** The request's JSON as it was sent. */
  readonly json: string | null;
  /** Schema of the table or function that the request names. */
  schema?: string;
  /** The columns that the request's JSON writes. */
  columns?: readonly string[];
  /** Set by SQL through `response.status` and `response.headers`. */
  response?: { readonly status: string | null; readonly headers: string | null };
  /** The error that ended the request's transaction. */
  error?: unknown;
}

/** The REST request that the current asynchronous flow belongs to. */
export const requestContext: AsyncLocalStorage<RequestContext> = new AsyncLocalStorage();
