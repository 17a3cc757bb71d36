import { assertEquals } from "@std/assert";
import type { Sql, TransactionSql } from "postgres";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";
import { calls, withoutLine } from "./calls.ts";
import { type Access, functions, type Role, roles, tables } from "./matrix.ts";
import { seed, whose } from "./seed.ts";

const users: Partial<Record<Role, string>> = {
  nobody: "00000000-0000-4000-8000-00000000c001",
  viewer: "00000000-0000-4000-8000-00000000a001",
  member: "00000000-0000-4000-8000-00000000a002",
  steward: "00000000-0000-4000-8000-00000000a004",
  admin: "00000000-0000-4000-8000-00000000a005",
  outsider: "00000000-0000-4000-8000-00000000b005",
};

/** Thrown to roll back what was only tried. */
class TriedEnough extends Error {}

/** Runs a statement as a request of the role, and takes it back; returns the error that ended it. */
async function attempt(database: TestDatabase, role: Role, work: (sql: TransactionSql) => Promise<unknown>) {
  const user = users[role];
  return await database.as(
    user === undefined ? role as "anon" : "authenticated",
    user === undefined ? {} : { sub: user },
    async (sql) => {
      await work(sql);
      throw new TriedEnough();
    },
  ).catch((error) => error);
}

/** Whether the role can do it, and it has an effect. A refusal that is not about rights counts as allowed. */
async function can(
  database: TestDatabase,
  role: Role,
  attempted: (sql: TransactionSql) => Promise<number>,
): Promise<boolean> {
  let effect = 0;
  const error = await attempt(database, role, async (sql) => effect = await attempted(sql));
  if (error instanceof TriedEnough) return effect > 0;
  // No right, a refusal that says so to people, or a view that nobody can write through.
  if (["42501", "PT403", "55000"].includes(error.code)) return false;
  if (error.code === "23503") return true; // the right was there; another table still points at the row
  throw error;
}

/** What a role gets of a call: a letter of `calls`. */
async function outcome(database: TestDatabase, role: Role, statement: string): Promise<string> {
  let answer = "[]";
  const error = await attempt(
    database,
    role,
    async (sql) => answer = JSON.stringify(await sql.unsafe(statement)),
  );
  if (error instanceof TriedEnough) {
    return answer === "[]" ? "-" : answer.includes('"not-allowed"') ? "n" : "y";
  }
  if (["42501", "PT403"].includes(error.code)) return "n";
  if (error.code === "PT404") return "x";
  // A mistake of the table: no such function, wrong arguments.
  if (!error.code.startsWith("PT")) throw error;
  return "y";
}

/** The ids of acme's rows that the calls are about. */
async function subjects(database: TestDatabase): Promise<Record<string, string>> {
  const [row] = await database.sql`select
    (select id from governance.data_quality_issues where rule_key = 'own-rule') as issue,
    (select id from governance.data_quality_rules where rule_key = 'own-rule') as rule,
    (select id from governance.fixes) as fix, (select batch_id from governance.fixes) as batch,
    (select id from governance.extracts) as extract, (select key_id from governance.integration_keys) as key,
    (select endpoint_id from governance.webhook_endpoints) as webhook, (select delivery_id::text from governance.webhook_deliveries) as delivery,
    (select import_id from governance.imports) as import, (select id from governance.waivers) as waiver`;
  return { ...row } as Record<string, string>;
}

async function rights(
  database: TestDatabase,
  role: Role,
  table: string,
  { row, change }: Access,
): Promise<string> {
  const where = whose(table);
  const [column] = (await database.sql.unsafe(
    `select a.attname from pg_attribute a where a.attrelid = '${table}'::regclass and a.attnum > 0 and a.attidentity = '' order by a.attnum limit 1`,
  )).map(({ attname }) => attname);
  const attempts: [string, (sql: TransactionSql) => Promise<number>][] = [
    ["r", async (sql) => (await sql.unsafe(`select from ${table} where ${where}`)).length],
    ["a", async (sql) => {
      if (row === undefined) return await bare(sql, `insert into ${table} default values`);
      const names = Object.keys(row).map((name) => `"${name}"`).join(", ");
      const json = sql.json(row as never);
      return (await sql`insert into ${sql.unsafe(`${table} (${names})`)}
        select ${sql.unsafe(names)} from jsonb_populate_record(null::${sql.unsafe(table)}, ${json})`).count;
    }],
    ["c", (sql) => bare(sql, `update ${table} set ${change ?? `"${column}" = "${column}"`} where ${where}`)],
    ["d", (sql) => bare(sql, `delete from ${table} where ${where}`)],
  ];
  let found = "";
  for (const [letter, attempt] of attempts) if (await can(database, role, attempt)) found += letter;
  return found;
}

async function bare(sql: TransactionSql, statement: string): Promise<number> {
  return (await sql.unsafe(statement)).count;
}

async function seeded(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.sql.unsafe(seed).simple();
  return database;
}

