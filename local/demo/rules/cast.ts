import type { z } from "zod";
import { connectIntegration, type IntegrationClient } from "../../load/mod.ts";
import type { Stack } from "../../stack.ts";
import { type Person, signIn } from "../people.ts";
import { dataOf, StoryError } from "../read.ts";

/** Who takes part in an admin's hour, and where. */
export interface Cast {
  readonly stack: Stack;
  readonly integration: IntegrationClient;
  readonly admin: Person;
  readonly steward: Person;
  readonly rep: Person;
  readonly orgId: string;
}

/** Signs everybody in. */
export async function gather(stack: Stack): Promise<Cast> {
  const admin = await signIn(stack, "admin");
  return {
    stack,
    integration: connectIntegration(stack),
    admin,
    steward: await signIn(stack, "steward"),
    rep: await signIn(stack, "member"),
    orgId: admin.user.orgId,
  };
}

/** Calls a function of the product as somebody, and reads its answer as it should be. */
export async function call<Schema extends z.ZodType>(
  { client }: Person,
  name: string,
  parameters: Record<string, unknown>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { data, error } = await client.schema("governance").rpc(name, parameters);
  if (error) throw new StoryError(`${name}: ${error.message}`);
  return readAs(name, data, schema);
}

/** How the product refuses a call. Throws {@linkcode StoryError} when it does not. */
export async function refusal({ client }: Person, name: string, parameters: Record<string, unknown>) {
  const { error, status } = await client.schema("governance").rpc(name, parameters);
  if (!error) throw new StoryError(`${name} was not refused.`);
  return { status, message: error.message };
}

/** What a query answers, each row as it should be. */
export async function rows<Schema extends z.ZodType>(
  what: string,
  query: PromiseLike<{ data: unknown; error: { message: string } | null }>,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const data = dataOf(what, await query) as unknown[];
  return data.map((row) => readAs(what, row, schema));
}

/** Says what somebody is called: people by their address. */
export function nameOf(cast: Cast, id: string | null): string {
  const known = [cast.admin, cast.steward, cast.rep].find(({ user }) => user.id === id);
  return known?.user.email ?? id ?? "no person";
}

/** The story goes on only when this is so. */
export function must(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new StoryError(otherwise);
}

function readAs<Schema extends z.ZodType>(what: string, data: unknown, schema: Schema): z.output<Schema> {
  const { data: read, error } = schema.safeParse(data);
  if (error) {
    throw new StoryError(`${what}: ${JSON.stringify(data)?.slice(0, 300)} is not what was expected.`);
  }
  return read as z.output<Schema>;
}
