import { z } from "zod";
import type { Target } from "./client.ts";
import { LoadError } from "./load_error.ts";

const importSchema = z.object({
  import_id: z.uuid(),
  status: z.string(),
  counts: z.object({ states: z.record(z.string(), z.number()).default({}) }),
});
export type ImportState = z.output<typeof importSchema>;

const rowsSchema = z.object({
  rows: z.array(z.object({
    raw: z.record(z.string(), z.unknown()),
    same_as: z.number().nullable(),
    reasons: z.array(z.object({ message: z.string() })),
  })),
  next: z.string().nullable(),
});
/** A row that was not written, and why. */
export type RefusedRow = z.output<typeof rowsSchema>["rows"][number];

/** The addresses of `governance-api` that import, called with an integration's key. */
export class ImportClient {
  constructor(readonly target: Target, readonly key: string) {}

  /** Starts an import of records that are known by their external id; those that are there already are left as they are. */
  async start(orgId: string, entity: string, fields: readonly string[]): Promise<ImportState> {
    return await this.#send("POST", "/imports", importSchema, {
      org_id: orgId,
      entity_type: entity,
      file_name: `${entity}.ndjson`,
      format: "ndjson",
      encoding: "utf-8",
      mode: "insert_missing",
      match_on: ["external_id"],
      mapping: { columns: fields.map((field) => ({ column: field, field })) },
      again: true,
    });
  }

  async upload(importId: string, chunk: number, text: string, isLast: boolean): Promise<void> {
    await this.#send("PUT", `/imports/${importId}/chunks/${chunk}?last=${isLast}`, z.unknown(), text);
  }

  /** Writes what can be written, as far as one call goes. */
  async commit(importId: string): Promise<ImportState> {
    return await this.#send("POST", `/imports/${importId}/commit`, importSchema, { without_dry_run: true });
  }

  async *refused(importId: string): AsyncGenerator<RefusedRow> {
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page: z.output<typeof rowsSchema> = await this.#send(
        "GET",
        `/imports/${importId}/rows?state=quarantined&limit=200${after}`,
        rowsSchema,
      );
      yield* page.rows;
      cursor = page.next;
    } while (cursor !== null);
  }

  async #send<T extends z.ZodType>(
    method: string,
    path: string,
    answer: T,
    body?: unknown,
  ): Promise<z.output<T>> {
    const response = await fetch(`${this.target.apiUrl}/functions/v1/governance-api${path}`, {
      method,
      headers: {
        "x-integration-key": this.key,
        ...(body !== undefined && {
          "content-type": typeof body === "string" ? "application/x-ndjson" : "application/json",
        }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const read = await response.json();
    if (response.ok) return answer.parse(read);
    throw new LoadError(`Could not import: ${read.detail ?? response.statusText} Load again to go on.`);
  }
}
