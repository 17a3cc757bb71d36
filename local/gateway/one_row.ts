import type { PostgresConnection } from "@supabase/lite/postgres";

type Ast = Parameters<PostgresConnection["onPostgrestAST"]>[0] & { $meta?: { columns?: string[] } };

/**
 * Leaves one row of those that a request writes: Postgres reads them out of the request's JSON, and `@supabase/lite` needs
 * to see the columns only. It would look up each row of an upsert by a query of its own, to choose between 200 and 201,
 * and answer null for columns that were not sent, whatever the database stored.
 */
export function oneRow(ast: Ast): { readonly ast: Ast; readonly columns: readonly string[] } {
  const rows = (Array.isArray(ast.values) ? ast.values : [ast.values]) as Record<string, unknown>[];
  const [first] = rows;
  if (!first) return { ast, columns: [] };
  const { columns, ...meta } = ast.$meta ?? {};
  if (columns) {
    const row = Object.fromEntries(columns.map((column) => [column, first[column] ?? null]));
    return { ast: { ...ast, values: Array.isArray(ast.values) ? [row] : row, $meta: meta }, columns };
  }
  // Rows of different shapes are refused, and only `@supabase/lite` knows how.
  const shape = (row: object) => Object.keys(row).toSorted().join("\n");
  const uniform = rows.every((row) => shape(row) === shape(first));
  const reduced = uniform && Array.isArray(ast.values) ? { ...ast, values: [first] } : ast;
  return { ast: reduced, columns: Object.keys(first) };
}
