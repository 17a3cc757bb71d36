import { createClient } from "@supabase/supabase-js";
import { z } from "zod";
import { classifyFailure, DatabaseCallError } from "./database_call_error.ts";

/** Where the database answers, and the key that opens it. */
export interface SqlFunctionsOptions {
  readonly url: string;
  readonly secretKey: string;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

interface RpcAnswer {
  readonly data: unknown;
  readonly error: { readonly message: string; readonly code?: string } | null;
  readonly status: number;
}

/** Calls SQL functions of schema `governance` through REST with the secret key. */
export class SqlFunctions {
  readonly #call: (name: string, parameters: Record<string, unknown>) => PromiseLike<RpcAnswer>;

  constructor(options: SqlFunctionsOptions) {
    const client = createClient(options.url, options.secretKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      global: { fetch: withoutBearer(options.fetch ?? fetch, options.secretKey) },
    }).schema("governance");
    this.#call = (name, parameters) => client.rpc(name, parameters);
  }

  /**
   * Calls one and reads its answer.
   *
   * @throws {DatabaseCallError} also when the answer is not as agreed
   */
  async ask<T>(name: string, parameters: Record<string, unknown>, answer: z.ZodType<T>): Promise<T> {
    const { data, error, status } = await this.#call(name, parameters);
    if (error !== null) {
      const sqlState = error.code ?? "";
      throw new DatabaseCallError(name, classifyFailure(status, sqlState), sqlState, error.message);
    }
    const parsed = answer.safeParse(data);
    if (parsed.success) return parsed.data;
    const why = `its answer is not as agreed. ${z.prettifyError(parsed.error)}`;
    throw new DatabaseCallError(name, "refused", "", why);
  }
}

/** Secret keys travel in `apikey` alone; the client also sends its key as a bearer token, which hosted refuses. */
function withoutBearer(send: typeof fetch, secretKey: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    if (headers.get("authorization") === `Bearer ${secretKey}`) headers.delete("authorization");
    return send(input, { ...init, headers });
  };
}
