import { checkExport } from "./check_export.ts";
import { connectIntegration, type IntegrationClient, type Target } from "./client.ts";
import { type Findings, readFindings } from "./findings.ts";
import { ensureOrganization } from "./organization.ts";
import { Progress } from "./progress.ts";
import { TableLoader } from "./table_loader.ts";
import { type QueueStatus, waitForQueue } from "./wait_for_queue.ts";
import { ImportClient } from "./import_client.ts";
import type { Refusal } from "./import_records.ts";
import { withImportKey } from "./import_key.ts";

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
 * Imports a sales export through `governance-api`, as an integration, and waits until every record has been evaluated.
 *
 * Records are known by their key in the export: loading the same again writes nothing. Throws `InputErrors`, before
 * anything is written, when the export is not in order, and `LoadError` when the product does not answer.
 */
export async function loadSales(target: Target, options: LoadOptions): Promise<LoadResult> {
  const total = await checkExport(options.dir);
  const client = connectIntegration(target);
  const started = performance.now();
  const organization = await ensureOrganization(client, options.organization);
  const { products, accounts, deals } = await withImportKey(client, organization.id, async (key) => {
    const load = new TableLoader(client, new ImportClient(target, key), options.dir, organization);
    const products = await load.products(new Progress("Products", total.products));
    const accounts = await load.accounts(new Progress("Accounts", total.accounts));
    const deals = await load.deals(new Progress("Deals", total.pipeline), accounts.ids, products.ids);
    return { products, accounts, deals };
  });
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
