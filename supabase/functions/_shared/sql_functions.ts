import { z } from "zod";
import { classifyFailure, DatabaseCallError } from "./database_call_error.ts";
import { createSecretClient, type SecretClientOptions } from "./secret_client.ts";

interface RpcAnswer {
  readonly data: unknown;
  readonly error: { readonly message: string; readonly code?: string } | null;
  readonly status: number;
}

/** Calls SQL functions of schema `governance` through REST with the secret key. */
export class SqlFunctions {
  readonly #call: (name: string, parameters: Record<string, unknown>) => PromiseLike<RpcAnswer>;

  constructor(options: SecretClientOptions) {
    const client = createSecretClient(options).schema("governance");
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
