import { createSupabaseContext } from "@supabase/server";
import type { SupabaseClient } from "@supabase/supabase-js";
import { z } from "zod";
import type { Database } from "../../../../shared/schema/database.ts";
import { ask } from "../gateways/ask.ts";
import { ApiProblem } from "./api_problem.ts";
import type { Route } from "./route.ts";
import type { Services } from "./services.ts";

/** A client of the database's schema `governance`. */
export type DatabaseClient = SupabaseClient<Database, "governance">;

/** Where an integration's key travels: `Authorization` belongs to people's tokens, which the platform looks at. */
export const KEY_HEADER = "x-integration-key";

const integrationSchema = z.object({ key_id: z.uuid(), org_id: z.string(), source_key: z.string() });
/** A source system that has proven its key: it acts for one organization. */
export type Integration = z.output<typeof integrationSchema>;

/** Who calls, proven: a person, an integration, or nobody on an address that anybody may call. */
export interface Caller {
  readonly userId: string | null;
  readonly integration: Integration | null;
  /** The database with the person's own rights; for an integration with the secret key, so that SQL gets its key too. */
  readonly client: DatabaseClient;
}

/**
 * Proves who calls, and that it may call this route at all.
 *
 * @throws {ApiProblem} not-signed-in, not-allowed, too-many-calls; configuration-missing when the function lacks keys
 */
export async function authenticate(request: Request, route: Route, services: Services): Promise<Caller> {
  const key = request.headers.get(KEY_HEADER);
  if (key !== null && route.audience !== "anybody") return await authenticateKey(key, route, services);
  if (route.audience === "integration") {
    throw new ApiProblem("not-signed-in", {
      detail: "Only integrations call this address.",
      hint: `Send an integration key in the header ${KEY_HEADER}.`,
    });
  }
  const { data, error } = await createSupabaseContext<Database>(request, {
    auth: route.audience === "anybody" ? "none" : "user",
  });
  if (error !== null) {
    const code = error.status === 500 ? "configuration-missing" : "not-signed-in";
    const detail = code === "not-signed-in" ? error.message.replace("[@supabase/server] ", "") : undefined;
    throw new ApiProblem(code, detail === undefined ? {} : { detail }, {}, error);
  }
  return {
    userId: data.userClaims?.id ?? null,
    integration: null,
    client: data.supabase.schema("governance") as unknown as DatabaseClient,
  };
}

async function authenticateKey(key: string, route: Route, { system }: Services): Promise<Caller> {
  if (route.scope === undefined) {
    throw new ApiProblem("not-allowed", {
      detail: "No integration may call this address.",
      hint: "Call it as a person.",
    });
  }
  // A key of another form cannot be one; and nothing is hashed that a stranger chose the length of.
  if (!/^sgk_[0-9a-f]{64}$/.test(key)) {
    throw new ApiProblem("not-signed-in", { detail: "The key is not known." });
  }
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  const p_key_hash = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const call = system.rpc("use_integration_key", { p_key_hash, p_scope: route.scope });
  return { userId: null, integration: await ask(call, integrationSchema), client: system };
}

/**
 * The organization that a call is about; an integration's is its key's.
 *
 * @throws {ApiProblem} not-found when an integration names another one
 */
export function organizationOf(caller: Caller, orgId: string): string {
  if (caller.integration !== null && caller.integration.org_id !== orgId) {
    throw new ApiProblem("not-found", {
      detail: `There is no organization "${orgId}" that the key belongs to.`,
    });
  }
  return orgId;
}
