import type { IntegrationClient } from "./client.ts";
import { dataOf } from "./load_error.ts";

const pageSize = 1000;

/** What is read: a table of a schema, its columns, and the values that rows must have. */
export interface Selection {
  readonly schema?: "public" | "governance";
  readonly table: string;
  readonly columns: readonly string[];
  readonly where: Readonly<Record<string, string>>;
}

/** Reads all rows of a selection by pages in the order of `id`, however many the API gives at once. */
export async function* readAll<Row>(client: IntegrationClient, selection: Selection): AsyncGenerator<Row> {
  const { schema = "public", table, columns, where } = selection;
  let after: string | undefined;
  while (true) {
    let query = client.schema(schema).from(table).select(["id", ...columns].join(",")).match(where).order(
      "id",
    ).limit(pageSize);
    if (after !== undefined) query = query.gt("id", after);
    const rows = dataOf(`read ${table}`, await query) as unknown as (Awaited<Row> & { id: string })[];
    for (const row of rows) yield row;
    if (rows.length < pageSize) return;
    after = rows.at(-1)!.id;
  }
}
