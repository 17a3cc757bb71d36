import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import postgres, { type Sql } from "postgres";
import type { TestStack } from "../helpers/stack.ts";

const options = { auth: { persistSession: false, autoRefreshToken: false } };

/** The two organizations that every stack has. */
export const harborLane = "00000000-0000-4000-8000-00000000a000";
export const kestrel = "00000000-0000-4000-8000-00000000b000";

/** An integration's client: the secret key. */
export function integration(stack: TestStack): SupabaseClient {
  return createClient(stack.apiUrl, stack.secretKey, options);
}

/** A person's client: signed in with the password of a demo user. */
export async function signedIn(stack: TestStack, email: string): Promise<SupabaseClient> {
  const user = stack.users.find((candidate) => candidate.email === email);
  if (user === undefined) throw new Error(`There is no demo user ${email}.`);
  const client = createClient(stack.apiUrl, stack.publishableKey, options);
  const { error } = await client.auth.signInWithPassword({ email, password: user.password });
  if (error !== null) throw error;
  return client;
}

/** Connections as `postgres`, closed at the end of the block. */
export function openSql(stack: TestStack): Sql & AsyncDisposable {
  const sql = postgres(stack.dbUrl, { max: 4, onnotice: () => {} });
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 2 }) });
}

/** Waits until nothing is queued, leased or swept. */
export async function untilDrained(sql: Sql, timeoutMs = 60_000): Promise<void> {
  await until("the queue is empty", timeoutMs, async () => {
    const [row] = await sql`select governance.queue_status() as status`;
    const { pending, leased, sweeps } = row!["status"];
    return pending + leased + sweeps === 0;
  });
}

/** Waits for something to become true; what cannot be asked just now is asked again. */
export async function until(what: string, timeoutMs: number, isTrue: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + timeoutMs;
  let last: unknown = "it never was";
  while (Date.now() < end) {
    try {
      if (await isTrue()) return;
      last = "it is not yet";
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${timeoutMs} ms until ${what}: ${last}`);
}

/** Wakes evaluate every second instead of every ten, so that tests of its absence are short. */
export async function drainEverySecond(sql: Sql): Promise<void> {
  await sql`select cron.schedule('governance-drain', '1 seconds', 'select governance_private.drain()')`;
}

/** A lead with exactly one fixable field and exactly one defect that takes a person. */
export function messyLead(index: number) {
  return {
    id: crypto.randomUUID(),
    org_id: harborLane,
    first_name: "Ann",
    last_name: `Lee`,
    email: `ANN.${index}@EXAMPLE.COM`,
    country: "Philipines",
  };
}
