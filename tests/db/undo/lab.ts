import * as fc from "fast-check";
import postgres, { type Sql, type TransactionSql } from "postgres";
import { people, quiet, saveRule, type World } from "../support/mod.ts";

/** Four governed tables with every kind of reference, a circle of them, generated keys and columns, keys of two columns. */
export async function createLab(world: World): Promise<void> {
  await world.sql.unsafe(`
    create schema lab;
    grant usage on schema lab to authenticated, service_role;
    create table lab.parents (id bigint generated always as identity primary key, org_id text not null, name text, code text unique, favourite text,
      created_at timestamptz not null default now());
    create table lab.children (id text primary key, org_id text not null, parent_id bigint not null references lab.parents on delete cascade,
      label text, size integer, doubled integer generated always as (size * 2) stored, amount numeric(10, 2));
    alter table lab.parents add foreign key (favourite) references lab.children on delete set null on update cascade;
    create table lab.notes (org_id text, number integer, child_id text references lab.children on delete set null on update cascade, body jsonb,
      primary key (org_id, number));
    create table lab.holds (id uuid primary key default gen_random_uuid(), org_id text not null, parent_id bigint not null references lab.parents on delete restrict,
      days integer[]);
    do $$ declare t text; begin
      foreach t in array array['parents', 'children', 'notes', 'holds'] loop
        execute format('alter table lab.%I enable row level security', t);
        execute format('create policy own on lab.%I to authenticated using (org_id in (select governance_private.my_org_ids(''member'')))
          with check (org_id in (select governance_private.my_org_ids(''member'')))', t);
        execute format('grant select, insert, update, delete on lab.%I to authenticated, service_role', t);
      end loop;
    end $$`).simple();
  await world
    .sql`select governance.register_entity('parent', 'lab.parents'), governance.register_entity('child', 'lab.children'),
    governance.register_entity('note', 'lab.notes'), governance.register_entity('hold', 'lab.holds')`;
  await world.sql`delete from governance.write_limits`;
  await quiet(world.sql);
}

/** One statement of somebody; which record, is a number that is counted round. */
export const step = fc.record({
  verb: fc.constantFrom(
    ...[
      "add parent",
      "add child",
      "add child",
      "add note",
      "add note",
      "add hold",
      "name",
      "code",
      "favourite",
      "move",
      "grow all",
      "measure",
      "attach",
    ],
    ...[
      "body",
      "rename key",
      "fix",
      "fix",
      "drop parent",
      "drop child",
      "drop notes",
      "drop hold",
      "days",
      "make anew",
    ],
  ),
  one: fc.nat(9),
  two: fc.nat(9),
  value: fc.constantFrom("a", "b", "ü", "", null),
});
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Every record of the lab as JSON. */
export async function contents(sql: Sql): Promise<Record<string, unknown>> {
  const rows = await sql`
    select 'parent ' || id as key, to_jsonb(r) as record from lab.parents r union all select 'child ' || id, to_jsonb(r) from lab.children r
    union all select 'note ' || number, to_jsonb(r) from lab.notes r union all select 'hold ' || id, to_jsonb(r) from lab.holds r order by 1`;
  return Object.fromEntries(rows.map(({ key, record }) => [key, record]));
}

/** Takes steps as one person after each other; what a key or a rule refuses simply did not happen. */
export class Lab {
  #count = 0;
  readonly #freed: string[] = [];
  #rule: string | undefined;

  constructor(readonly world: World) {}

  async take(who: "member" | "colleague", each: Step): Promise<void> {
    try {
      if (each.verb === "fix") await this.#fix(each);
      else await this.world.as(who, (own) => this.#write(own, each));
    } catch (error) {
      if (!(error instanceof postgres.PostgresError && /^23/.test(error.code))) throw error;
    }
  }

  /** The key of some row of a table. */
  async #pick(sql: Sql | TransactionSql, table: string, key: string, place: number): Promise<string | null> {
    const rows = await sql.unsafe(`select ${key}::text as key from lab.${table} order by 1`);
    return rows.length === 0 ? null : rows[place % rows.length]!["key"];
  }

