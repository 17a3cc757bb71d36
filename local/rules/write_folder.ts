import { dirname, join } from "@std/path";
import { type RuleFile, rulePath, updateRuleFile, writeRuleFile } from "../../shared/rules_files/mod.ts";
import type { RulesFolder } from "./read_folder.ts";

/** What an export does to a folder. */
export interface FolderChanges {
  /** Text by file. */
  readonly written: ReadonlyMap<string, string>;
  /** Files of rules that there are no more. */
  readonly gone: readonly string[];
  readonly unchanged: number;
}

/** What is to be written so that a folder says what `rules` say; comments stay. */
export function planExport(
  { files }: RulesFolder,
  rules: readonly RuleFile[],
  isMeant: (rule: RuleFile) => boolean,
): FolderChanges {
  const there = new Map(files.map((file) => [file.file, file.text]));
  const wanted = new Map<string, string>();
  for (const rule of rules) {
    const file = rulePath(rule);
    if (wanted.has(file)) throw new Error(`Two rules would lie in ${file}.`);
    const text = there.get(file);
    wanted.set(file, text === undefined ? writeRuleFile(rule) : updateRuleFile(text, rule));
  }
  const written = new Map([...wanted].filter(([file, text]) => there.get(file) !== text));
  const gone = files.filter(({ file, rule }) => rule && isMeant(rule) && !wanted.has(file));
  return { written, gone: gone.map(({ file }) => file), unchanged: wanted.size - written.size };
}

/** Writes an export. Each file is the old or the new one, whole, whenever this is interrupted. */
export async function writeFolder(
  dir: string,
  { written, gone }: FolderChanges,
  prune: boolean,
): Promise<void> {
  for (const [file, text] of written) {
    const path = join(dir, file);
    await Deno.mkdir(dirname(path), { recursive: true });
    await forgetHalves(dirname(path));
    const half = join(dirname(path), `.rule-${crypto.randomUUID()}.tmp`);
    try {
      await Deno.writeTextFile(half, text, { createNew: true });
      await Deno.rename(half, path);
    } catch (error) {
      await Deno.remove(half).catch(() => {});
      throw error;
    }
  }
  if (!prune) return;
  for (const file of gone) await Deno.remove(join(dir, file));
}

/** Removes what an export left behind that was killed. */
async function forgetHalves(dir: string): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) {
    if (/^\.rule-[0-9a-f-]{36}\.tmp$/.test(name)) await Deno.remove(join(dir, name)).catch(() => {});
  }
}
