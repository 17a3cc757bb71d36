import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
/** Each function, and at least how many files it is made of. */
const functions = { "evaluate": 50, "governance-api": 15 };

async function imports(path: string): Promise<Record<string, string>> {
  return JSON.parse(await Deno.readTextFile(new URL(path, root))).imports;
}

for (const [name, files] of Object.entries(functions)) {
  Deno.test(`the import map of ${name} names the same versions as the project's`, async () => {
    const project = await imports("deno.json");
    for (const [module, target] of Object.entries(await imports(`supabase/functions/${name}/deno.json`))) {
      assertEquals(target, project[module], module);
    }
  });

  Deno.test(`everything that ${name} reaches is in its import map, or a relative path with its extension`, async () => {
    const known = await imports(`supabase/functions/${name}/deno.json`);
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
    await visit(new URL(`supabase/functions/${name}/index.ts`, root));
    assertEquals(seen.size > files, true);
  });
}
