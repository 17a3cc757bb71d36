import { assertEquals } from "@std/assert";
import type { Answer, ApiClient } from "./support.ts";

/** What tests say of an import beyond its file. */
export type ImportParts = Record<string, unknown>;

/** Sends a file in chunks of so many bytes; answers what the last chunk was answered. */
export async function sendFile(
  api: ApiClient,
  importId: string,
  file: string | Uint8Array,
  size = 500_000,
): Promise<Answer> {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const count = Math.max(1, Math.ceil(bytes.length / size));
  let answer: Answer | null = null;
  for (let chunk = 0; chunk < count; chunk++) {
    const body = bytes.slice(chunk * size, (chunk + 1) * size);
    answer = await api.send(`/imports/${importId}/chunks/${chunk}?last=${chunk === count - 1}`, {
      method: "PUT",
      body,
    });
    if (answer.status !== 200) return answer;
  }
  return answer!;
}

/** Starts an import and stages a whole file. */
export async function stage(
  api: ApiClient,
  org_id: string,
  file: string | Uint8Array,
  parts: ImportParts = {},
) {
  const started = await api.post("/imports", {
    org_id,
    entity_type: "lead",
    file_name: "leads.csv",
    ...parts,
  });
  assertEquals(started.status, 201, JSON.stringify(started.body));
  const staged = await sendFile(api, started.body.import_id, file);
  assertEquals([staged.status, staged.body.status], [200, "staged"], JSON.stringify(staged.body));
  // deno-lint-ignore no-explicit-any -- tests look into whatever was answered
  return staged.body as any;
}

/** Judges an import to its end. */
export async function judge(api: ApiClient, importId: string) {
  while (true) {
    const { status, body } = await api.post(`/imports/${importId}/judge`);
    assertEquals(status, 200, JSON.stringify(body));
    if (body.status !== "judging") return body;
  }
}

/** Commits an import to its end. */
export async function commit(api: ApiClient, importId: string, body: unknown = {}) {
  while (true) {
    const answer = await api.post(`/imports/${importId}/commit`, body);
    assertEquals(answer.status, 200, JSON.stringify(answer.body));
    if (answer.body.status !== "committing") return answer.body;
  }
}

/** All rows of an import. */
export async function rowsOf(api: ApiClient, importId: string, query = "") {
  const { status, body } = await api.get(`/imports/${importId}/rows?limit=200${query}`);
  assertEquals(status, 200, JSON.stringify(body));
  // deno-lint-ignore no-explicit-any -- tests look into whatever was answered
  return body.rows as any[];
}
