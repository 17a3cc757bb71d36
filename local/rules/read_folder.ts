import { join } from "@std/path";
import { type FileFault, type ReadRule, readRuleFile } from "../../shared/rules_files/mod.ts";

/** The files of a folder of rules. */
export interface RulesFolder {
  readonly files: readonly (ReadRule & { readonly text: string })[];
  /** Of what is no readable file at all. */
  readonly faults: readonly FileFault[];
}

/** No rule is nearly as long; a file that is, was put there by mistake. */
const LONGEST = 1_000_000;

/** Reads every `.yaml` file of a folder, in the order of their names. A folder that is not there has none. */
export async function readFolder(dir: string): Promise<RulesFolder> {
  const files: (ReadRule & { text: string })[] = [];
  const faults: FileFault[] = [];
  for (const file of await listFolder(dir, "", faults)) {
    const path = join(dir, file);
    const fault = (message: string) => void faults.push({ file, line: 1, column: 1, message });
    if ((await Deno.stat(path)).size > LONGEST) {
      fault("the file is too long for a rule");
      continue;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
      files.push({ ...readRuleFile(file, text), text });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      fault("the file is not UTF-8 text");
    }
  }
  return { files, faults };
}

async function listFolder(dir: string, below: string, faults: FileFault[]): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(join(dir, below))) {
      const file = below === "" ? name : `${below}/${name}`;
      if (name.startsWith(".")) continue;
      if (isSymlink) {
        faults.push({
          file,
          line: 1,
          column: 1,
          message: "this is a link: rules are files of the folder itself",
        });
      } else if (isDirectory) found.push(...await listFolder(dir, file, faults));
      else if (name.endsWith(".yaml")) found.push(file);
      else if (name.endsWith(".yml")) {
        faults.push({ file, line: 1, column: 1, message: "the name of a rule's file ends with .yaml" });
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound && below === "")) throw error;
  }
  return found.sort();
}
