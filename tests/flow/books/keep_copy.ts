import type { Sql } from "postgres";
import { BOOK_TABLES } from "./make_books.ts";

/** Puts a copy of the books aside. */
export async function keepCopy(sql: Sql): Promise<void> {
  await sql`create schema clean_books`;
  for (const table of BOOK_TABLES) {
    await sql.unsafe(`create table clean_books.${table} as table public.${table}`);
    await sql.unsafe(`create unique index on clean_books.${table} (id)`);
  }
}

/** Mends the books: every row becomes what it was, what came is gone, what went is back. */
export async function mendBooks(sql: Sql): Promise<void> {
  await sql.begin(async (sql) => {
    await sql`alter table public.deals disable trigger record_stage_change_update`;
    for (const table of [...BOOK_TABLES].reverse()) {
      await sql.unsafe(
        `delete from public.${table} t where not exists (select from clean_books.${table} c where c.id = t.id)`,
      );
    }
    for (const table of BOOK_TABLES) {
      const columns = (await sql`select attname as name from pg_attribute
        where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`)
        .map(({ name }) => name as string);
      const list = columns.join(", ");
      const from = (alias: string) => columns.map((name) => `${alias}.${name}`).join(", ");
      await sql.unsafe(
        `update public.${table} t set (${list}) = (select ${from("c")}) from clean_books.${table} c
        where c.id = t.id and (${from("t")}) is distinct from (${from("c")})`,
      );
      await sql.unsafe(`insert into public.${table} (${list}) select ${list} from clean_books.${table} c
        where not exists (select from public.${table} t where t.id = c.id)`);
    }
    await sql`alter table public.deals enable trigger record_stage_change_update`;
  });
}
