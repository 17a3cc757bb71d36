import postgres, { type Sql } from "postgres";

/** An SQL block of a page, and the answer that the page shows right after it, if it shows one. */
export interface Block {
  readonly sql: string;
  readonly shown: string | undefined;
}

/** The SQL blocks of a page in their order. */
export function readBlocks(page: string): Block[] {
  return [...page.matchAll(/```sql\n([^]*?)```(?:\n\n```text\n([^]*?)```)?/g)].map(([, sql, shown]) => ({
    sql: sql!,
    shown,
  }));
}

/** Runs a block; its last rows as text, or what the refusal says. */
export async function answer(db: Sql, { sql }: Block): Promise<string> {
  try {
    const results = await db.unsafe(sql).simple();
    const rows = (Array.isArray(results[0]) ? results.at(-1) : results) as unknown as Record<
      string,
      unknown
    >[];
    return rows.length === 0 ? "" : [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
      .map((line) =>
        `${
          line.map((value) =>
            typeof value === "object" && value !== null ? JSON.stringify(value) : value ?? ""
          ).join(" | ").trimEnd()
        }\n`
      )
      .join("");
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    return `ERROR: ${error.message}\nHINT: ${error.hint}\n`;
  }
}
