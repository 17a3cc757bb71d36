import { createSupabaseContext } from "@supabase/server";
import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../../../../shared/schema/database.ts";
import { ApiProblem } from "./api_problem.ts";
import type { Audience } from "./route.ts";

/** A client of the database's schema `governance`. */
export type DatabaseClient = SupabaseClient<Database, "governance">;

/** Who calls, proven. */
export interface Caller {
  /** The user; null for a route that anybody may call. */
  readonly userId: string | null;
  /** The database with the caller's own rights. */
  readonly client: DatabaseClient;
}

/**
 * Proves who calls.
 *
 * @throws {ApiProblem} not-signed-in; configuration-missing when the function lacks keys
 */
export async function authenticate(request: Request, audience: Audience): Promise<Caller> {
  const { data, error } = await createSupabaseContext<Database>(request, {
    auth: audience === "person" ? "user" : "none",
  });
  if (error !== null) {
    const code = error.status === 500 ? "configuration-missing" : "not-signed-in";
    const detail = code === "not-signed-in" ? error.message.replace("[@supabase/server] ", "") : undefined;
    throw new ApiProblem(code, detail === undefined ? {} : { detail }, {}, error);
  }
  return {
    userId: data.userClaims?.id ?? null,
    client: data.supabase.schema("governance") as unknown as DatabaseClient,
  };
}