  async #write(sql: TransactionSql, { verb, one, two, value }: Step): Promise<void> {
    const count = ++this.#count;
    const parent = await this.#pick(sql, "parents", "id", one);
    const child = await this.#pick(sql, "children", "id", two);
    const note = await this.#pick(sql, "notes", "number", one);
    const hold = await this.#pick(sql, "holds", "id", one);
    const code = this.#freed.pop() ?? `c${count}`;
    const writes: Record<string, () => PromiseLike<unknown>> = {
      "add parent": () =>
        sql`insert into lab.parents (org_id, name, code) values ('acme', ${value}, ${code})`,
      "add child": () =>
        sql`insert into lab.children (id, org_id, parent_id, label, size, amount) values (${`k${count}`}, 'acme', ${parent}, ${value}, ${one}, ${`${two}.50`})`,
      "add note": () =>
        sql`insert into lab.notes (org_id, number, child_id, body) values ('acme', ${count}, ${child}, ${
          sql.json({ value })
        })`,
      "add hold": () =>
        sql`insert into lab.holds (org_id, parent_id, days) values ('acme', ${parent}, '{1,2}')`,
      name: () => sql`update lab.parents set name = ${value} where id = ${parent}`,
      code: () => sql`update lab.parents set code = ${`n${count}`} where id = ${parent}`,
      favourite: () => sql`update lab.parents set favourite = ${child} where id = ${parent}`,
      move: () => sql`update lab.children set parent_id = ${parent}, label = ${value} where id = ${child}`,
      "grow all": () => sql`update lab.children set size = size + 1`,
      measure: () => sql`update lab.children set size = ${one}, amount = ${`${two}.25`} where id = ${child}`,
      attach: () => sql`update lab.notes set child_id = ${child} where number = ${note}`,
      body: () =>
        sql`update lab.notes set body = ${
          value === null ? null : sql.json([value, one])
        } where number = ${note}`,
      "rename key": () => sql`update lab.children set id = ${`k${count}`} where id = ${child}`,
      days: () => sql`update lab.holds set days = days || ${one}::integer where id::text = ${hold}`,
      "drop parent": async () => {
        const gone = await sql`delete from lab.parents where id = ${parent} returning code`;
        if (gone[0]) this.#freed.push(gone[0]["code"]);
      },
      "drop child": () => sql`delete from lab.children where id = ${child}`,
      "drop notes": () => sql`delete from lab.notes where number % 2 = ${one % 2}`,
      "drop hold": () => sql`delete from lab.holds where parent_id = ${parent}`,
      // The same key again in another transaction would be another record; in one it is one that changed.
      "make anew": async () => {
        const [row] = await sql`delete from lab.notes where number = ${note} returning number`;
        if (row) {
          await sql`insert into lab.notes (org_id, number, body) values ('acme', ${row["number"]}, '"anew"')`;
        }
      },
    };
    await writes[verb]!();
  }

  /** As `evaluate` corrects. */
  async #fix({ one, value }: Step): Promise<void> {
    const { sql } = this.world;
    this.#rule ??= await saveRule(sql, {
      rule_key: "child-label",
      entity_type: "child",
      message: "x",
      condition: null,
      enforcement: "fix",
      fix: [{ step: "normalize", field: "label", using: "upper" }],
      timing: "async",
    });
    const key = await this.#pick(sql, "children", "id", one);
    if (key === null) return;
    const [row] = await sql`select label from lab.children where id = ${key}`;
    const patch = [{ op: "test", path: "/label", value: row!["label"] }, {
      op: "replace",
      path: "/label",
      value: `${value}!`,
    }];
    await sql`select governance_private.apply_fixes('child', ${
      sql.json([{ key, org_id: "acme", fixes: [{ rule_id: this.#rule, patch }] }])
    }, 0)`;
  }
}

export const actors = { member: people.member, colleague: people.colleague };
