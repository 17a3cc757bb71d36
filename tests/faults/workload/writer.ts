import { delay } from "@std/async/delay";
import postgres, { type Sql, type TransactionSql } from "postgres";
import { type Org, STEWARDS } from "../scene/people.ts";
import { withPatience } from "../patience.ts";
import type { Random } from "../random.ts";

/** What a refused or interrupted call of the product may be told; anything else is a finding. */
const OF_THE_PRODUCT = new Set([
  "55P03", // lock timeout
  "57014", // statement timeout
  "PT422", // blocked
  "PT409", // stale
  "PT404", // gone meanwhile
]);
/** What a write of records may be told besides, by the tables themselves. */
const OF_TABLES = new Set([
  ...OF_THE_PRODUCT,
  "40P01", // deadlock
  "23505", // a key that is there already
  "23503", // the customer went meanwhile
]);
const AWAY = /^(57P0\d|08\w{3}|CONNECTION_\w+|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|53300)$/;

export interface Refusal {
  readonly state: string;
  readonly message: string;
  readonly detail: string | undefined;
}

/** One of several who write at once. */
export class Writer {
  readonly counts: Record<string, number> = {};

  constructor(
    readonly sql: Sql,
    /** The superuser's connections, for what a replication does. */
    readonly admin: Sql,
    readonly random: Random,
    readonly findings: string[],
  ) {}

  /** Runs one operation; what the product may refuse is counted, what it may not is a finding. */
  async attempt(name: string, work: () => Promise<unknown>, isWrite = true): Promise<Refusal | null> {
    try {
      await withPatience(work());
      this.count(`${name} done`);
      return null;
    } catch (error) {
      const { code = "", message, detail } = error as postgres.PostgresError;
      const state = String(code);
      this.count(`${name} ${state}`);
      // Whoever meets a server that is away tries again in a while.
      if (AWAY.test(state)) await delay(250);
      if (!(isWrite ? OF_TABLES : OF_THE_PRODUCT).has(state) && !AWAY.test(state)) {
        this.findings.push(`${name} was refused with ${state}: ${message}`);
      }
      return { state, message, detail };
    }
  }

  /** One transaction as this steward's request. */
  asSteward<T>(org: Org, work: (own: TransactionSql) => Promise<T>): Promise<T> {
    const claims = JSON.stringify({ role: "authenticated", sub: STEWARDS[org] });
    return this.sql.begin(async (own) => {
      await own`select set_config('request.jwt.claims', ${claims}, true),
        set_config('statement_timeout', '8s', true), set_config('role', 'authenticated', true)`;
      return await work(own);
    }) as Promise<T>;
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}
