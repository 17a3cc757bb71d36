import { fromFileUrl } from "@std/path";
import type { FunctionConfig } from "./read_config.ts";
import { resolutionArgs, toolEnv } from "./spawn_function.ts";

interface DenoInfo {
  readonly modules?: readonly { readonly specifier: string }[];
}

/** The local files that a function imports, itself and its import map included; packages are left out. */
export async function localFiles(config: FunctionConfig): Promise<readonly string[]> {
  const own = [config.entrypoint, ...(config.importMap ? [config.importMap] : [])];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", ...resolutionArgs(config), config.entrypoint],
    clearEnv: true,
    env: toolEnv(),
    stdin: "null",
    stderr: "null",
  }).output();
  if (!success) return own;
  const info = JSON.parse(new TextDecoder().decode(stdout)) as DenoInfo;
  const files = (info.modules ?? [])
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith("file:") && !specifier.includes("/node_modules/"))
    .map((specifier): string => fromFileUrl(specifier));
  return [...new Set([...own, ...files])];
}

/** When each file was last changed, as one text that differs when any of them does. */
export function fingerprint(files: readonly string[]): string {
  return files.map((file) => {
    try {
      const { mtime, size } = Deno.statSync(file);
      return `${file} ${mtime?.getTime()} ${size}`;
    } catch {
      return `${file} gone`;
    }
  }).join("\n");
}
