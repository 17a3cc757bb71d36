import { createClient } from "@supabase/supabase-js";
import type { IntegrationClient } from "../load/mod.ts";
import type { DemoUser, Stack } from "../stack.ts";

/** Somebody who is signed in. */
export interface Person {
  readonly user: DemoUser;
  /** Acts with this person's rights. */
  readonly client: IntegrationClient;
}

/** Signs a demo user of a role in, with the publishable key, as an app would. */
export async function signIn(stack: Stack, role: DemoUser["role"]): Promise<Person> {
  const user = stack.users.find((user) => user.role === role);
  if (!user) throw new Error(`There is no demo user with the role ${role}.`);
  const client = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { error } = await client.auth.signInWithPassword({ email: user.email, password: user.password });
  if (error) throw new Error(`${user.email} could not sign in: ${error.message}`);
  return { user, client };
}
