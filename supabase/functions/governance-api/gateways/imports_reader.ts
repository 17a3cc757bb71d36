import { z } from "zod";
import { ApiProblem } from "../http/api_problem.ts";
import type { Caller } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";
import { type ImportAnswer, importRowSchema, importSchema } from "./import_schemas.ts";

/** Which rows of an import, and how many. */
export interface RowsWanted {
  readonly verdict?: string | undefined;
  readonly state?: string | undefined;
  readonly limit: number;
  readonly cursor?: Cursor | undefined;
}

const IMPORT_COLUMNS = Object.keys(importSchema.shape).filter((name) => name !== "chunks").join(",");
const ROW_COLUMNS = Object.keys(importRowSchema.shape).join(",");

/** The imports that a caller may see: a person by row level security, a key what its own source brought. */
export class ImportsReader {
  constructor(readonly caller: Caller) {}

  /** @throws {ApiProblem} not-found for one that the caller may not see */
  async find(importId: string): Promise<ImportAnswer> {
    const { client, integration } = this.caller;
    let rows = client.from("imports").select(IMPORT_COLUMNS).eq("import_id", importId);
    if (integration !== null) {
      rows = rows.eq("org_id", integration.org_id).eq("source_key", integration.source_key);
    }
    const [found] = await ask(rows, z.array(importSchema));
    if (found === undefined) throw new ApiProblem("not-found", { detail: "There is no such import." });
    return found;
  }

  async list(orgId: string, limit: number, after: Cursor | undefined) {
    const { client, integration } = this.caller;
    let rows = client.from("imports").select(IMPORT_COLUMNS).eq("org_id", orgId);
    if (integration !== null) rows = rows.eq("source_key", integration.source_key);
    if (after !== undefined) {
      const [at, id] = decodeCursor(after, z.tuple([z.iso.datetime({ offset: true }), z.uuid()]));
      rows = rows.or(`created_at.lt."${at}",and(created_at.eq."${at}",import_id.gt.${id})`);
    }
    const found = await ask(
      rows.order("created_at", { ascending: false }).order("import_id").limit(limit + 1),
      z.array(importSchema),
    );
    return pageOf("imports", found, limit, ({ created_at, import_id }) => [created_at, import_id]);
  }

  async rows(
    importId: string,
    { verdict, state, limit, cursor }: RowsWanted,
  ) {
    await this.find(importId);
    let rows = this.caller.client.from("import_rows").select(ROW_COLUMNS).eq("import_id", importId);
    if (verdict !== undefined) rows = rows.eq("verdict", verdict);
    if (state !== undefined) rows = rows.eq("state", state);
    if (cursor !== undefined) {
      rows = rows.gt("row_number", decodeCursor(cursor, z.tuple([z.number().int()]))[0]);
    }
    const found = await ask(rows.order("row_number").limit(limit + 1), z.array(importRowSchema));
    return pageOf("rows", found, limit, ({ row_number }) => [row_number]);
  }
}
