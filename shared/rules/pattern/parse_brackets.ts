import { META_CHARACTERS, NAMED_CHARACTERS, NAMED_CLASSES } from "./pattern_classes.ts";
import type { CodePointRange, PatternNode } from "./pattern_node.ts";

/** Parses one bracket class, from behind its `[`. */
export class BracketParser {
  /** Where the parser stands; behind the `]` at the end. */
  at: number;

  constructor(readonly characters: readonly string[], from: number) {
    this.at = from;
  }

  parse(): PatternNode {
    const ranges: CodePointRange[] = [];
    const negated = this.#peek() === "^";
    if (negated) this.at++;
    /** The character that a following `-` could begin a range with. */
    let previous: number | null = null;
    for (;;) {
      const character = this.#next("A class in brackets is not closed.");
      if (character === "]") break;
      if (character === "[") throw new SyntaxError('"[" inside brackets is written "\\[".');
      if (character === "-" && previous !== null && this.#peek() !== "]" && this.#peek() !== "") {
        const to = this.#rangeEnd();
        if (to < previous) throw new SyntaxError("A range in brackets is reversed.");
        ranges.push([previous, to]);
        previous = null;
        continue;
      }
      if (character !== "\\") {
        previous = codePoint(character);
        ranges.push([previous, previous]);
        continue;
      }
      const name = this.#next("A class in brackets is not closed.");
      const named = NAMED_CLASSES.get(name);
      const control = NAMED_CHARACTERS.get(name);
      if (named !== undefined) ranges.push(...named);
      else if (control !== undefined) ranges.push([codePoint(control), codePoint(control)]);
      else if (META_CHARACTERS.includes(name)) ranges.push([codePoint(name), codePoint(name)]);
      else throw new SyntaxError(`"\\${name}" is not part of a class in brackets.`);
      previous = named !== undefined || control !== undefined ? null : codePoint(name);
    }
    if (ranges.length === 0) throw new SyntaxError("A class in brackets is empty.");
    return { kind: "class", negated, ranges };
  }

  #rangeEnd(): number {
    const character = this.#next("A class in brackets is not closed.");
    if (character === "[") throw new SyntaxError('"[" inside brackets is written "\\[".');
    if (character !== "\\") return codePoint(character);
    const name = this.#next("A class in brackets is not closed.");
    if (!META_CHARACTERS.includes(name)) throw new SyntaxError(`A range in brackets ends in "\\${name}".`);
    return codePoint(name);
  }

  #peek(): string {
    return this.characters[this.at] ?? "";
  }

  #next(otherwise: string): string {
    const character = this.characters[this.at++];
    if (character === undefined) throw new SyntaxError(otherwise);
    return character;
  }
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
