import type { Sql } from "postgres";

const schemas = "('public', 'governance', 'governance_private')";
/** Monthly partitions come and go with the calendar. */
const lasting = `c.relnamespace in (select oid from pg_namespace where nspname in ${schemas})
  and (not c.relispartition or c.relname like '%\\_default')`;

/** One query a section; each gives lines. Sorted here by code point, so that no locale decides. */
const sections: readonly (readonly [title: string, query: string])[] = [
  [
    "relations",
    `select format('%s %s%s', case c.relkind when 'v' then 'view' when 'S' then 'sequence' when 'p' then 'partitioned table' else 'table' end,
      c.oid::regclass, case when c.relrowsecurity then ' rls' else '' end) as line
    from pg_class c where ${lasting} and c.relkind in ('r', 'p', 'v', 'S')`,
  ],
  [
    "columns",
    `select format('%s.%s %s%s%s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      coalesce(case when a.attgenerated <> '' then ' generated ' else ' default ' end || pg_get_expr(d.adbin, d.adrelid), '')) as line
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where ${lasting} and c.relkind in ('r', 'p', 'v')`,
  ],
  [
    "constraints",
    `select format('%s %s %s', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid)) as line
    from pg_constraint k join pg_class c on c.oid = k.conrelid where ${lasting} and k.contype <> 'n' and not c.relispartition`,
  ],
  [
    "indexes",
    `select pg_get_indexdef(i.indexrelid) as line from pg_index i join pg_class c on c.oid = i.indrelid
    where ${lasting} and not c.relispartition`,
  ],
  [
    "policies",
    `select format('%s %s for %s to %s using (%s) check (%s)', c.oid::regclass, quote_ident(p.polname),
      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      (select string_agg(r::regrole::text, ', ' order by r::regrole::text) from unnest(p.polroles) as r),
      md5(coalesce(pg_get_expr(p.polqual, p.polrelid), '')), md5(coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))) as line
    from pg_policy p join pg_class c on c.oid = p.polrelid where ${lasting}`,
  ],
  [
    "grants",
    `select format('%s %s to %s', c.oid::regclass, lower(g.privilege_type), g.grantee::regrole) as line
      from pg_class c cross join aclexplode(c.relacl) as g where ${lasting} and g.grantee <> c.relowner
    union all select format('%s %s (%s) to %s', c.oid::regclass, lower(g.privilege_type), string_agg(a.attname, ', ' order by a.attnum), g.grantee::regrole)
      from pg_class c join pg_attribute a on a.attrelid = c.oid cross join aclexplode(a.attacl) as g where ${lasting}
      group by c.oid, g.privilege_type, g.grantee`,
  ],
  [
    "functions",
    `select format('%s %s %s%s%s %s', p.oid::regprocedure,
      case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
      case when p.prosecdef then 'definer' else 'invoker' end, coalesce(' ' || array_to_string(p.proconfig, ' '), ''),
      coalesce((select ' to ' || string_agg(g.grantee::regrole::text, ', ' order by g.grantee::regrole::text)
        from aclexplode(p.proacl) as g where g.grantee <> p.proowner), ''),
      -- What names rules by their ids is another text in every database; its generator stands here.
      case when p.prosqlbody is not null then 'standard'
        when p.prosrc ~ 'Generated[ :]' and p.prosrc ~ '[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}' then 'generated'
        else md5(p.prosrc) end) as line
    from pg_proc p where p.pronamespace in (select oid from pg_namespace where nspname in ${schemas})`,
  ],
  [
    "triggers",
    `select format('%s %s', c.oid::regclass, pg_get_triggerdef(t.oid)) as line
    from pg_trigger t join pg_class c on c.oid = t.tgrelid where ${lasting} and not t.tgisinternal`,
  ],
  [
    "types",
    `select format('%s %s', t.oid::regtype, (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
      from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0)) as line
    from pg_type t join pg_class c on c.oid = t.typrelid where ${lasting} and c.relkind = 'c'`,
  ],
  [
    "jobs",
    `select format('%s %s %s', jobname, schedule, regexp_replace(command, '\\s+', ' ', 'g')) as line from cron.job`,
  ],
];

/** What the catalog says of our schemas, the same on every machine and on both versions of Postgres. */
export async function describeSchema(sql: Sql): Promise<string> {
  const parts: string[] = [];
  await sql.begin(async (own) => {
    await own`set local search_path = ''`;
    for (const [title, query] of sections) {
      const lines = (await own.unsafe(query)).map(({ line }) => String(line));
      parts.push(`# ${title}\n\n${lines.sort().join("\n")}\n`);
    }
  });
  return parts.join("\n");
}
