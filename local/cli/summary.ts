import { bold, dim } from "@std/fmt/colors";
import type { Stack } from "../stack.ts";

/** What a person needs to know of a running stack. */
export function describeStack(stack: Stack, seconds: number): string {
  const users = stack.users.map(({ email, role, orgName }) =>
    `  ${email.padEnd(34)} ${role.padEnd(8)} ${orgName}`
  );
  return [
    "",
    `Ready in ${seconds.toFixed(1)} s.`,
    "",
    row("API", stack.apiUrl),
    row("Functions", stack.functionsUrl),
    row("Database", stack.dbUrl),
    row("Publishable key", stack.publishableKey),
    row("Secret key", stack.secretKey),
    "",
    `${bold("Demo users")}, password ${bold(stack.users[0]?.password ?? "")}`,
    ...users,
    "",
    dim("Ctrl-C stops everything."),
    "",
  ].join("\n");
}

/** The same for a program: one line of JSON. */
export function stackAsJson(stack: Stack): string {
  return JSON.stringify({
    api_url: stack.apiUrl,
    functions_url: stack.functionsUrl,
    db_url: stack.dbUrl,
    publishable_key: stack.publishableKey,
    secret_key: stack.secretKey,
    users: stack.users.map(({ email, password, role, orgId }) => ({ email, password, role, org_id: orgId })),
  });
}

function row(name: string, value: string): string {
  return `${bold(name.padEnd(16))} ${value}`;
}
