import type { IntegrationClient } from "./client.ts";
import type { LoadOrganization } from "./organization.ts";
import { parentsFirst } from "./parents_first.ts";
import type { Progress } from "./progress.ts";
import { readAll } from "./read_all.ts";
import { readPart } from "./read_part.ts";
import { type NewRecord, toAccount, toDeal, toProduct } from "./to_records.ts";
import type { ImportClient } from "./import_client.ts";
import { type Imported, importRecords } from "./import_records.ts";

/** What became of one table. */
export interface Loaded extends Imported {
  /** Name → id of all that are there now. */
  readonly ids: Map<string, string>;
}

/** Writes the tables of an export, each after those that it refers to. */
export class TableLoader {
  constructor(
    readonly client: IntegrationClient,
    readonly imports: ImportClient,
    readonly dir: string,
    readonly organization: LoadOrganization,
  ) {}

  /** Writes the catalogue. */
  async products(progress: Progress): Promise<Loaded> {
    const rows = await collect(readPart(this.dir, "products"));
    const records = rows.map(({ row }) => toProduct(row, this.organization.id));
    return await this.#write(
      { table: "products", entity: "product" },
      records,
      progress,
      await this.#known("products"),
    );
  }

  /** Writes the accounts, parents first. */
  async accounts(progress: Progress): Promise<Loaded> {
    const known = await this.#known("accounts");
    const rows = await collect(readPart(this.dir, "accounts"));
    const ids = new Map(known);
    const records = parentsFirst(rows.map(({ row }) => row)).map((row) => {
      const id = ids.get(row.account) ?? crypto.randomUUID();
      const record = toAccount(row, this.organization.id, id, ids);
      ids.set(row.account, id);
      return record;
    });
    return await this.#write({ table: "accounts", entity: "account" }, records, progress, known);
  }

  /** Writes the deals; names of accounts and products become references where they match exactly. */
  async deals(
    progress: Progress,
    accounts: Map<string, string>,
    products: Map<string, string>,
  ): Promise<Loaded> {
    const { id: orgId, pipelineId, stages } = this.organization;
    const context = { orgId, accounts, products, pipelineId, stages };
    const rows = readPart(this.dir, "pipeline");
    const records = async function* () {
      for await (const { row } of rows) yield toDeal(row, context);
    };
    return await this.#write({ table: "deals", entity: "deal" }, records(), progress);
  }

  /** Writes what is not there yet. */
  async #write(
    destination: { readonly table: string; readonly entity: string },
    records: AsyncIterable<NewRecord> | Iterable<NewRecord>,
    progress: Progress,
    before: ReadonlyMap<string, string> = new Map(),
  ): Promise<Loaded> {
    const ids = new Map(before);
    const noted = async function* () {
      for await (const record of records) {
        if (!ids.has(record.external_id)) ids.set(record.external_id, record.id);
        yield record;
      }
    };
    const imported = await importRecords(
      this.imports,
      { orgId: this.organization.id, ...destination },
      noted(),
      progress.advance,
    );
    // One that stands there twice is refused the second time, and is there all the same.
    for (const { external_id, isRepeated } of imported.refused) {
      if (!isRepeated && !before.has(external_id)) ids.delete(external_id);
    }
    progress.end();
    return { ...imported, ids };
  }

  /** External key → id of what an earlier load brought. */
  async #known(table: string): Promise<Map<string, string>> {
    if (this.organization.isNew) return new Map();
    const known = new Map<string, string>();
    const where = { org_id: this.organization.id };
    for await (
      const row of readAll<{ id: string; external_id: string | null }>(this.client, {
        table,
        columns: ["external_id"],
        where,
      })
    ) {
      if (row.external_id !== null) known.set(row.external_id, row.id);
    }
    return known;
  }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
