import { assertEquals } from "@std/assert";
import { harborLane } from "../../flow/support.ts";
import type { TestStack } from "../../helpers/stack.ts";
import { type Answer, apiAs, type ApiClient } from "./support.ts";

/** A draft of the organization in which these tests work. */
export const amountRule = {
  rule_key: "deal-amount-large",
  org_id: harborLane,
  entity_type: "deal",
  dimension: "validity",
  message: "{amount} is not above 100.",
  condition: { combinator: "and", rules: [{ field: "amount", operator: ">", value: "100" }] },
};

/** Those who ask about rules: of the organization, and the admin of another. */
export interface Askers {
  readonly admin: ApiClient;
  readonly steward: ApiClient;
  readonly rep: ApiClient;
  readonly outsider: ApiClient;
}

/** Signs all of them in. */
export async function signInAskers(stack: TestStack): Promise<Askers> {
  return {
    admin: await apiAs(stack, "admin@harbor-lane.example.com"),
    steward: await apiAs(stack, "steward@harbor-lane.example.com"),
    rep: await apiAs(stack, "rep@harbor-lane.example.com"),
    outsider: await apiAs(stack, "admin@kestrel.example.com"),
  };
}

/** Sends a body with any method. */
export function sendJson(client: ApiClient, method: string, path: string, body: unknown): Promise<Answer> {
  return client.send(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** That an answer refuses with this status and code. */
export function assertRefused({ status, type, body }: Answer, expected: number, code: string): void {
  assertEquals([status, body.code, type], [expected, code, "application/problem+json"], JSON.stringify(body));
}

/** Where an answer finds fault. */
export function faultsOf({ body }: Answer): string[] {
  return body.context.faults.map(({ at }: { at: string }) => at);
}

/** Every row of a list, page by page. */
export async function allOf(client: ApiClient, path: string, name: string, limit: number) {
  // deno-lint-ignore no-explicit-any -- tests look into whatever was answered
  const rows: any[] = [];
  for (let next: string | null = ""; next !== null;) {
    const sign = path.includes("?") ? "&" : "?";
    const { status, body } = await client.get(`${path}${sign}limit=${limit}${next && `&cursor=${next}`}`);
    assertEquals(status, 200, JSON.stringify(body));
    rows.push(...body[name]);
    next = body.next;
  }
  return rows;
}
