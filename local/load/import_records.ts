import type { ImportClient, ImportState } from "./import_client.ts";
import { LoadError } from "./load_error.ts";
import type { NewRecord } from "./to_records.ts";

/** A record that the product refused: a block rule or a constraint speaks against it. */
export interface Refusal {
  readonly table: string;
  readonly external_id: string;
  readonly reason: string;
  /** The export has it before, and that one was taken. */
  readonly isRepeated: boolean;
}

/** What became of the records of one table. */
export interface Imported {
  readonly written: number;
  /** How many were there before; they are left as they are. */
  readonly known: number;
  readonly refused: readonly Refusal[];
}

const repeatedReason = "stands in the export twice; the first one was taken";
/** Characters of a chunk: well below the megabyte that one may have, whatever the characters. */
const CHUNK_LENGTH = 300_000;

/** Where records go. */
export interface Destination {
  readonly orgId: string;
  readonly table: string;
  readonly entity: string;
}

/** Imports records: streamed into staging, then written; what is refused comes back with its reason. */
export async function importRecords(
  client: ImportClient,
  { orgId, table, entity }: Destination,
  records: AsyncIterable<NewRecord> | Iterable<NewRecord>,
  progress: (settled: number) => void,
): Promise<Imported> {
  const importId = await stage(client, orgId, entity, records);
  if (importId === null) return { written: 0, known: 0, refused: [] };
  let settled = 0;
  let state: ImportState;
  do {
    state = await client.commit(importId);
    const { staged = 0, ...done } = state.counts.states;
    const now = Object.values(done).reduce((sum, count) => sum + count, 0);
    progress(now - settled);
    settled = now;
    if (staged > 0 && state.status !== "committing") {
      throw new LoadError(`The import ${importId} is ${state.status}.`);
    }
  } while (state.status === "committing");
  const refused: Refusal[] = [];
  const { written = 0, skipped = 0, quarantined = 0 } = state.counts.states;
  if (quarantined > 0) {
    for await (const { raw, same_as, reasons } of client.refused(importId)) {
      const reason = same_as === null ? reasons.map(({ message }) => message).join(" ") : repeatedReason;
      refused.push({ table, external_id: String(raw["external_id"]), reason, isRepeated: same_as !== null });
    }
  }
  return { written, known: skipped, refused };
}

/** Sends records chunk by chunk; the import's id, or null where there are none. */
async function stage(
  client: ImportClient,
  orgId: string,
  entity: string,
  records: AsyncIterable<NewRecord> | Iterable<NewRecord>,
): Promise<string | null> {
  let importId: string | null = null;
  let chunk = 0;
  let lines: string[] = [];
  let length = 0;
  for await (const { org_id: _, ...record } of records) {
    importId ??= (await client.start(orgId, entity, Object.keys(record))).import_id;
    const line = JSON.stringify(record) + "\n";
    if (length + line.length > CHUNK_LENGTH) {
      await client.upload(importId, chunk++, lines.join(""), false);
      [lines, length] = [[], 0];
    }
    lines.push(line);
    length += line.length;
  }
  if (importId !== null) await client.upload(importId, chunk, lines.join(""), true);
  return importId;
}
