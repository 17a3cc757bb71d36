import type { TrialRow, TrialRows } from "./round.ts";
import type { Table } from "./tables.ts";

/** A record: columns, fields along paths, and under `children` the records that point at it. */
export type TrialRecord = Readonly<Record<string, string | null | readonly FlatRecord[]>>;
export type FlatRecord = Readonly<Record<string, string | null>>;

const RELATION: Readonly<Record<Table, { readonly name: string; readonly to: Table } | null>> = {
  subjects: { name: "parent", to: "parents" },
  parents: { name: "grand", to: "grands" },
  children: { name: "grand", to: "grands" },
  grands: null,
};

/** Makes rows of flat records: `{"t": "x", "parent.grand.n": "5", "parent": "missing", "org": "globex"}`. */
export class RecordBuilder {
  readonly #rows = {
    grands: [] as TrialRow[],
    parents: [] as TrialRow[],
    subjects: [] as TrialRow[],
    children: [] as TrialRow[],
  };

  get rows(): TrialRows {
    return this.#rows;
  }

  /** Adds a subject, with what it points to, and returns its key. */
  add(record: TrialRecord): string {
    const key = `s${this.#rows.subjects.length}`;
    const { children, ...own } = record;
    const flat = own as FlatRecord;
    const org = flat["org"] ?? "acme";
    this.#addTo("subjects", key, org, flat);
    if (Array.isArray(children)) {
      children.forEach((child: FlatRecord, index) =>
        this.#addTo("children", `${key}-${index}`, child["org"] ?? org, { ...child, subject_id: key })
      );
    }
    return key;
  }

  #addTo(table: Table, key: string, org: string, record: FlatRecord): void {
    const own = Object.entries(record).filter(([path]) => !path.includes(".") && path !== "org");
    const row: Record<string, string | null> = { ...Object.fromEntries(own), id: key, org_id: org };
    const relation = RELATION[table];
    if (relation !== null) {
      const { name, to } = relation;
      delete row[name];
      const below = Object.entries(record).filter(([path]) => path.startsWith(`${name}.`))
        .map(([path, value]) => [path.slice(name.length + 1), value] as const);
      const how = record[name];
      if (how !== undefined || below.length > 0) {
        row[`${name}_id`] = `${key}-${name}`;
        if (how !== "missing") {
          this.#addTo(
            to,
            `${key}-${name}`,
            how === "foreign" ? `not-${org}` : org,
            Object.fromEntries(below),
          );
        }
      }
    }
    this.#rows[table].push(row);
  }
}
