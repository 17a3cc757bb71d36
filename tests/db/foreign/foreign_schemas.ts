import type { Sql } from "postgres";

/** Somebody else's CRM: how it is made and registered, and what the flow writes to it, in its own words. */
export interface ForeignCrm {
  readonly schemas: readonly string[];
  readonly create: string;
  /** Entity types with the call that registers them; the last is the one that the flow works on. */
  readonly register: readonly (readonly [string, string])[];
  readonly fields: {
    readonly mail: string;
    readonly note: string;
    readonly relation: string;
    readonly parentStatus: string;
  };
  readonly main: { readonly entity: string; readonly table: string; readonly parent: string };
  /** Statements of the flow. */
  readonly addParent: string;
  readonly activateParent: string;
  /** A record with the mail ` ANN@Example.COM `, the note ` hello ` and an inactive parent. */
  readonly add: string;
  readonly key: string;
  readonly org: string;
  /** Another record with the same mail. */
  readonly twin: string;
  /** A change that sets the note to `forbidden`. */
  readonly forbid: string;
  readonly read: string;
  /** What other people's triggers make of it: audit events of other entities that the first record brings. */
  readonly alsoWritten: readonly string[];
}

const longest = "spalte_".padEnd(62, "x") + "z"; // 63 characters, as long as a name can be

/** Quoted, reserved, unicode and longest names; identity and generated columns; triggers that change rows and write other governed tables. */
export const quoted: ForeignCrm = {
  schemas: ["Müller & Söhne"],
  create: `
    create schema "Müller & Söhne";
    create table "Müller & Söhne"."Customer" (
      "select" text primary key, "Mandant" text not null, "Status" text, "Orders" int not null default 0, "$${"$"}" text);
    create table "Müller & Söhne"."Order" (
      "Order ""No""" bigint generated always as identity primary key,
      "Mandant" text not null,
      "select_id" text references "Müller & Söhne"."Customer",
      "E-Mail 'privat'" text,
      "größe" int default 3,
      "${longest}" text,
      "where" text generated always as (upper("${longest}")) stored,
      "user" text);
    create function "Müller & Söhne"."Tidy"() returns trigger language plpgsql as $f$
      begin new."user" := coalesce(new."user", 'somebody'); return new; end $f$;
    create function "Müller & Söhne"."Count"() returns trigger language plpgsql as $f$
      begin update "Müller & Söhne"."Customer" c set "Orders" = c."Orders" + 1 where c."select" = new."select_id"; return null; end $f$;
    create trigger "1 Tidy" before insert or update on "Müller & Söhne"."Order" for each row execute function "Müller & Söhne"."Tidy"();
    create trigger "Count" after insert on "Müller & Söhne"."Order" for each row execute function "Müller & Söhne"."Count"();
    create trigger zz_tidy before update on "Müller & Söhne"."Order" for each row execute function "Müller & Söhne"."Tidy"();
    grant usage on schema "Müller & Söhne" to service_role;
    grant select, insert, update, delete on all tables in schema "Müller & Söhne" to service_role;`,
  register: [
    [
      "kunde",
      `select governance.register_entity('kunde', '"Müller & Söhne"."Customer"', 'select', p_org_column => 'Mandant')`,
    ],
    [
      "bestellung",
      `select governance.register_entity('bestellung', '"Müller & Söhne"."Order"', 'E-Mail ''privat''', p_org_column => 'Mandant')`,
    ],
  ],
  fields: { mail: "E-Mail 'privat'", note: longest, relation: "select", parentStatus: "Status" },
  main: { entity: "bestellung", table: '"Müller & Söhne"."Order"', parent: "kunde" },
  addParent:
    `insert into "Müller & Söhne"."Customer" ("select", "Mandant", "Status") values ('from', 'acme', 'closed')`,
  activateParent: `update "Müller & Söhne"."Customer" set "Status" = 'active'`,
  add:
    `insert into "Müller & Söhne"."Order" ("Mandant", "select_id", "E-Mail 'privat'", "${longest}") values ('acme', 'from', ' ANN@Example.COM ', ' hello ')`,
  key: "1",
  org: "acme",
  twin:
    `insert into "Müller & Söhne"."Order" ("Mandant", "E-Mail 'privat'") values ('acme', 'ann@EXAMPLE.com')`,
  forbid: `update "Müller & Söhne"."Order" set "${longest}" = 'forbidden'`,
  read:
    `select "E-Mail 'privat'" as mail, "${longest}" as note from "Müller & Söhne"."Order" where "Order ""No""" = 1`,
  alsoWritten: ["kunde update from"],
};

