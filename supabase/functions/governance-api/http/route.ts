import { z } from "zod";
import type { ErrorCode, Fault } from "../../../../shared/errors.ts";
import type { Caller } from "./caller.ts";
import type { Services } from "./services.ts";

/** Who may call: `person` needs a user's JWT, `integration` a key with the route's scope, `anybody` nothing. */
export type Audience = "person" | "integration" | "anybody";

/** What an integration's key may be good for. */
export const KEY_SCOPES = ["ingest", "validate", "import", "export", "read_issues"] as const;
export type KeyScope = typeof KEY_SCOPES[number];

type Shape = z.ZodObject | undefined;
type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

/** A request as its route gets it: everything parsed, nothing left to check. */
export interface RouteInput<P extends Shape, Q extends Shape, B extends z.ZodType | undefined> {
  readonly params: Parsed<P>;
  readonly query: Parsed<Q>;
  readonly body: Parsed<B>;
  readonly caller: Caller;
  readonly services: Services;
  readonly request: Request;
}

/** A body that is not as the route's schemas describe it. */
export interface RefusedBody {
  readonly body: unknown;
  readonly faults: readonly Fault[];
  readonly caller: Caller;
  readonly services: Services;
}

/** A request and its answer that the documentation shows and the tests run. */
export interface RouteExample {
  readonly summary: string;
  readonly body: unknown;
}

/** One operation of the API: its address, its shapes and what it does, in one place; OpenAPI is made of it. */
export interface RouteDefinition<
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType | undefined,
  A extends z.ZodType,
> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/issues/{issue_id}/accept`: every name in braces is a field of `params`. */
  readonly path: string;
  /** A verb and a noun, as the SQL function behind it: `accept_issue`. */
  readonly name: string;
  readonly summary: string;
  readonly tag: string;
  /** Default: person. */
  readonly audience?: Audience;
  /** A key with this scope may call it too; without, no key may. */
  readonly scope?: KeyScope;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The content types of a body that is no JSON: the route reads it from the request by itself. */
  readonly rawBody?: readonly string[];
  /** Bytes. Default: 64 kB. */
  readonly maxBodyBytes?: number;
  readonly answer: A;
  /** It is shown once: no idempotency key keeps it. */
  readonly answerIsSecret?: boolean;
  /** Default: 200. */
  readonly status?: 200 | 201 | 202;
  /** Refusals beyond those that every address can answer. */
  readonly errors?: readonly ErrorCode[];
  readonly example?: RouteExample;
  /** Is told of a body that is refused, where that has to be kept. */
  readonly keepRefused?: (refused: RefusedBody) => Promise<void>;
  readonly handle: (input: RouteInput<P, Q, B>) => Promise<z.output<A>>;
}

/** A route whose shapes are its own business. */
export type Route = RouteDefinition<Shape, Shape, z.ZodType | undefined, z.ZodType>;

/** Declares a route; the types of `handle` follow from the schemas. */
export function route<
  A extends z.ZodType,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<P, Q, B, A>): Route {
  const named = [...definition.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const declared = Object.keys(definition.params?.shape ?? {});
  if (named.sort().join() !== declared.sort().join()) {
    throw new TypeError(`${definition.path} names {${named}}, its params are {${declared}}.`);
  }
  return definition as unknown as Route;
}

export const DEFAULT_BODY_BYTES = 65_536;
