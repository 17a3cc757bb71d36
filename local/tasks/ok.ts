/**
 * `deno task ok`: the one gate. Everything that must be true before a change is merged, the quick checks first.
 *
 * @module
 */
import { bold, green, red } from "@std/fmt/colors";
import { parseFlags } from "../cli/flags.ts";
import { runTask } from "../cli/run_task.ts";
import { projectDir } from "../state/mod.ts";

const steps: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["formatted", ["fmt", "--check"]],
  ["linted", ["lint"]],
  ["typed", ["check", "."]],
  ["docs true", ["task", "docs"]],
  ["types fresh", ["task", "types", "--check"]],
  ["normalizer names fresh", ["task", "normalizers", "--check"]],
  ["advisors quiet", ["task", "advisors"]],
  ["tests pass", ["task", "test"]],
];

async function main(args: readonly string[]): Promise<number> {
  parseFlags(args, {});
  const failed: string[] = [];
  for (const [name, command] of steps) {
    console.log(bold(`── ${name}: deno ${command.join(" ")}`));
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [...command],
      cwd: projectDir,
      stdin: "null",
    })
      .spawn().status;
    if (!success) failed.push(name);
  }
  console.log(failed.length === 0 ? green("All is well.") : red(`Not so: ${failed.join(", ")}.`));
  return failed.length === 0 ? 0 : 1;
}

if (import.meta.main) await runTask(main);
