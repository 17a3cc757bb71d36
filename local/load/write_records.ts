import type { IntegrationClient } from "./client.ts";
import { LoadError } from "./load_error.ts";
import type { NewRecord } from "./to_records.ts";

/** A record that the product refused: a block rule or a constraint speaks against it. */
export interface Refusal {
  readonly table: string;
  readonly external_id: string;
  readonly reason: string;
}

/** What became of the records of one table. */
export interface Written {
  readonly written: number;
  readonly refused: readonly Refusal[];
}

const batchSize = 500;

/**
 * Inserts records in batches. The product refuses a statement as a whole; so a refused batch is written again without
 * the records that the refusal names, or by halves where it names none.
 */
export async function writeRecords(
  client: IntegrationClient,
  table: string,
  records: AsyncIterable<NewRecord> | Iterable<NewRecord>,
  progress: (written: number) => void,
): Promise<Written> {
  let written = 0;
  const refused: Refusal[] = [];
  const send = async (batch: readonly NewRecord[]): Promise<void> => {
    if (batch.length === 0) return;
    const { error } = await client.from(table).insert(batch as never);
    if (!error) {
      written += batch.length;
      return progress(batch.length);
    }
    if (!isAboutTheData(error.code)) {
      throw new LoadError(
        `Could not write ${table}: ${error.message} What was written stays; load again to go on.`,
      );
    }
    const named = reasonsIn(error.details);
    const [good, bad] = split(batch, (record) => !named.has(record.id));
    if (bad.length > 0) {
      for (const { id, external_id } of bad) {
        refused.push({ table, external_id, reason: named.get(id) ?? error.message });
      }
      progress(bad.length);
      return await send(good);
    }
    if (batch.length === 1) {
      refused.push({ table, external_id: batch[0]!.external_id, reason: error.message });
      return progress(1);
    }
    const middle = Math.ceil(batch.length / 2);
    await send(batch.slice(0, middle));
    await send(batch.slice(middle));
  };
  let batch: NewRecord[] = [];
  for await (const record of records) {
    batch.push(record);
    if (batch.length < batchSize) continue;
    await send(batch);
    batch = [];
  }
  await send(batch);
  return { written, refused };
}

/** Refused by a rule, or by Postgres because of a value (class 22) or a constraint (class 23). */
function isAboutTheData(code: string): boolean {
  return code === "PT422" || /^2[23]/.test(code);
}

/** Record key → why, from a block's detail. */
function reasonsIn(details: string | null): ReadonlyMap<string, string> {
  try {
    const { violations } = JSON.parse(details ?? "") as {
      violations: { record_key: string; message: string }[];
    };
    return new Map(violations.map(({ record_key, message }) => [record_key, message]));
  } catch {
    return new Map();
  }
}

function split<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
