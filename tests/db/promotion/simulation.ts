import type { Sql } from "postgres";
import {
  and,
  evaluateAll,
  is,
  quiet,
  refused,
  type RuleInput,
  saveRule,
  type World,
} from "../support/mod.ts";

/** A rule that is planted, and what becomes of its field. */
export interface Planted {
  readonly key: string;
  readonly fate: "stays" | "noisy" | "silent" | "redundant";
  readonly rule: RuleInput;
  /** How many records have which value in its field. */
  readonly values: Readonly<Record<string, number>>;
  /** How many of those that it objects to are really wrong. */
  readonly precision: number;
  /** The share of its issues that somebody looks at. */
  readonly looked: number;
}

const records = 2000;
const people = ["member", "colleague", "steward", "admin"] as const;
const severities = ["high", "medium", "low"] as const;
/** People err: what is right they call wrong, and the other way round, so often. */
const errorRate = 0.1;

/** The same numbers for the same seed. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const between = (random: () => number, low: number, high: number) => low + random() * (high - low);

/** Rules of every kind; each has a field of its own unless it says what another says. */
export function plant(random: () => number): Planted[] {
  const planted: Planted[] = [];
  let fields = 0;
  const add = (key: string, fate: Planted["fate"], more: Partial<Planted> & { field?: string } = {}) => {
    const { field = `f${++fields}`, rule, ...parts } = more;
    const severity = severities[Math.floor(random() * 3)]!;
    planted.push({
      key,
      fate,
      values: { odd: Math.round(between(random, 60, 140)) },
      precision: 1,
      looked: between(random, 0.6, 0.9),
      ...parts,
      rule: { condition: and(is(field, "!=", "odd")), severity, ...rule },
    });
    return field;
  };
  const nothing = { values: {}, looked: 0 };
  const half = { looked: 0.4, precision: 0.9 };
  for (let n = 1; n <= 6; n++) add(`good-${n}`, "stays", { precision: between(random, 0.7, 1) });
  add("good-half-right", "stays", { precision: 0.6, values: { odd: 130 } });
  add("good-critical", "stays", { precision: 0.8, rule: { severity: "critical" } });
  // Always wrong, but hardly anybody has looked.
  add("good-hardly-seen", "stays", { precision: 0, values: { odd: 40 }, looked: 0.25 });
  add("good-rare", "stays", { values: { odd: 3 } });
  add("good-guard", "stays", { ...nothing, rule: { enforcement: "block" } });
  for (let n = 1; n <= 5; n++) add(`noisy-${n}`, "noisy", { precision: between(random, 0, 0.25) });
  add("noisy-critical", "noisy", { precision: 0.1, rule: { severity: "critical" } });
  for (let n = 1; n <= 4; n++) add(`silent-${n}`, "silent", nothing);
  for (let n = 1; n <= 3; n++) {
    const field = add(`good-first-${n}`, "stays", { ...half, rule: { severity: "medium" } });
    const says = and(is(field, "in", ["ok", "well"]));
    add(`redundant-later-${n}`, "redundant", {
      field,
      ...nothing,
      rule: { severity: "medium", condition: says },
    });
  }
  const wide = add("good-wide", "stays", {
    ...half,
    values: { odd: 70, odder: 70 },
    rule: { severity: "medium", condition: undefined },
  });
  planted.at(-1)!.rule.condition = and(is(wide, "notIn", ["odd", "odder"]));
  add("redundant-narrow", "redundant", { field: wide, ...nothing, rule: { severity: "low" } });
  // The same records, but it weighs more.
  add("good-narrow-critical", "stays", { field: wide, ...nothing, rule: { severity: "critical" } });
  // The same field, but not the same records.
  const shared = { values: { odd: 60, odder: 60, oddest: 60 }, ...half };
  const field = add("good-overlaps", "stays", { ...shared, rule: { severity: "medium" } });
  planted.at(-1)!.rule.condition = and(is(field, "notIn", ["odd", "odder"]));
  const other = and(is(field, "notIn", ["odder", "oddest"]));
  add("good-overlaps-too", "stays", { field, ...nothing, rule: { severity: "medium", condition: other } });
  return planted;
}

/** Records with odd values, the rules, people who look and err, and a hundred days. */
export async function live(world: World, planted: readonly Planted[], random: () => number): Promise<void> {
  const { sql } = world;
  const fields = planted.map(fieldOf).filter((field, n, all) => all.indexOf(field) === n);
  await createCases(sql, fields);
  for (const { key, rule } of planted) {
    await saveRule(sql, { rule_key: key, org_id: "acme", entity_type: "case", message: `${key}.`, ...rule });
  }
  await quiet(sql);
  const rows = Array.from({ length: records }, (_, id): Record<string, unknown> => ({ id, org_id: "acme" }));
  for (const { rule, values } of planted) {
    const free = rows.filter((row) => row[fieldOf({ rule })] === undefined);
    for (const [value, count] of Object.entries(values)) {
      for (let n = 0; n < count; n++) {
        free.splice(Math.floor(random() * free.length), 1)[0]![fieldOf({ rule })] = value;
      }
    }
  }
  for (const row of rows) for (const field of fields) row[field] ??= "ok";
  await sql`insert into shop.cases select * from jsonb_populate_recordset(null::shop.cases, ${
    sql.json(rows as never)
  })`;
  await evaluateAll(world);
  for (const one of planted) await decide(world, one, random);
  await evaluateAll(world);
  const guard = planted.find(({ key }) => key === "good-guard")!;
  await refused(sql`update shop.cases set ${sql({ [fieldOf(guard)]: "odd" })} where id = 1`);
  await sql`update governance.data_quality_rule_versions set changed_at = changed_at - interval '100 days'`;
}

const fieldOf = ({ rule }: Pick<Planted, "rule">) =>
  (rule.condition as { rules: { field: string }[] }).rules[0]!.field;

async function createCases(sql: Sql, fields: readonly string[]): Promise<void> {
  await sql.unsafe(`
    create table shop.cases (id integer primary key, org_id text not null, ${
    fields.map((f) => `${f} text`).join(", ")
  });
    alter table shop.cases enable row level security;
    create policy theirs on shop.cases to authenticated using (org_id in (select governance_private.my_org_ids('member')));
    grant select, update on shop.cases to authenticated, service_role`).simple();
  await sql`select governance.register_entity('case', 'shop.cases')`;
}

/** Somebody looks at some issues of a rule, corrects the record where it seems wrong, and waves off the rest. */
async function decide(world: World, { key, rule, precision, looked }: Planted, random: () => number) {
  const issues = await world.sql`select id, record_key from governance.data_quality_issues
    where rule_key = ${key} and status = 'open' order by record_key::integer`;
  // In turns: nobody may change five hundred records in two minutes.
  const person = people[Math.floor(random() * people.length)]!;
  const right: string[] = [];
  const wrong: string[] = [];
  for (const { id, record_key } of issues) {
    if (random() >= looked) continue;
    const isRight = (random() < precision) !== (random() < errorRate);
    if (isRight) right.push(record_key);
    else wrong.push(id);
  }
  if (right.length > 0) {
    await world.as(
      person,
      (own) =>
        own`update shop.cases set ${own({ [fieldOf({ rule })]: "ok" })} where id = any (${right}::integer[])`,
    );
  }
  for (let n = 0; n < wrong.length; n += 50) {
    await world.as("steward", (own) =>
      own`
      select governance.ignore_issue(id, 'It is right.', null, 'false_alarm') from unnest(${
        wrong.slice(n, n + 50)
      }::uuid[]) id`);
  }
}
