import { encodeHex } from "@std/encoding";

/** A short name for content, the same for the same parts. */
export async function hashOf(parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return encodeHex(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 12);
}
