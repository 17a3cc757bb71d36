import { PostgresConnection } from "@supabase/lite/postgres";
import { Kysely } from "kysely";
import type postgres from "postgres";
import { PostgresDialect } from "./postgres_dialect.ts";
import { SessionPool } from "./session_pool.ts";

/** How a connection of `@supabase/lite` is opened. */
export interface LiteConnectionOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly name: string;
  readonly types?: Record<string, postgres.PostgresType>;
}

/** A connection of `@supabase/lite` that outlives restarts of Postgres and keeps quiet. */
export class LiteConnection extends PostgresConnection {
  readonly #pool: SessionPool;

  constructor({ url, poolSize, name, types = {} }: LiteConnectionOptions) {
    super({ url, postgresOptions: { types } });
    // Its own pool is never used, but how it reads and writes values is.
    const { types: merged } = this.driver.options as unknown as {
      types: Record<string, postgres.PostgresType>;
    };
    this.#pool = new SessionPool(url, poolSize, {
      idle_timeout: 60,
      connect_timeout: 10,
      onnotice: () => {},
      connection: { application_name: name, TimeZone: "UTC" },
      types: merged,
    });
    this.kysely = new Kysely({ dialect: new PostgresDialect(this.#pool) });
  }

  override async clearSchemaCache(): Promise<void> {
    this.#pool.renew();
    await super.clearSchemaCache();
  }

  override async close(): Promise<void> {
    await Promise.all([this.#pool.close(), super.close()]);
  }
}
