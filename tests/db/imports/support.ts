import type { Sql } from "postgres";
import type { Caller, World } from "../support/mod.ts";

/** An import as SQL answers it. */
// deno-lint-ignore no-explicit-any -- tests look into whatever was answered
export type Import = any;

/** Calls a function of imports as somebody. */
export async function call(
  world: World,
  caller: Caller,
  name: string,
  parameters: Record<string, unknown>,
): Promise<Import> {
  return await world.as(caller, async (sql) => {
    const values = Object.entries(parameters).map(([parameter, value]) => ({ parameter, value }));
    const list = values.map(({ parameter, value }, n) =>
      `${parameter} => $${n + 1}${
        typeof value === "object" && value !== null && !Array.isArray(value) || parameter === "p_rows"
          ? "::jsonb"
          : ""
      }`
    );
    const [row] = await sql.unsafe(
      `select governance.${name}(${list.join(", ")}) as answer`,
      values.map(({ value }) => value) as never[],
    );
    return row!["answer"];
  });
}

/** Stages cells under a header, as governance-api does with a file of one chunk. */
export async function stageCells(
  world: World,
  caller: Caller,
  columns: string[],
  cells: unknown[][],
  options: Record<string, unknown> = {},
  entity = "purchase",
): Promise<Import> {
  const started = await call(world, caller, "start_import", {
    p_org_id: "acme",
    p_entity_type: entity,
    p_file_name: "file.csv",
    p_options: options,
  });
  return await call(world, caller, "stage_import_chunk", {
    p_import_id: started.import_id,
    p_chunk: 0,
    p_hash: crypto.randomUUID(),
    p_reading: { format: "csv", encoding: "utf-8", delimiter: ",", has_header: true, columns },
    p_rows: cells.map((raw, n) => [n + 2, raw, null]),
    p_carry: { text: "", bytes: "", next_line: cells.length + 2 },
    p_is_last: true,
  });
}

/** A mapping of columns to fields of the same name, with formats. */
export function sameNames(
  columns: string[],
  formats: Record<string, Record<string, string>> = {},
  constants = {},
) {
  return { columns: columns.map((column) => ({ column, field: column, ...formats[column] })), constants };
}

/** Writes an import to its end, without a dry run. */
export async function commitAll(
  world: World,
  caller: Caller,
  importId: string,
  limit = 1000,
): Promise<Import> {
  while (true) {
    const answer = await call(world, caller, "commit_import_chunk", {
      p_import_id: importId,
      p_limit: limit,
      p_without_judging: true,
    });
    if (answer.status !== "committing") return answer;
  }
}

/** The rows of an import by number. */
export async function rowsOf(sql: Sql, importId: string): Promise<Import[]> {
  return [
    ...await sql`select * from governance.import_rows where import_id = ${importId} order by row_number`,
  ];
}
