import { z } from "zod";
import { importSchema } from "../gateways/import_schemas.ts";
import { ImportsGateway } from "../gateways/imports_gateway.ts";
import { readBytes } from "../http/read_json.ts";
import { type Route, route } from "../http/route.ts";
import { readChunk } from "../imports/read_chunk.ts";

/** Bytes of one chunk of a file. */
const MAX_CHUNK_BYTES = 1_000_000;

export const importFileRoutes: readonly Route[] = [
  route({
    method: "PUT",
    path: "/imports/{import_id}/chunks/{chunk}",
    name: "upload_import_chunk",
    summary:
      "The next part of the file, its bytes as they are, cut anywhere. The same part twice is one; the last one ends the file.",
    tag: "imports",
    scope: "import",
    params: z.object({ import_id: z.uuid(), chunk: z.coerce.number().int().min(0).max(1_000_000) }),
    query: z.strictObject({ last: z.enum(["true", "false"]).default("false") }),
    rawBody: ["text/csv", "application/x-ndjson", "text/plain", "application/octet-stream"],
    maxBodyBytes: MAX_CHUNK_BYTES,
    answer: importSchema,
    errors: ["not-found", "not-allowed", "stale", "already-imported", "invalid-value"],
    handle: async ({ params: { import_id, chunk }, query, caller, request }) => {
      const gateway = new ImportsGateway(caller);
      const bytes = await readBytes(request, MAX_CHUNK_BYTES);
      const isLast = query.last === "true";
      const hash = await hashOf(bytes);
      const { is_known, import: begun, upload } = await gateway.beginChunk(import_id, chunk, hash);
      if (is_known) return begun;
      const { carry: text = "", carry_bytes = "", next_line = 1 } = upload ?? {};
      const read = readChunk(bytes, begun, { text, bytes: carry_bytes, next_line }, isLast);
      return await gateway.stageChunk(import_id, chunk, hash, read, isLast);
    },
  }),
];

async function hashOf(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
