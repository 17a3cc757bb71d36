import type { PostgresConnection } from "@supabase/lite/postgres";
import { sql } from "kysely";
import { LiteConnection } from "./lite_connection.ts";
import { JsonArgumentPlugin, JsonWritePlugin } from "./json_writes.ts";
import { oneRow } from "./one_row.ts";
import { type RequestContext, requestContext } from "./request_context.ts";
import { jsonTypes } from "./json_types.ts";
import { exactArguments } from "./rpc_arguments.ts";
import type { SchemaCache } from "./schema_cache.ts";

type WithContext = PostgresConnection["withContext"];
type OnAst = PostgresConnection["onPostgrestAST"];
type Db = Parameters<Parameters<WithContext>[1]>[0];
type Introspect = PostgresConnection["introspect"];

/** The catalog could not be read, most likely because the database is not there. */
export class SchemaUnknown extends Error {}

/** What a REST connection needs beside its URL. */
export interface RestConnectionOptions {
  /** Role `authenticator`. */
  readonly url: string;
  /** Sees the whole catalog, which `information_schema` hides from `authenticator`; answers `introspect` only. */
  readonly catalog: PostgresConnection;
  readonly schemas: readonly string[];
  readonly extraSearchPath: readonly string[];
  readonly poolSize: number;
  readonly cache: SchemaCache;
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function cookiesOf(headers: Headers): Record<string, string> {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim()).filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

/**
 * The REST API's way into the database, with PostgREST's transaction: one statement sets role, claims, request and
 * search path and the settings of the role, before anything else runs. `@supabase/lite`'s own transaction gives SQL no
 * headers on tables, no search path and no timeouts, and grants everything to everybody when it meets row security.
 */
export class RestConnection extends LiteConnection {
  readonly #options: RestConnectionOptions;
  #pending: ReturnType<Introspect> | undefined;

  constructor(options: RestConnectionOptions) {
    super({ url: options.url, poolSize: options.poolSize, name: "postgrest", types: jsonTypes });
    this.#options = options;
  }

  /** One look at the catalog however many requests wait for it. */
  override introspect(options?: Parameters<Introspect>[0]): ReturnType<Introspect> {
    if (options?.useCache === true && this.introspection) return Promise.resolve(this.introspection);
    const request = requestContext.getStore();
    const noted = <T>(read: Promise<T>) => {
      read.catch((error) => request && (request.error = error));
      return read;
    };
    if (this.#pending) return noted(this.#pending);
    const pending = this.#options.catalog.introspect({ useCache: false }).then((found) => {
      // It answers an empty schema instead of an error.
      if (found.functions === undefined) throw new SchemaUnknown();
      // Not when the schema changed while it was read.
      if (this.#pending === pending) this.introspection = found;
      return found;
    }).finally(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    this.#pending = pending;
    return noted(pending);
  }

  override async clearSchemaCache(): Promise<void> {
    this.#pending = undefined;
    await super.clearSchemaCache();
  }

  override async onPostgrestAST(ast: Parameters<OnAst>[0]): ReturnType<OnAst> {
    const checked = await super.onPostgrestAST(ast);
    const request = requestContext.getStore();
    if (!request) return checked;
    request.schema = checked.schema ?? this.#options.schemas[0] ?? "public";
    if (request.json === null) return checked;
    if (checked.type === "rpc") {
      return exactArguments(checked, request, await this.introspect({ useCache: true }));
    }
    const { ast: reduced, columns } = oneRow(checked);
    request.columns = columns;
    return reduced;
  }

  override withContext: WithContext = (vars, run) => {
    const request = requestContext.getStore();
    if (!request) throw new Error("A REST query runs only for a request.");
    const auth = vars?.["auth"] as { readonly role?: string; readonly jwt?: unknown } | undefined;
    const role = auth?.role ?? "anon";
    const claims = auth?.jwt ?? { role };
    // PostgREST opens a read-only transaction for these; a function called by POST is asked for its volatility.
    const readOnly = request.method === "GET" || request.method === "HEAD";
    return this.kysely.transaction().setAccessMode(readOnly ? "read only" : "read write").execute(
      async (db) => {
        await this.#enter(db, request, role, claims);
        const result = await run(await this.#withJson(db, request));
        request.response = await responseSettings(db);
        return result;
      },
    );
  };

  /** Keeps the database's error for the answers that `@supabase/lite` has no mapping for. */
  override normalizeDbError(error: unknown): unknown {
    const context = requestContext.getStore();
    if (context) context.error = error;
    return super.normalizeDbError(error);
  }

  async #withJson(db: Db, request: RequestContext): Promise<Db> {
    if (request.path.startsWith("/rpc/")) return db.withPlugin(new JsonArgumentPlugin());
    if (request.json === null) return db;
    const missingIsDefault = /\bmissing=default\b/.test(request.headers.get("prefer") ?? "");
    const columns = await this.#options.cache.columns();
    const write = {
      text: request.json,
      schema: request.schema ?? "public",
      sent: request.columns ?? [],
      columns,
    };
    return db.withPlugin(new JsonWritePlugin({ ...write, missingIsDefault }));
  }

  async #enter(db: Db, request: RequestContext, role: string, claims: unknown): Promise<void> {
    const headers = Object.fromEntries([...request.headers].filter(([name]) => name !== "cookie"));
    const settings: (readonly [string, string])[] = [
      ["search_path", this.#searchPath(request)],
      ["role", role],
      ["request.jwt.claims", JSON.stringify(claims)],
      ["request.method", request.method],
      ["request.path", request.path],
      ["request.headers", JSON.stringify(headers)],
      ["request.cookies", JSON.stringify(cookiesOf(request.headers))],
      ["response.status", ""],
      ["response.headers", ""],
      ...((await this.#options.cache.roleSettings()).get(role) ?? []),
    ];
    const calls = settings.map(([name, value]) => sql`pg_catalog.set_config(${name}, ${value}, true)`);
    await sql`select ${sql.join(calls)}`.execute(db);
  }

  #searchPath(request: RequestContext): string {
    const reading = request.method === "GET" || request.method === "HEAD";
    const profile = request.headers.get(reading ? "accept-profile" : "content-profile");
    const first = profile ?? this.#options.schemas[0] ?? "public";
    return [...new Set([first, ...this.#options.extraSearchPath])].map(quoteIdentifier).join(", ");
  }
}

async function responseSettings(db: Db): Promise<NonNullable<RequestContext["response"]>> {
  const { rows } = await sql<{ status: string | null; headers: string | null }>`
    select current_setting('response.status', true) as status, current_setting('response.headers', true) as headers
  `.execute(db);
  return { status: rows[0]?.status || null, headers: rows[0]?.headers || null };
}
