import type { Sql } from "postgres";

type Row = Record<string, unknown>;
interface Change {
  readonly operation: string;
  readonly before: Row | null;
  readonly after: Row | null;
}

/** The audit of each record is the history of its row, as the witness saw it, in order and whole. */
export async function checkAudit(sql: Sql): Promise<string[]> {
  const gaps = new Set((await sql`
    select transaction_id || ' ' || entity_type as gap from governance.audit_events
    where operation = 'gap' and after ->> 'stage' = 'capture'`).map(({ gap }) => gap as string));
  const witnessed = new Map<string, string[]>();
  for (const row of await sql`select * from witness.changes where was_seen order by place`) {
    if (gaps.has(`${row.transaction_id} ${row.entity_type}`)) continue;
    for (const [key, change] of asAudited(row as never)) {
      note(witnessed, `${row.entity_type} ${key}`, row.transaction_id, change);
    }
  }
  const audited = new Map<string, string[]>();
  const events = await sql`
    select entity_type, record_key, operation, before - 'updated_at' as before, after - 'updated_at' as after, transaction_id
    from governance.audit_events where operation <> 'gap' order by id`;
  for (const { entity_type, record_key, transaction_id, ...change } of events) {
    if (gaps.has(`${transaction_id} ${entity_type}`)) continue;
    note(audited, `${entity_type} ${record_key}`, transaction_id, change as unknown as Change);
  }
  const findings: string[] = [];
  for (const record of new Set([...witnessed.keys(), ...audited.keys()])) {
    const [seen, told] = [witnessed.get(record) ?? [], audited.get(record) ?? []];
    const at = seen.findIndex((change, index) => change !== told[index]);
    if (at >= 0 || seen.length !== told.length) {
      const place = at >= 0 ? at : seen.length;
      findings.push(
        `the audit of ${record} has ${told.length} events of ${seen.length}; number ${place + 1} is ${
          told[place]
        } instead of ${seen[place]}`,
      );
    }
  }
  return findings;
}

function note(
  into: Map<string, string[]>,
  record: string,
  transaction: string,
  { operation, before, after }: Change,
): void {
  const list = into.get(record) ?? [];
  list.push(JSON.stringify([transaction, operation, sorted(before), sorted(after)]));
  into.set(record, list);
}

/** A changed key is a delete of the old record and an insert of the new one; an update tells what changed. */
function asAudited({ operation, before, after }: Change): [string, Change][] {
  if (before !== null && after !== null && before["id"] === after["id"]) {
    const changed = Object.keys(after).filter((name) =>
      JSON.stringify(after[name]) !== JSON.stringify(before[name])
    );
    if (changed.length === 0) return [];
    const only = (row: Row) => Object.fromEntries(changed.map((name) => [name, row[name]]));
    return [[String(after["id"]), { operation, before: only(before), after: only(after) }]];
  }
  return [
    ...(before === null
      ? []
      : [[String(before["id"]), { operation: "delete", before, after: null }] as [string, Change]]),
    ...(after === null
      ? []
      : [[String(after["id"]), { operation: "insert", before: null, after }] as [string, Change]]),
  ];
}

function sorted(row: Row | null): [string, unknown][] | null {
  return row === null ? null : Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1);
}
