/**
 * `deno task openapi`: writes the API's OpenAPI document, made of the schemas of its routes, into docs/openapi.json.
 *
 * @module
 */
import { join } from "@std/path";
import { openApiDocument } from "../../supabase/functions/governance-api/http/openapi.ts";
import { routes } from "../../supabase/functions/governance-api/routes/mod.ts";
import { projectDir } from "../state/mod.ts";

/** Where the committed document lies. */
export const openApiPath = join(projectDir, "docs/openapi.json");

/** The document as it is committed. */
export function openApiText(): string {
  return JSON.stringify(openApiDocument(routes), null, 2) + "\n";
}

if (import.meta.main) {
  await Deno.writeTextFile(openApiPath, openApiText());
  console.log("docs/openapi.json written.");
}
