import type { Sql } from "postgres";
import { COLUMNS, MOODS, quoteName, WRITTEN } from "./columns.ts";

/** The governed tables, in the order in which a trial fills them. */
export const TABLES = ["grands", "parents", "children", "subjects"] as const;
export type Table = (typeof TABLES)[number];

/** A subject points to a parent, a parent to a grand, a child to a subject and to a grand. */
const POINTERS: Readonly<Record<Table, Readonly<Record<string, Table>>>> = {
  grands: {},
  parents: { grand_id: "grands" },
  subjects: { parent_id: "parents" },
  children: { subject_id: "subjects", grand_id: "grands" },
};

const ENTITIES = [["grand", "grands"], ["parent", "parents"], ["subject", "subjects"], [
  "child",
  "children",
]] as const;

/** Organizations, each with its time zone and the country that a value without one belongs to. */
const ORGANIZATIONS = [
  ["acme", "Europe/Berlin", "DE"],
  ["globex", "America/New_York", "US"],
  ["britain", "Europe/London", "GB"],
  ["nippon", "Asia/Tokyo", "JP"],
  ["polder", "Europe/Amsterdam", "NL"],
  ["maple", "America/Toronto", "CA"],
  ["nowhere", "UTC", null],
] as const;

/** The columns of a table that are written, with their types. */
export function writtenColumns(table: Table): readonly { name: string; type: string }[] {
  return [
    { name: "id", type: "text" },
    { name: "org_id", type: "text" },
    ...Object.keys(POINTERS[table]).map((name) => ({ name, type: "text" })),
    ...WRITTEN,
  ];
}

