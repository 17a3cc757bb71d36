import type { PostgresConnection } from "@supabase/lite/postgres";
import { parseExactJson } from "./exact_json.ts";
import type { RequestContext } from "./request_context.ts";

type Ast = Parameters<PostgresConnection["onPostgrestAST"]>[0];
type Introspection = Awaited<ReturnType<PostgresConnection["introspect"]>>;

/**
 * The arguments of a function called with JSON, with every digit, and with text for `json` parameters written as JSON:
 * `@supabase/lite` takes a string for JSON that somebody has already written.
 */
export function exactArguments(ast: Ast, request: RequestContext, { functions }: Introspection): Ast {
  if (request.method !== "POST" || request.json === null) return ast;
  const args = parseExactJson(request.json);
  if (typeof args !== "object" || args === null || Array.isArray(args)) return ast;
  const candidates = (functions ?? []).filter(({ name, schema, arg_names }) =>
    name === ast.function && schema === request.schema &&
    Object.keys(args).every((key) => arg_names.includes(key))
  );
  const isJson = (key: string) =>
    candidates.length > 0 &&
    candidates.every(({ arg_names, arg_types }) => /^jsonb?$/.test(arg_types[arg_names.indexOf(key)] ?? ""));
  const entries = Object.entries(args).map(([key, value]) =>
    [key, typeof value === "string" && isJson(key) ? JSON.stringify(value) : value] as const
  );
  return { ...ast, args: Object.fromEntries(entries) };
}