/** Composite keys, no organization column, partitions at two levels with the columns in another order. */
export const partitioned: ForeignCrm = {
  schemas: ["club"],
  create: `
    create schema club;
    create table club.households (branch text, number int, status text, primary key (branch, number));
    create table club.bookings (
      branch text, day date, seq int, household int, email text, seats int, note text, primary key (branch, day, seq),
      foreign key (branch, household) references club.households
    ) partition by list (branch);
    create table club.bookings_north partition of club.bookings for values in ('north') partition by range (day);
    create table club.bookings_north_2026 partition of club.bookings_north for values from ('2026-01-01') to ('2027-01-01');
    create table club.bookings_south (
      note text, gone int, seats int, email text, household int, seq int, day date, branch text, primary key (branch, day, seq));
    alter table club.bookings_south drop column gone;
    alter table club.bookings attach partition club.bookings_south for values in ('south');
    create function club.count_seats() returns trigger language plpgsql as $f$ begin new.seats := coalesce(new.seats, 1); return new; end $f$;
    create trigger count_seats before insert on club.bookings for each row execute function club.count_seats();
    grant usage on schema club to service_role;
    grant select, insert, update, delete on all tables in schema club to service_role;`,
  register: [
    ["household", `select governance.register_entity('household', 'club.households', p_org_id => 'globex')`],
    [
      "booking",
      `select governance.register_entity('booking', 'club.bookings', 'email', p_org_id => 'globex')`,
    ],
  ],
  fields: { mail: "email", note: "note", relation: "household", parentStatus: "status" },
  main: { entity: "booking", table: "club.bookings", parent: "household" },
  addParent: `insert into club.households values ('south', 7, 'closed')`,
  activateParent: `update club.households set status = 'active'`,
  add:
    `insert into club.bookings_south (branch, day, seq, household, email, note) values ('south', '2026-03-01', 1, 7, ' ANN@Example.COM ', ' hello ')`,
  key: '["south", "2026-03-01", "1"]',
  org: "globex",
  twin:
    `insert into club.bookings (branch, day, seq, email) values ('north', '2026-03-01', 2, 'ann@EXAMPLE.com')`,
  forbid: `update club.bookings_south set note = 'forbidden'`,
  read: `select email as mail, note from club.bookings`,
  alsoWritten: [],
};

/** Tables of another role; a key that somebody's trigger makes after ours have run. */
export const owned: ForeignCrm = {
  schemas: ["desk"],
  create: `
    create schema desk;
    create sequence desk.refs;
    create table desk.agents (code varchar(12) primary key, tenant text not null, status text);
    create table desk.tickets (
      ref text primary key, tenant text not null, agent_code varchar(12) references desk.agents on update cascade, email text, subject text, "national id" text);
    create function desk.set_ref() returns trigger language plpgsql as $f$
      begin new.ref := coalesce(new.ref, 'T-' || nextval('desk.refs')); return new; end $f$;
    create trigger set_ref before insert on desk.tickets for each row execute function desk.set_ref();
    grant usage on schema desk to service_role;
    grant usage on sequence desk.refs to service_role;
    grant select, insert, update, delete on all tables in schema desk to service_role;`,
  register: [
    ["agent", `select governance.register_entity('agent', 'desk.agents', p_org_column => 'tenant')`],
    [
      "ticket",
      `select governance.register_entity('ticket', 'desk.tickets', 'subject', p_org_column => 'tenant')`,
    ],
  ],
  fields: { mail: "email", note: "subject", relation: "agent", parentStatus: "status" },
  main: { entity: "ticket", table: "desk.tickets", parent: "agent" },
  addParent: `insert into desk.agents values ('zoë', 'acme', 'closed')`,
  activateParent: `update desk.agents set status = 'active'`,
  add:
    `insert into desk.tickets (tenant, agent_code, email, subject, "national id") values ('acme', 'zoë', ' ANN@Example.COM ', ' hello ', 'secret-1')`,
  key: "T-1",
  org: "acme",
  twin: `insert into desk.tickets (tenant, email) values ('acme', 'ann@EXAMPLE.com')`,
  forbid: `update desk.tickets set subject = 'forbidden'`,
  read: `select email as mail, subject as note from desk.tickets`,
  alsoWritten: [],
};

