import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { checkYaml } from "./check_yaml.ts";
import type { FileFault, Place } from "./fault.ts";
import { rulePath } from "./file_path.ts";
import { parsePointer, type Path, placeOf } from "./places.ts";
import { type RuleFile, ruleFileSchema } from "./rule_file.ts";

/** What a file says, or what is wrong with it. */
export interface ReadRule {
  readonly file: string;
  /** Only where there are no faults. */
  readonly rule?: RuleFile;
  readonly faults: readonly FileFault[];
  /** Where a part of the rule stands, by its RFC 6901 pointer. */
  readonly placeOf: (pointer: string) => Place;
}

/**
 * Reads the file of one rule. Its faults are all that can be told without a database.
 *
 * @param file the path below the folder of rules, with `/`.
 */
export function readRuleFile(file: string, text: string): ReadRule {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", stringKeys: false });
  const place = (path: Path, isName = false) => placeOf(document, lines, path, isName);
  const yaml = checkYaml(document, lines);
  const faults: FileFault[] = yaml.faults.map((fault) => ({ file, ...fault }));
  let rule: RuleFile | undefined;
  if (yaml.isReadable) {
    const value: unknown = document.toJS();
    const parsed = ruleFileSchema.safeParse(value);
    if (parsed.success) {
      rule = parsed.data;
      const expected = rulePath(rule);
      if (expected !== file) {
        faults.push({ file, ...place(["rule_key"]), message: `this rule belongs into the file ${expected}` });
      }
    } else {
      for (const { path, message, isName } of parsed.error.issues.flatMap((issue) => tell(issue, value))) {
        faults.push({ file, ...place(path, isName), message });
      }
    }
  }
  return {
    file,
    ...(rule !== undefined && faults.length === 0 ? { rule } : {}),
    faults,
    placeOf: (pointer) => place(parsePointer(pointer)),
  };
}

interface Said {
  readonly path: Path;
  readonly message: string;
  readonly isName?: boolean;
}

/** What Zod says, in words for whoever wrote the file. */
function tell(issue: z.core.$ZodIssue, value: unknown): Said[] {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `"${key}" is not a field of a rule`,
      isName: true,
    }));
  }
  const name = path.join(".");
  if (path.length === 0) {
    return [{ path, message: "a rule's file is a list of fields, like rule_key: my-rule" }];
  }
  if (path.length === 1 && (value as Record<string, unknown>)[name] === undefined) {
    return [{ path, message: `${name} is missing` }];
  }
  return [{ path, message: `${name}: ${issue.message}` }];
}
