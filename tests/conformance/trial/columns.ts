import type { FieldClass } from "../../../shared/schema/rule.ts";

/** A column of the trial tables. */
export interface TrialColumn {
  readonly name: string;
  readonly type: string;
  readonly fieldClass: FieldClass;
  /** SQL of a stored generated column: never written. */
  readonly generated?: string;
}

/** One column of every type that the rule language knows, twice where two fields are compared. */
export const COLUMNS: readonly TrialColumn[] = [
  { name: "tag", type: "text", fieldClass: "text" },
  { name: "t", type: "text", fieldClass: "text" },
  { name: "t2", type: "text", fieldClass: "text" },
  { name: "vc", type: "varchar(60)", fieldClass: "text" },
  { name: "ch", type: "char(8)", fieldClass: "text" },
  { name: "ct", type: "extensions.citext", fieldClass: "text" },
  { name: "dt", type: "trial.line", fieldClass: "text" },
  { name: `we"ird' %s col`, type: "text", fieldClass: "text" },
  { name: "gen", type: "text", fieldClass: "text", generated: "t || '!'" },
  { name: "si", type: "smallint", fieldClass: "number" },
  { name: "i", type: "integer", fieldClass: "number" },
  { name: "i2", type: "integer", fieldClass: "number" },
  { name: "b", type: "bigint", fieldClass: "number" },
  { name: "n", type: "numeric", fieldClass: "number" },
  { name: "n2", type: "numeric(20, 4)", fieldClass: "number" },
  { name: "f4", type: "real", fieldClass: "number" },
  { name: "f8", type: "double precision", fieldClass: "number" },
  { name: "dn", type: "trial.share", fieldClass: "number" },
  { name: "bo", type: "boolean", fieldClass: "boolean" },
  { name: "bo2", type: "boolean", fieldClass: "boolean" },
  { name: "u", type: "uuid", fieldClass: "uuid" },
  { name: "u2", type: "uuid", fieldClass: "uuid" },
  { name: "e", type: "trial.mood", fieldClass: "enum" },
  { name: "e2", type: "trial.mood", fieldClass: "enum" },
  { name: "d", type: "date", fieldClass: "date" },
  { name: "d2", type: "date", fieldClass: "date" },
  { name: "z", type: "timestamptz", fieldClass: "instant" },
  { name: "z2", type: "timestamptz", fieldClass: "instant" },
  { name: "s", type: "timestamp", fieldClass: "instant" },
  { name: "s2", type: "timestamp", fieldClass: "instant" },
  { name: "js", type: "json", fieldClass: "other" },
  { name: "jb", type: "jsonb", fieldClass: "other" },
  { name: "arr", type: "text[]", fieldClass: "other" },
  { name: "iv", type: "interval", fieldClass: "other" },
];

/** The labels of the enum type, in its order, which is not that of the alphabet. */
export const MOODS = ["zeal", "Calm", 'it\'s "fine"', "größer 𝒳"] as const;

/** The columns that a record gives. */
export const WRITTEN = COLUMNS.filter(({ generated }) => generated === undefined);

/** A name as SQL has it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
