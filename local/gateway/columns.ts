import type postgres from "postgres";

/** What is needed to read a column's value out of JSON. */
export interface ColumnType {
  /** As SQL writes it. */
  readonly type: string;
  /** SQL expression of what the column gets when nothing is said of it. */
  readonly defaultExpression: string;
}

/** Columns by schema, table and name. */
export type Columns = ReadonlyMap<string, ReadonlyMap<string, ColumnType>>;

/** The key of a table in {@linkcode Columns}. */
export function tableKey(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}

/** Reads the columns of all tables and views in the exposed schemas. */
export async function readColumns(sql: postgres.Sql, schemas: readonly string[]): Promise<Columns> {
  const rows = await sql<
    { schema: string; table: string; column: string; type: string; defaultExpression: string }[]
  >`
    select n.nspname as schema, c.relname as "table", a.attname as column,
      format_type(a.atttypid, a.atttypmod) as type,
      case when a.attidentity <> '' then (
          -- not pg_get_serial_sequence: it demands a right on the schema that authenticator does not have
          select format('nextval(%L)', format('%I.%I', sn.nspname, s.relname))
          from pg_catalog.pg_depend u
          join pg_catalog.pg_class s on s.oid = u.objid and s.relkind = 'S'
          join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
          where u.refobjid = c.oid and u.refobjsubid = a.attnum and u.deptype = 'i')
        when a.attgenerated = '' then coalesce(pg_get_expr(d.adbin, d.adrelid), 'null')
        else 'null' end as "defaultExpression"
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where n.nspname = any(${[...schemas]}) and c.relkind in ('r', 'p', 'v', 'f')`;
  const columns = new Map<string, Map<string, ColumnType>>();
  for (const { schema, table, column, type, defaultExpression } of rows) {
    const key = tableKey(schema, table);
    const own = columns.get(key) ?? new Map<string, ColumnType>();
    own.set(column, { type, defaultExpression });
    columns.set(key, own);
  }
  return columns;
}
