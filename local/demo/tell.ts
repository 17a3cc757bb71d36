import { bold, dim, green, red, yellow } from "@std/fmt/colors";

/** The head of a chapter. */
export function chapter(title: string): void {
  console.log(`\n${bold(title)}`);
}

/** What somebody does. */
export function act(who: string, what: string): void {
  console.log(`  ${yellow(who)} ${what}`);
}

/** What the product answers or holds now. */
export function found(text: string): void {
  console.log(`    ${green("→")} ${text}`);
}

/** What the product refuses. */
export function refused(text: string): void {
  console.log(`    ${red("✗")} ${text}`);
}

/** A detail of the line before. */
export function detail(text: string): void {
  console.log(`      ${dim(text)}`);
}

/** The named fields of a record, as they are. */
export function fieldsOf(record: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  return names.map((name) => `${name} ${JSON.stringify(record[name])}`).join("  ");
}
