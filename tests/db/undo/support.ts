import type { Caller, World } from "../support/mod.ts";

export interface Conflict {
  readonly reason: string;
  readonly message: string;
  readonly fields: readonly { field: string; expected?: unknown; actual?: unknown }[];
}

export interface Item {
  readonly entity_type: string;
  readonly record_key: string;
  readonly operation: "update" | "insert" | "delete";
  readonly fields: Readonly<Record<string, { from?: unknown; to?: unknown }>>;
  readonly conflict: Conflict | null;
}

export interface Counts {
  readonly records: number;
  readonly updated: number;
  readonly inserted: number;
  readonly deleted: number;
  readonly conflicts: number;
}

export interface Preview {
  readonly counts: Counts;
  readonly records: readonly Item[];
  readonly next: { entity_type: string; record_key: string } | null;
  readonly is_tried: boolean;
}

export interface Undone {
  readonly undo_id: string;
  readonly counts: Counts;
  readonly conflicts: readonly (Conflict & { entity_type: string; record_key: string | null })[];
}

/** What an undo of this scope would do, as somebody. */
export async function preview(
  world: World,
  scope: unknown,
  caller: Caller = "steward",
  page: { after?: unknown; limit?: number; conflictsOnly?: boolean } = {},
): Promise<Preview> {
  return await world.as(caller, async (sql) => {
    const [row] = await sql`select governance.preview_undo(${sql.json(scope as never)},
      ${page.after === undefined ? null : sql.json(page.after as never)}, ${page.limit ?? 100}, ${
      page.conflictsOnly ?? false
    }) as answer`;
    return row!["answer"];
  });
}

/** Takes a scope back, as somebody. */
export async function undo(
  world: World,
  scope: unknown,
  caller: Caller = "steward",
  onConflict: "refuse" | "skip" = "refuse",
): Promise<Undone> {
  return await world.as(caller, async (sql) => {
    const [row] = await sql`
      select governance.undo(${sql.json(scope as never)}, ${onConflict}, 'because') as answer`;
    return row!["answer"];
  });
}

/** Every customer and order, as it is, without the moments that triggers set. */
export async function everything({ sql }: World): Promise<unknown[]> {
  const rows = await sql`
    select 'customer' as entity, to_jsonb(c) as record from shop.customers c
    union all select 'order', to_jsonb(o) from shop.orders o order by 1, 2`;
  return rows.map(({ entity, record }) => [entity, record]);
}