/** Makes the trial tables, two organizations, reference sets, and the functions that ask SQL for its verdicts. */
export async function createTrial(sql: Sql): Promise<void> {
  for (const [org, zone, country] of ORGANIZATIONS) {
    await sql`select governance.register_organization(${org}, ${org}, ${zone}, ${country})`;
  }
  await sql.unsafe(`
    create extension if not exists citext schema extensions;
    create schema trial;
    create domain trial.line as varchar(200) check (value <> 'forbidden');
    create domain trial.share as numeric(12, 3);
    create type trial.mood as enum (${MOODS.map((mood) => `'${mood.replaceAll("'", "''")}'`).join(", ")});
    ${TABLES.toSorted((a, b) => Number(a === "children") - Number(b === "children")).map(tableSql).join("\n")}
    create index on trial.children (subject_id);
    ${writeVerdictsSql()}
    ${SCAN_VERDICTS}
    ${SAVE_ALONE}
  `).simple();
  for (const [entity, table] of ENTITIES) {
    // closed: were a generated function to break, the write would tell instead of passing.
    await sql`select governance.register_entity(${entity}, ${`trial.${table}`}, p_on_failure => 'closed')`;
  }
  await sql`insert into governance.reference_sets ${
    sql([
      {
        set_key: "colours",
        description: "For trials.",
        source: "made up",
        kind: "list",
        case_sensitive: true,
      },
      {
        set_key: "folded_colours",
        description: "For trials.",
        source: "made up",
        kind: "list",
        case_sensitive: false,
      },
      {
        set_key: "nothing",
        description: "For trials.",
        source: "made up",
        kind: "list",
        case_sensitive: true,
      },
    ])
  }`;
  await sql`insert into governance.reference_sets (set_key, description, source, kind, entity_type, column_name, case_sensitive)
    values ('grand_names', 'For trials.', 'made up', 'column', 'grand', 't', true)`;
  await sql`insert into governance.reference_sets (set_key, description, source, kind, case_sensitive, key_length)
    values ('pairs', 'For trials.', 'made up', 'mapping', true, null), ('folded_pairs', 'For trials.', 'made up', 'mapping', false, 2)`;
  await sql`insert into governance.reference_values (set_key, org_id, value, canonical, alternatives) values
    ('pairs', null, 'red', 'rouge', array['Grün 𝒳']), ('pairs', null, 'Grün 𝒳', 'red', '{}'::text[]),
    ('pairs', 'globex', 'globex only', 'red', '{}'::text[]),
    ('folded_pairs', null, 're', 'RED', '{}'::text[]), ('folded_pairs', null, 'gr', 'rouge', array['it''s "blue" %_\\'])`;
  await sql`insert into governance.reference_values ${
    sql(["colours", "folded_colours"].flatMap((set_key) => [
      { set_key, org_id: null, value: "red", canonical: null },
      { set_key, org_id: null, value: "rouge", canonical: "red" },
      { set_key, org_id: null, value: "Grün 𝒳", canonical: null },
      { set_key, org_id: null, value: 'it\'s "blue" %_\\', canonical: null },
      { set_key, org_id: "globex", value: "globex only", canonical: null },
    ]))
  }`;
}

function tableSql(table: Table): string {
  const columns = COLUMNS.map(({ name, type, generated }) =>
    `${quoteName(name)} ${type}${generated === undefined ? "" : ` generated always as (${generated}) stored`}`
  );
  // Deferred: a trial is rolled back, so that a reference may lead nowhere in it.
  const pointers = Object.entries(POINTERS[table]).map(([name, target]) =>
    `${name} text references trial.${target} deferrable initially deferred,`
  );
  return `create table trial.${table} (id text primary key, org_id text not null,
    ${pointers.join(" ")}
    ${columns.join(", ")});`;
}

/** What the block rules refuse: every record is deleted and inserted again, so many at a time, and then put back. */
function writeVerdictsSql(): string {
  const names = writtenColumns("subjects").map(({ name }) => quoteName(name)).join(", ");
  return `
    create function trial.write_verdicts(p_at_once integer default 100) returns table (rule_key text, record_key text, message text)
    language plpgsql set search_path = '' as $$
    declare
      v_keys text[];
      v_detail text;
    begin
      create temp table hold on commit drop as select ${names} from trial.subjects;
      for v_keys in
        select array_agg(k.id) from (select h.id, (row_number() over (order by h.id) - 1) / p_at_once as part from pg_temp.hold h) k group by k.part
      loop
        begin
          delete from trial.subjects s where s.id = any (v_keys);
          insert into trial.subjects (${names}) select ${names} from pg_temp.hold h where h.id = any (v_keys);
          raise sqlstate 'PT000';
        exception when sqlstate 'PT422' then
          get stacked diagnostics v_detail = pg_exception_detail;
          return query select x ->> 'rule_key', x ->> 'record_key', x ->> 'message' from jsonb_array_elements(v_detail::jsonb -> 'violations') x;
        when sqlstate 'PT000' then null;
        end;
      end loop;
      drop table pg_temp.hold;
    end $$;`;
}

/** What the compiled table scan says of every record. */
const SCAN_VERDICTS = `
  create function trial.scan_verdicts(p_entity text) returns table (rule_key text, record_key text, message text)
  language plpgsql set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC' as $$
  declare
    v_rule record;
    v_compiled governance_private.compiled_rule;
  begin
    for v_rule in select * from governance_private.running_rules(p_entity) loop
      v_compiled := governance_private.compile_rule(v_rule.rule);
      continue when v_compiled.violates_sql is null;
      return query execute format('select %L, %s, %s from %s r%s where %s%s', (v_rule.rule).rule_key,
        governance_private.key_expression(p_entity, 'r'), v_compiled.message_sql, governance_private.entity_table(p_entity),
        governance_private.path_joins(p_entity, v_compiled.paths), v_compiled.violates_sql,
        governance_private.org_branch(governance_private.org_expression(p_entity, 'r'), v_rule.org_ids, v_rule.except_org_ids));
    end loop;
  end $$;`;

/** Saves rules one by one and undoes each: how the refused ones were refused. */
const SAVE_ALONE = `
  create function trial.refusals(p_rules jsonb) returns table (rule_key text, state text, message text, detail text)
  language plpgsql set search_path = '' as $$
  declare
    v_rule jsonb;
  begin
    for v_rule in select x from jsonb_array_elements(p_rules) x loop
      begin
        rule_key := v_rule ->> 'rule_key';
        insert into governance.data_quality_rules (rule_key, entity_type, kind, dimension, enforcement, timing, status, applies_when, condition, message, fix)
        select r.rule_key, r.entity_type, r.kind, r.dimension, r.enforcement, r.timing, r.status, r.applies_when, r.condition, r.message, r.fix
        from jsonb_populate_record(null::governance.data_quality_rules, v_rule) r;
        raise sqlstate 'PT000' using message = 'saved';
      exception when others then
        get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail;
        return next;
      end;
    end loop;
  end $$;`;
