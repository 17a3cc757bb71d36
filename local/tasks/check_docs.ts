/**
 * `deno task docs`: every path and every task that the documentation names exists, and every link leads somewhere.
 *
 * @module
 */
import { dirname, join, normalize } from "@std/path";
import { runTask } from "../cli/run_task.ts";
import { projectDir } from "../state/mod.ts";

const topLevel = /^(\.ci|bench|docs|local|shared|supabase|tests|web)\//;

async function main(): Promise<number> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(projectDir, "deno.json"))) as { tasks: object };
  const faults: string[] = [];
  let files = 0;
  for await (const file of markdownFiles()) {
    files += 1;
    const text = await Deno.readTextFile(join(projectDir, file));
    const fault = (what: string) => faults.push(`${file}: ${what}`);
    for (const [, name] of text.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][\w:-]*)/g)) {
      if (!(name! in tasks)) fault(`there is no task "${name}"`);
    }
    const prose = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "");
    for (const [, path] of prose.matchAll(/`([^`\s]+)`/g)) {
      // a pattern, a placeholder or an address is no path
      if (topLevel.test(path!) && !/[*<>{}…$]/.test(path!) && !await exists(path!)) {
        fault(`there is no "${path}"`);
      }
    }
    for (const [, link] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(link!)) continue;
      if (!await exists(normalize(join(dirname(file), link!.replace(/#.*$/, ""))))) {
        fault(`the link ${link} leads nowhere`);
      }
    }
  }
  for (const fault of faults) console.error(fault);
  if (faults.length === 0) console.log(`${files} pages name nothing that does not exist.`);
  return faults.length === 0 ? 0 : 1;
}

async function* markdownFiles(dir = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(projectDir, dir))) {
    if (isDirectory && (dir !== "" || ["docs", "bench"].includes(name))) {
      yield* markdownFiles(join(dir, name));
    } else if (name.endsWith(".md")) yield join(dir, name);
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(join(projectDir, path)).then(() => true, () => false);
}

if (import.meta.main) await runTask(main);