Deno.test("each role may do with each table what the matrix says, and nothing else", async (t) => {
  await using database = await seeded();
  for (const [table, access] of Object.entries(tables)) {
    for (const [n, role] of roles.entries()) {
      await t.step(`${role} on ${table}`, async () => {
        assertEquals(await rights(database, role, table, access), access.rights[n]);
      });
    }
  }
});

Deno.test("the matrix knows every table and view", async () => {
  await using database = await createTestDatabase();
  const rows = await database.sql`
    select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'governance', 'governance_private') and c.relkind in ('r', 'p', 'v')
      and c.relname !~ '^audit_events_[0-9]+$'`;
  assertEquals(rows.map(({ name }) => name).sort(), Object.keys(tables).sort());
});

Deno.test("the matrix knows every function of governance and who may call it", async () => {
  await using database = await createTestDatabase();
  const rows = await database.sql`
    select p.proname, array(select g.grantee::regrole::text from aclexplode(p.proacl) as g where g.grantee <> p.proowner order by 1) as callers
    from pg_proc p where p.pronamespace = 'governance'::regnamespace`;
  assertEquals(Object.fromEntries(rows.map(({ proname, callers }) => [proname, callers])), functions);
});

Deno.test("each role gets of each function of governance what the table of calls says", async (t) => {
  await using database = await seeded();
  const ids = await subjects(database);
  // So that there is an earlier version to restore.
  await database.sql`update governance.data_quality_rules set severity = 'low' where rule_key = 'own-rule'`;
  const known = await database
    .sql`select distinct proname from pg_proc where pronamespace = 'governance'::regnamespace`;
  const listed = known.map(({ proname }) => proname).filter((name) => !withoutLine.includes(name));
  assertEquals(Object.keys(calls).sort(), listed.sort(), "a line for each in calls.ts");
  for (const [name, { call, may }] of Object.entries(calls)) {
    await t.step(name, async () => {
      const statement = `select * from governance.${name}(${
        call.replace(/\{([a-z]+)\}/g, (_, subject) => ids[subject]!)
      })`;
      let found = "";
      for (const role of roles) found += await outcome(database, role, statement);
      assertEquals(found, may);
    });
  }
});

Deno.test("monthly partitions of the audit are readable by nobody directly", async () => {
  await using database = await seeded();
  const rows = await database
    .sql`select inhrelid::regclass::text as name from pg_inherits where inhparent = 'governance.audit_events'::regclass`;
  for (const { name } of rows) {
    for (const role of ["anon", "admin", "service_role"] as const) {
      assertEquals(
        await can(database, role, (sql) => bare(sql, `select from ${name}`)),
        false,
        `${role} ${name}`,
      );
    }
  }
});

/** Columns that nobody but the database may write. */
const untouchable: Record<string, string[]> = {
  "public.leads": ["updated_at", "full_name"],
  "governance.data_quality_rules": ["version", "suspended_reason", "sentence", "created_by"],
  "governance.organizations": ["org_id", "name"],
  "governance.memberships": ["org_id", "user_id"],
  "governance.data_quality_issues": ["message", "rule_key", "suggested_fix", "observed"],
};

Deno.test("columns that the product keeps cannot be written through the API", async () => {
  await using database = await createTestDatabase();
  for (const [table, columns] of Object.entries(untouchable)) {
    for (const column of columns) {
      for (const role of ["authenticated", "service_role"]) {
        const [right] = await database
          .sql`select has_column_privilege(${role}, ${table}, ${column}, 'update') as allowed`;
        assertEquals(right!.allowed, false, `${role} ${table}.${column}`);
      }
    }
  }
});

const escalations: Record<string, (sql: TransactionSql | Sql) => Promise<unknown>> = {
  "an admin makes a member in another organization": (sql) =>
    sql`insert into governance.memberships (user_id, org_id, role)
      select '00000000-0000-4000-8000-00000000a005', '00000000-0000-4000-8000-000000000100', 'admin'`,
  "an admin saves a rule for everybody": (sql) =>
    sql`insert into governance.data_quality_rules (rule_key, entity_type, dimension, message, condition) values
      ('for-all', 'lead', 'validity', 'x', '{"combinator": "and", "rules": [{"field": "email", "operator": "notNull"}]}')`,
  "an admin binds a source to a database role": (sql) =>
    sql`insert into governance.source_systems (source_key, org_id, label, db_role)
      values ('sync:all', '00000000-0000-4000-8000-0000000000aa', 'x', 'authenticated')`,
  "a steward adds a value for everybody": (sql) =>
    sql`insert into governance.reference_values (set_key, value) values ('countries', 'Everyland')`,
};

Deno.test("an administrator of one organization reaches no further", async (t) => {
  await using database = await seeded();
  for (const [name, attempt] of Object.entries(escalations)) {
    await t.step(name, async () => {
      const refusal = await database.as("authenticated", { sub: users.admin! }, attempt).catch((error) =>
        error.code
      );
      assertEquals(refusal, "42501");
    });
  }
});
