/**
 * `deno task normalizers`: writes the names that the normalizers `us_state_code` and `country_code` know into a migration,
 * so that their SQL forms know the same; `--check` compares.
 *
 * @module
 */
import { join } from "@std/path";
import { COUNTRIES } from "../../shared/normalize/data/countries.ts";
import { US_STATES } from "../../shared/normalize/data/us_states.ts";
import { foldName } from "../../shared/normalize/fold_name.ts";
import { parseFlags } from "../cli/flags.ts";
import { runTask } from "../cli/run_task.ts";
import { projectDir } from "../state/mod.ts";

const path = "supabase/migrations/20261123010060_rules_normalizer_names.sql";

const header =
  `-- What: the names that the normalizers us_state_code and country_code know. Written by deno task normalizers.
-- Why: their SQL forms must know what the TypeScript ones in shared/normalize/data know.
-- Breaks a running client: no.

`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, { boolean: ["check"], string: [] });
  const wanted = header +
    [statement("us_state_code", US_STATES), statement("country_code", COUNTRIES)].join("\n");
  const file = join(projectDir, path);
  if (!flags["check"]) {
    await Deno.writeTextFile(file, wanted);
    return 0;
  }
  if (await Deno.readTextFile(file).catch(() => "") === wanted) return 0;
  console.error(`${path} is not what shared/normalize/data says: deno task normalizers`);
  return 1;
}

function statement(normalizer: string, lines: string): string {
  const codes = new Map(
    lines.trim().split("\n").flatMap((line) => {
      const [code = "", ...names] = line.split("|");
      return [code, ...names].map((name) => [foldName(name), code] as const);
    }),
  );
  // The SQL form folds ASCII only; other names wait for TypeScript.
  const rows = [...codes].filter(([name]) => /^[a-z0-9 ]+$/.test(name))
    .map(([name, code]) => `('${name}','${code}')`);
  const chunks = Array.from(
    { length: Math.ceil(rows.length / 8) },
    (_, at) => rows.slice(at * 8, at * 8 + 8).join(","),
  );
  return `insert into governance_private.normalizer_names (normalizer, folded_name, code)\n` +
    `select '${normalizer}', v.folded_name, v.code from (values\n  ${
      chunks.join(",\n  ")
    }\n) as v(folded_name, code);\n`;
}

if (import.meta.main) await runTask(main);
