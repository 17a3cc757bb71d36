import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { connectRunning, LoadError } from "../load/mod.ts";
import { type Call, CallRefused, ProductError } from "./product.ts";

/** How to reach a product: through REST, as a key or as a person; or through its database. */
export type Target =
  | { readonly kind: "rest"; readonly url: string; readonly key: string; readonly person?: Person }
  | { readonly kind: "database"; readonly url: string }
  | { readonly kind: "running"; readonly port: number };

/** Who signs in. */
export interface Person {
  readonly email: string;
  readonly password: string;
}

/** A connection to a product; `close()` signs out. */
export interface Connection {
  readonly call: Call;
  readonly close: () => Promise<void>;
}

/** Connects, as whom the target says. Throws {@linkcode ProductError}. */
export async function connect(target: Target): Promise<Connection> {
  if (target.kind === "database") return connectDatabase(target.url);
  if (target.kind === "rest") return await connectRest(target.url, target.key, target.person);
  try {
    const { target: { apiUrl, secretKey } } = await connectRunning(
      target.port,
      "Or name another one with --url and --key, or with --database.",
    );
    return await connectRest(apiUrl, secretKey);
  } catch (error) {
    throw error instanceof LoadError ? new ProductError(error.message) : error;
  }
}

async function connectRest(url: string, key: string, person?: Person): Promise<Connection> {
  const client = createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  if (person) {
    const { error } = await client.auth.signInWithPassword({ ...person });
    if (error) throw new ProductError(`${person.email} could not be signed in at ${url}: ${error.message}`);
  }
  const governance = client.schema("governance" as never);
  return {
    call: async (name, args) => {
      const { data, error } = await governance.rpc(name as never, args as never);
      if (!error) return data;
      if (error.code === "57014") {
        throw new ProductError(
          "It took longer than a call through the API may. Import fewer rules at once, with --org, or use --database.",
        );
      }
      // Without a code nothing answered that is this product.
      if (!error.code) throw new ProductError(`${url} does not answer: ${error.message}`);
      throw new CallRefused(error.message, error.details);
    },
    close: async () => {
      if (person) await client.auth.signOut({ scope: "local" });
    },
  };
}

function connectDatabase(url: string): Connection {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10 });
  return {
    call: async (name, args) => {
      const names = Object.keys(args);
      const values = Object.values(args).map((value) =>
        typeof value === "object" && value !== null ? sql.json(value as never) : value
      );
      try {
        const [row] = await sql.unsafe(
          `select governance.${name}(${names.map((arg, n) => `${arg} => $${n + 1}`).join(", ")}) as answer`,
          values as never[],
        );
        return row!["answer"];
      } catch (error) {
        if (error instanceof postgres.PostgresError) throw new CallRefused(error.message, error.detail);
        throw new ProductError(`The database cannot be reached: ${(error as Error).message}`);
      }
    },
    close: () => sql.end({ timeout: 1 }),
  };
}
