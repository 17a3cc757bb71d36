/**
 * `deno task load`: imports a sales export and says what the rules found in it.
 *
 * @module
 */
import { basename, resolve } from "@std/path";
import { parseFlags, parsePort, UsageError } from "../cli/flags.ts";
import { showProgress } from "../cli/progress.ts";
import { StartRefused } from "../stack.ts";
import { checkExport } from "./check_export.ts";
import { connectEphemeral, connectRunning } from "./connect.ts";
import { InputErrors } from "./input_error.ts";
import { LoadError } from "./load_error.ts";
import { loadSales } from "./load_sales.ts";
import { toJson, toText } from "./report.ts";

const help = `Imports a sales export through governance-api and says what the rules found in it.

  deno task load --data <folder> [flags]

  --data <folder>  has accounts.csv, products.csv, sales_teams.csv and sales_pipeline.csv
  --org <name>     the organization that it goes to, made when it is new; default: the folder's name
  --ephemeral      into a database of its own, thrown away at the end, instead of the running product
  --port <number>  the running product's base port; default 54321
  --json           nothing on standard output but one last line of JSON
  --help           this text

Records are known by their key in the export: loading the same again writes nothing.`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, { boolean: ["ephemeral", "json", "help"], string: ["data", "org", "port"] });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const { data, org, port } = flags as Record<string, string | undefined>;
  if (data === undefined) throw new UsageError("--data needs the folder of the export. See --help.");
  if (flags["ephemeral"] && port !== undefined) {
    throw new UsageError("--ephemeral and --port do not go together.");
  }
  const dir = resolve(data);
  // before a database is started for it
  await checkExport(dir);

  const progress = showProgress();
  const connection = flags["ephemeral"]
    ? await connectEphemeral(progress, (line) => isTrouble(line) && progress.line(line))
    : await connectRunning(port === undefined ? 54321 : parsePort(port));
  try {
    const result = await loadSales(connection.target, { dir, organization: org ?? basename(dir) });
    console.log(flags["json"] ? toJson(result) : toText(result));
    return result.queue.dead > 0 ? 1 : 0;
  } finally {
    await connection.close();
  }
}

/** Each call of a function is a line of its log: while records stream in, only what went wrong is worth one. */
function isTrouble(line: string): boolean {
  return /: (warning|error): /.test(line);
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const expected = [UsageError, InputErrors, LoadError, StartRefused].some((kind) => error instanceof kind);
    console.error(expected ? (error as Error).message : error);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
