import type { Functions } from "../functions/mod.ts";
import type { Gateway } from "../gateway/mod.ts";
import type { Postgres, PostgresVersion } from "../postgres/mod.ts";
import type { Running } from "../process/mod.ts";
import type { DemoUser } from "./demo_users.ts";

/** What to start, and how to be told about it. */
export interface StackOptions {
  /** Base port: the API; Postgres gets the next one. 0 picks free ones. Default 54321, as hosted tools expect. */
  readonly port?: number;
  /** A database that is thrown away at the end. Default false: the data of this port are continued. */
  readonly ephemeral?: boolean;
  /** Load `supabase/seed.sql` into a new database. Default true. */
  readonly seed?: boolean;
  /** Throw this port's data away first. */
  readonly reset?: boolean;
  readonly version?: PostgresVersion;
  /** Messages of workers, gateway and functions. Default: nothing. */
  readonly log?: (line: string) => void;
  /** Called when a step of the start begins and when it is done. */
  readonly progress?: Progress;
}

/** Reports the steps of a start. */
export interface Progress {
  begin(name: string): void;
  /** `detail`: what there is now, in a few words. */
  done(name: string, detail: string): void;
}

/** Everything that a hosted project has, running here. */
export interface Stack {
  /** What `SUPABASE_URL` is. */
  readonly apiUrl: string;
  readonly functionsUrl: string;
  /** Connection string of the role `postgres`. */
  readonly dbUrl: string;
  /** Connection string of the superuser; hosted gives nobody that. */
  readonly adminDbUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly doorbellToken: string;
  readonly users: readonly DemoUser[];
  readonly postgres: Postgres;
  readonly net: Running;
  readonly cron: Running;
  readonly gateway: Gateway;
  readonly functions: Functions;
  /** Resolves when Postgres ends without having been told to. */
  readonly died: Promise<void>;
  stop(): Promise<void>;
}
