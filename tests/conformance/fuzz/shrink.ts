import type { Sql } from "postgres";
import type { Arbitrary, Value } from "fast-check";
import type { TrialRow, TrialRows, TrialRule } from "../trial/round.ts";
import type { Table } from "../trial/tables.ts";
import type { Disagreement, RoundReport } from "./fuzz_round.ts";

type RuleValue = Value<Omit<TrialRule, "rule_key">>;
type FlatRecord = Readonly<Record<string, string | null>>;

/** How rules of a sort are made, and how a round of them is run. */
export interface RuleSort {
  readonly arbitrary: Arbitrary<Omit<TrialRule, "rule_key">>;
  run(sql: Sql, rules: readonly TrialRule[], rows: TrialRows): Promise<RoundReport>;
}

/** How many simpler rules or records are tried in one round. */
const TRIES = 40;
const MAX_STEPS = 60;
/** A round of tries takes seconds: what is small after so long is small enough. */
const MAX_MILLISECONDS = 20_000;

/** A disagreement made as small as it gets, in the form of a case of the corpus. */
export async function shrink(
  sql: Sql,
  found: Disagreement,
  value: RuleValue,
  rows: TrialRows,
  { arbitrary, run }: RuleSort,
): Promise<string> {
  let rule = value;
  let record = flatten(rows, found.recordKey);
  let said = found.said;
  const stillWrong = async (rules: readonly RuleValue[], records: readonly FlatRecord[]) => {
    const tried = rules.map(({ value }, index): TrialRule => ({ ...value, rule_key: `fuzz-${index}` }));
    const { disagreements } = await run(
      sql,
      tried,
      unflatten(
        records.map((record, index) => ({
          ...record,
          ...record["tag"]?.startsWith("fuzz-") ? { tag: `fuzz-${index}` } : {},
        })),
      ),
    );
    // Only the diagonal was asked about: rule 3 on record 3.
    return disagreements
      .map((each) => ({ index: Number(each.recordKey.slice(1)), each }))
      .filter(({ index, each }) => each.rule.rule_key === `fuzz-${index}`)
      .sort((a, b) => a.index - b.index)[0];
  };
  const end = performance.now() + MAX_MILLISECONDS;
  for (let step = 0; step < MAX_STEPS && performance.now() < end; step++) {
    const rules = [...arbitrary.shrink(rule.value, rule.context).take(TRIES)];
    const simplerRule = rules.length === 0 ? undefined : await stillWrong(rules, rules.map(() => record));
    if (simplerRule !== undefined) {
      rule = rules[simplerRule.index]!;
      said = simplerRule.each.said;
      continue;
    }
    const records = simplerRecords(record);
    const simplerRecord = records.length === 0
      ? undefined
      : await stillWrong(records.map(() => rule), records);
    if (simplerRecord === undefined) break;
    record = records[simplerRecord.index]!;
    said = simplerRecord.each.said;
  }
  return JSON.stringify(
    { name: "found by the fuzzer", ...rule.value, record, said },
    null,
    2,
  );
}

/** A subject with what it points to as one record of paths; columns that are null are left out. */
function flatten(rows: TrialRows, key: string): FlatRecord {
  const flat: Record<string, string | null> = {};
  const visit = (table: Table, id: string, prefix: string, org: string | null) => {
    const row = rows[table]?.find((each) => each["id"] === id);
    const relation = prefix.replace(/\.$/, "");
    if (relation !== "") {
      flat[relation] = row === undefined ? "missing" : row["org_id"] === org ? "there" : "foreign";
    }
    if (row === undefined) return;
    for (const [name, value] of Object.entries(row)) {
      if (value === null || name === "id" || name === "org_id") continue;
      if (name === "parent_id") visit("parents", value, "parent.", row["org_id"]!);
      else if (name === "grand_id") visit("grands", value, `${prefix}grand.`, row["org_id"]!);
      else if (name === "subject_id") continue;
      else flat[prefix + name] = value;
    }
    if (prefix === "") flat["org"] = row["org_id"]!;
  };
  visit("subjects", key, "", null);
  const children = rows.children?.filter((child) => child["subject_id"] === key) ?? [];
  children.forEach((child, index) => visit("children", child["id"]!, `children.${index}.`, flat["org"]!));
  return flat;
}

function unflatten(records: readonly FlatRecord[]): TrialRows {
  const rows: Record<Table, TrialRow[]> = { grands: [], parents: [], children: [], subjects: [] };
  records.forEach((record, index) => {
    const org = record["org"]!;
    const part = (prefix: string) =>
      Object.fromEntries(
        Object.entries(record).filter(([path]) => path.startsWith(prefix))
          .map(([path, value]) => [path.slice(prefix.length), value] as const)
          .filter(([name]) => !/[.]|^(org|parent|grand|children)$/.test(name)),
      );
    const orgOf = (how: string | null | undefined) => how === "foreign" ? `not-${org}` : org;
    const parent = record["parent"] ?? null;
    const grand = record["parent.grand"] ?? null;
    const link = (how: string | null, id: string) =>
      how === null ? null : how === "missing" ? `${id}-missing` : id;
    rows.subjects.push({ ...part(""), id: `s${index}`, org_id: org, parent_id: link(parent, `p${index}`) });
    if (parent !== null && parent !== "missing") {
      rows.parents.push({
        ...part("parent."),
        id: `p${index}`,
        org_id: orgOf(parent),
        grand_id: link(grand, `g${index}`),
      });
    }
    if (grand !== null && grand !== "missing") {
      rows.grands.push({ ...part("parent.grand."), id: `g${index}`, org_id: orgOf(grand) });
    }
    for (const path of Object.keys(record).filter((each) => /^children\.\d+$/.test(each))) {
      const key = `${index}-${path}`;
      const above = record[`${path}.grand`] ?? null;
      rows.children.push({
        ...part(`${path}.`),
        id: `c${key}`,
        subject_id: `s${index}`,
        org_id: orgOf(record[path]),
        grand_id: link(above, `g${key}`),
      });
      if (above !== null && above !== "missing") {
        rows.grands.push({ ...part(`${path}.grand.`), id: `g${key}`, org_id: orgOf(above) });
      }
    }
  });
  return rows;
}

/** The record without one of its columns, or with a shorter text in one; without half of them first. */
function simplerRecords(record: FlatRecord): readonly FlatRecord[] {
  const paths = Object.keys(record).filter((path) =>
    path !== "org" && !(path === "tag" && record[path]?.startsWith("fuzz-"))
  );
  const without = (gone: readonly string[]) =>
    Object.fromEntries(Object.entries(record).filter(([path]) => !gone.includes(path)));
  const half = Math.ceil(paths.length / 2);
  const halves = paths.length > 3 ? [paths.slice(0, half), paths.slice(half)] : [];
  const shorter = paths.flatMap((path): FlatRecord[] => {
    const characters = [...record[path] ?? ""];
    const isText = /(^|\.)(t|t2|vc|ct|dt)$/.test(path);
    return isText && characters.length > 1
      ? [characters.slice(1), characters.slice(0, -1)].map((rest) => ({ ...record, [path]: rest.join("") }))
      : [];
  });
  return [...halves.map(without), ...paths.map((path) => without([path])), ...shorter].slice(0, TRIES * 2);
}
