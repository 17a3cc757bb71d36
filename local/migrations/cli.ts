/** The Supabase CLI, pinned. Deno cannot install it (an optional package of it is missing), so it comes by npx. */
export const supabaseCli = "supabase@3.1.0";

/** What a run of the CLI printed. */
export interface CliResult {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the Supabase CLI without asking anything, and without telling anybody. */
export async function runSupabaseCli(args: readonly string[], cwd: string): Promise<CliResult> {
  const output = await new Deno.Command("npx", {
    args: ["--yes", supabaseCli, ...args, "--yes", "--agent", "no"],
    cwd,
    stdin: "null",
    env: { SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1", npm_config_loglevel: "error" },
  }).output().catch((cause) => {
    throw new Error("The Supabase CLI runs by npx, which comes with Node.js; it was not found.", { cause });
  });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success: output.success, stdout: text(output.stdout), stderr: text(output.stderr) };
}
