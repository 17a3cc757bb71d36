import { checkExport } from "./check_export.ts";
import { connectIntegration, type IntegrationClient, type Target } from "./client.ts";
import { type Findings, readFindings } from "./findings.ts";
import { ensureOrganization, type LoadOrganization } from "./organization.ts";
import { parentsFirst } from "./parents_first.ts";
import { Progress } from "./progress.ts";
import { readAll } from "./read_all.ts";
import { readPart } from "./read_part.ts";
import { type NewRecord, toAccount, toDeal, toProduct } from "./to_records.ts";
import { type QueueStatus, waitForQueue } from "./wait_for_queue.ts";
import { type Refusal, writeRecords, type Written } from "./write_records.ts";

/** What is loaded, and to where. */
export interface LoadOptions {
  /** Folder of the export. */
  readonly dir: string;
  /** Name of the organization that it goes to. */
  readonly organization: string;
}

/** What a load did and what the rules said. */
export interface LoadResult extends Findings {
  readonly organization: { readonly id: string; readonly name: string };
  /** New records by table. */
  readonly written: Readonly<Record<string, number>>;
  /** Records that an earlier load brought; they are left as they are, corrections included. */
  readonly alreadyThere: number;
  readonly refused: readonly Refusal[];
  readonly queue: QueueStatus;
  /** From the first write to the empty queue. */
  readonly seconds: number;
  readonly recordsPerSecond: number;
}

/**
 * Imports a sales export through REST, as an integration, and waits until every record has been evaluated.
 *
 * Records are known by their key in the export: loading the same again writes nothing. Throws `InputErrors`, before
 * anything is written, when the export is not in order, and `LoadError` when the product does not answer.
 */
export async function loadSales(target: Target, options: LoadOptions): Promise<LoadResult> {
  const total = await checkExport(options.dir);
  const client = connectIntegration(target);
  const started = performance.now();
  const organization = await ensureOrganization(client, options.organization);
  const load = new Load(client, options.dir, organization);
  const products = await load.products(new Progress("Products", total.products));
  const accounts = await load.accounts(new Progress("Accounts", total.accounts));
  const deals = await load.deals(new Progress("Deals", total.pipeline), accounts.ids, products.ids);
  const queue = await drain(client);
  const seconds = (performance.now() - started) / 1000;

  const written = { products: products.written, accounts: accounts.written, deals: deals.written };
  const count = Object.values(written).reduce((sum, n) => sum + n, 0);
  return {
    organization: { id: organization.id, name: organization.name },
    written,
    alreadyThere: products.known + accounts.known + deals.known,
    refused: [...products.refused, ...accounts.refused, ...deals.refused],
    queue,
    ...await readFindings(client, organization.id),
    seconds,
    recordsPerSecond: count / seconds,
  };
}

interface Loaded extends Written {
  /** How many were there before. */
  readonly known: number;
  /** Name → id of all that are there now. */
  readonly ids: Map<string, string>;
}

class Load {
  constructor(
    readonly client: IntegrationClient,
    readonly dir: string,
    readonly organization: LoadOrganization,
  ) {}

  async products(progress: Progress): Promise<Loaded> {
    const rows = await collect(readPart(this.dir, "products"));
    return await this.#write(
      "products",
      rows.map(({ row }) => toProduct(row, this.organization.id)),
      progress,
    );
  }

  async accounts(progress: Progress): Promise<Loaded> {
    const known = await this.#known("accounts");
    const rows = await collect(readPart(this.dir, "accounts"));
    const ids = new Map(known);
    const records = parentsFirst(rows.map(({ row }) => row)).map((row) => {
      const id = known.get(row.account) ?? crypto.randomUUID();
      const record = toAccount(row, this.organization.id, id, ids);
      ids.set(row.account, id);
      return record;
    });
    return await this.#write("accounts", records, progress, known);
  }

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
    return await this.#write("deals", records(), progress);
  }

  /** Writes what is not there yet. */
  async #write(
    table: string,
    records: AsyncIterable<NewRecord> | Iterable<NewRecord>,
    progress: Progress,
    known?: ReadonlyMap<string, string>,
  ): Promise<Loaded> {
    const before = known ?? await this.#known(table);
    const ids = new Map(before);
    let skipped = 0;
    const fresh = async function* () {
      for await (const record of records) {
        if (before.has(record.external_id)) {
          skipped++;
          progress.advance(1);
          continue;
        }
        ids.set(record.external_id, record.id);
        yield record;
      }
    };
    const result = await writeRecords(this.client, table, fresh(), progress.advance);
    for (const { external_id } of result.refused) ids.delete(external_id);
    progress.end();
    return { ...result, known: skipped, ids };
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

async function drain(client: IntegrationClient): Promise<QueueStatus> {
  let progress: Progress | undefined;
  const status = await waitForQueue(client, ({ pending, leased }) => {
    const left = pending + leased;
    progress ??= new Progress("Evaluated", left);
    progress.set(Math.max(0, progress.total - left));
  });
  progress?.end();
  return status;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
