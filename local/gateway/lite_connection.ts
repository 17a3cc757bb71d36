import { PostgresConnection } from "@supabase/lite/postgres";
import { Kysely } from "kysely";
import type postgres from "postgres";
import { PostgresDialect } from "./postgres_dialect.ts";
import { postgresSocket } from "./postgres_socket.ts";

/** How a connection of `@supabase/lite` is opened. */
export interface LiteConnectionOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly name: string;
  readonly types?: Record<string, postgres.PostgresType>;
}

/** A connection of `@supabase/lite` that outlives restarts of Postgres and keeps quiet. */
export class LiteConnection extends PostgresConnection {
  constructor(options: LiteConnectionOptions) {
    const dialect = new PostgresDialect(() => this.driver);
    super({
      url: options.url,
      postgresOptions: {
        max: options.poolSize,
        idle_timeout: 60,
        // Seconds. The driver's own grows to twenty, as fast as there are connections that fail at once.
        backoff: 0.2,
        socket: postgresSocket,
        onnotice: () => {},
        connection: { application_name: options.name },
        ...(options.types && { types: options.types }),
        ...dialect.poolOptions,
      },
    });
    this.kysely = new Kysely({ dialect });
  }
}
