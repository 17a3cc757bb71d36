/** A convention of the SQL side: the query finds what breaks it, `broken` is a statement that does. */
export interface Convention {
  readonly name: string;
  /** One column, `culprit`; no rows where the convention is kept. */
  readonly query: string;
  /** Run as `postgres` on a copy, to see that the query finds it. */
  readonly broken: string;
}

const schemas = "('public', 'governance', 'governance_private')";
const relations = `pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname in ${schemas}`;
const functions = `pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname in ${schemas}`;

/** The SQL section of the house style, as queries over the catalog. */
export const conventions: readonly Convention[] = [
  {
    name: "every table is under row level security",
    query:
      `select c.oid::regclass as culprit from ${relations} where c.relkind in ('r', 'p') and not c.relrowsecurity`,
    broken: "create table governance.naked (id int primary key)",
  },
  {
    name: "a table that people may use has a policy",
    query: `select c.oid::regclass as culprit from ${relations}
      where c.relkind in ('r', 'p') and has_any_column_privilege('authenticated', c.oid, 'select')
        and not exists (select from pg_policy where polrelid = c.oid)`,
    broken: "create table governance.naked (id int); grant select on governance.naked to authenticated",
  },
  {
    name: "every function has its search path set, or a SQL-standard body",
    query:
      `select p.oid::regprocedure as culprit from ${functions} where p.prosqlbody is null and p.prokind <> 'a'
      and not exists (select from unnest(p.proconfig) as setting where setting like 'search_path=%')`,
    broken: "create function governance.loose() returns int language sql as 'select 1'",
  },
  {
    name: "security definer functions are in governance_private only",
    query:
      `select p.oid::regprocedure as culprit from ${functions} where p.prosecdef and n.nspname <> 'governance_private'`,
    broken:
      "create function governance.strong() returns int language sql security definer set search_path = '' as 'select 1'",
  },
  {
    name: "no function is executable by PUBLIC or anon",
    query: `select p.oid::regprocedure as culprit from ${functions}
      cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as granted
      where granted.grantee in (0, 'anon'::regrole)`,
    broken: "grant execute on function governance.undo_fix(uuid) to anon",
  },
  {
    name: "anon and PUBLIC have no right on any table, view, sequence or column",
    query: `select c.oid::regclass as culprit from ${relations} cross join aclexplode(c.relacl) as granted
        where granted.grantee in (0, 'anon'::regrole)
      union select a.attrelid::regclass from pg_attribute a join ${relations} on c.oid = a.attrelid
        cross join aclexplode(a.attacl) as granted where granted.grantee in (0, 'anon'::regrole)`,
    broken: "grant select (name) on public.accounts to anon",
  },
  {
    name: "tables of governance_private are granted to nobody",
    query: `select c.oid::regclass as culprit from ${relations} cross join aclexplode(c.relacl) as granted
      where n.nspname = 'governance_private' and granted.grantee <> c.relowner`,
    broken: "grant select on governance_private.change_queue to service_role",
  },
  {
    name: "insert and update are granted by column, truncate, references and trigger not at all",
    query: `select c.oid::regclass || ' ' || granted.privilege_type as culprit
      from ${relations} cross join aclexplode(c.relacl) as granted
      where granted.grantee <> c.relowner and c.relkind <> 'S' and granted.privilege_type not in ('SELECT', 'DELETE')`,
    broken: "grant update on public.leads to authenticated",
  },
  {
    name: "every table and view has a comment",
    query: `select c.oid::regclass as culprit from ${relations}
      where c.relkind in ('r', 'p', 'v') and coalesce(obj_description(c.oid, 'pg_class'), '') = ''`,
    broken: "create table governance.silent (id int)",
  },
  {
    name: "every function that is exposed has a comment",
    query: `select p.oid::regprocedure as culprit from ${functions}
      where n.nspname in ('public', 'governance') and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''`,
    broken: "create function governance.silent() returns int language sql return 1",
  },
  {
    name: "every foreign key has an index",
    query: `select k.conrelid::regclass || '.' || k.conname as culprit
      from pg_constraint k join pg_namespace n on n.oid = k.connamespace and n.nspname in ${schemas}
      where k.contype = 'f' and not exists (
        select from pg_index i where i.indrelid = k.conrelid
          and (select array_agg(x order by x) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) as x)
            = (select array_agg(x order by x) from unnest(k.conkey) as x))`,
    broken: "alter table governance.fixes add column parent uuid references governance.fixes",
  },
  {
    name: "our triggers are named by their place in the order",
    query: `select t.tgrelid::regclass || '.' || t.tgname as culprit
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'governance_private' and not t.tgisinternal and t.tgname !~ '^_[1-9][0-9]{2}_[a-z][a-z_]*$'`,
    broken: `create trigger keep_legal before insert on governance.data_quality_issues
      for each row execute function governance_private.keep_issue_legal()`,
  },
  {
    // What masks values that a table's policies hide whole reads with its owner's rights, behind a barrier, and asks for the reader by itself.
    name: "a view runs with the rights of its reader",
    query: `select c.oid::regclass as culprit from ${relations}
      where c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
        and not (c.relname ~ '^(audit_trail|masked_[a-z_]+)$' and coalesce('security_barrier=true' = any (c.reloptions), false))`,
    broken:
      "create view governance.leak as select * from governance.fixes; comment on view governance.leak is 'x'",
  },
  {
    name: "names are not longer than Postgres keeps them apart",
    query: `select p.oid::regprocedure as culprit from ${functions} where length(p.proname) >= 63`,
    broken: `create function governance.${"f".repeat(63)}() returns int language sql return 1`,
  },
];