/** Everything that the catalog says of some schemas, as text: tables, columns, triggers, functions, grants, policies. */
export async function describeSchemas(sql: Sql, schemas: readonly string[]): Promise<string[]> {
  const rows = await sql`
    with n as (select oid, nspname, nspacl, nspowner from pg_namespace where nspname in ${sql([...schemas])}),
    r as (select c.* from pg_class c join n on n.oid = c.relnamespace)
    select concat_ws(' ', 'schema', nspname, nspowner::regrole, nspacl::text) as line from n
    union all select concat_ws(' ', 'relation', oid::regclass, relkind, relowner::regrole, relacl::text, relrowsecurity, relispartition, reloptions::text) from r
    union all select concat_ws(' ', 'column', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl::text,
      pg_get_expr(d.adbin, d.adrelid)) from pg_attribute a join r on r.oid = a.attrelid left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    union all select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled) from pg_trigger t join r on r.oid = t.tgrelid
    union all select concat_ws(' ', 'constraint', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) from pg_constraint c join n on n.oid = c.connamespace
    union all select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid)) from pg_index i join r on r.oid = i.indrelid
    union all select concat_ws(' ', 'function', p.oid::regprocedure, p.proowner::regrole, p.proacl::text, md5(p.prosrc)) from pg_proc p join n on n.oid = p.pronamespace
    union all select concat_ws(' ', 'policy', tablename, policyname, cmd, roles::text, qual, with_check) from pg_policies where schemaname in ${
    sql([...schemas])
  }
    union all select concat_ws(' ', 'comment', c.description) from pg_description c join r on r.oid = c.objoid
    union all select concat_ws(' ', 'default', defaclrole::regrole, defaclacl::text) from pg_default_acl d join n on n.oid = d.defaclnamespace
    union all select concat_ws(' ', 'publication', pubname, tablename) from pg_publication_tables where schemaname in ${
    sql([...schemas])
  }
    order by 1`;
  return rows.map(({ line }) => line);
}

/** What governance still knows of entities: functions, and rows that name them. */
export async function tracesOf(
  sql: Sql,
  entities: readonly string[],
  schemas: readonly string[],
): Promise<string[]> {
  const rows = await sql`
    select 'function ' || proname as trace from pg_proc where pronamespace = 'governance_private'::regnamespace
      and (exists (select from unnest(${[
    ...entities,
  ]}::text[]) e where proname ~ ('^' || e || '_([0-9]{3}_|deliver$|describe$)'))
        or exists (select from unnest(${[
    ...schemas,
  ]}::text[]) s where position(quote_ident(s) || '.' in prosrc) > 0))
    union all select 'entity ' || entity_type from governance.entities where entity_type in ${
    sql([...entities])
  }
    union all select 'relation ' || relation from governance.relations where entity_type in ${
    sql([...entities])
  } or to_entity in ${sql([...entities])}
    union all select 'queued' from governance_private.change_queue where entity_type in ${sql([...entities])}
    union all select 'compiled' from governance_private.compiled_entities where entity_type in ${
    sql([...entities])
  }
    union all select 'open issue ' || rule_key from governance.data_quality_issues where status = 'open' and entity_type in ${
    sql([...entities])
  }`;
  return rows.map(({ trace }) => trace);
}
