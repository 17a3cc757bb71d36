import { assertEquals } from "@std/assert";

const root = new URL("../../../", import.meta.url);

async function imports(path: string): Promise<Record<string, string>> {
  return JSON.parse(await Deno.readTextFile(new URL(path, root))).imports;
}

Deno.test("evaluate's own import map names the same versions as the project's", async () => {
  const project = await imports("deno.json");
  for (const [name, target] of Object.entries(await imports("supabase/functions/evaluate/deno.json"))) {
    assertEquals(target, project[name], name);
  }
});

Deno.test("everything that evaluate reaches is in its import map, or a relative path with its extension", async () => {
  const known = await imports("supabase/functions/evaluate/deno.json");
  const seen = new Set<string>();
  const visit = async (file: URL): Promise<void> => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const source = await Deno.readTextFile(file);
    for (const [, specifier = ""] of source.matchAll(/^(?:import|export)\b[^"`]*? from "([^"]+)";$/gm)) {
      if (specifier.startsWith(".")) {
        assertEquals(specifier.endsWith(".ts"), true, `${specifier} in ${file.pathname}`);
        await visit(new URL(specifier, file));
      } else {
        assertEquals(specifier in known, true, `${specifier} in ${file.pathname}`);
      }
    }
  };
  await visit(new URL("supabase/functions/evaluate/index.ts", root));
  assertEquals(seen.size > 50, true);
});
