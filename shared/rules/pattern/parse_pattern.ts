import { BracketParser } from "./parse_brackets.ts";
import { META_CHARACTERS, NAMED_CHARACTERS, NAMED_CLASSES } from "./pattern_classes.ts";
import type { CodePointRange, PatternNode, Quantifier } from "./pattern_node.ts";

const MAX_REPEAT = 255;
const MAX_NODES = 1000;

/** A parsed part, and how many nodes it has when its repetitions are written out. */
interface Sized {
  readonly node: PatternNode;
  readonly size: number;
}

/**
 * Parses the small grammar that means the same in every execution: alternatives, groups, one greedy quantifier per
 * atom, `.`, `^`, `$`, ASCII classes and plain bracket classes.
 *
 * @throws {SyntaxError} with a message for the rule's author
 */
export function parsePattern(pattern: string): PatternNode {
  if (pattern === "") throw new SyntaxError("The pattern is empty.");
  const parser = new PatternParser(Array.from(pattern));
  return parser.parse();
}

class PatternParser {
  #at = 0;

  constructor(readonly characters: readonly string[]) {}

  parse(): PatternNode {
    const { node } = this.#alternatives();
    if (this.#at < this.characters.length) throw new SyntaxError('")" closes nothing.');
    return node;
  }

  #alternatives(): Sized {
    const branches: PatternNode[] = [];
    let size = 0;
    do {
      const branch = this.#sequence(size);
      branches.push(branch.node);
      size += branch.size;
    } while (this.#take("|"));
    const [only] = branches;
    return { node: branches.length === 1 && only ? only : { kind: "alternatives", branches }, size };
  }

  #sequence(sizeBefore: number): Sized {
    const parts: PatternNode[] = [];
    let size = 0;
    while (this.#at < this.characters.length && !"|)".includes(this.#peek())) {
      const part = this.#quantified();
      parts.push(part.node);
      size += part.size;
      if (sizeBefore + size > MAX_NODES) {
        throw new SyntaxError("The pattern has more than 1,000 nodes expanded.");
      }
    }
    if (parts.length === 0) throw new SyntaxError("An alternative is empty.");
    return { node: { kind: "sequence", parts }, size };
  }

  #quantified(): Sized {
    const character = this.#next();
    if (character === "^" || character === "$") {
      this.#refuseQuantifier(`"${character}" cannot be repeated.`);
      return { node: { kind: character === "^" ? "start" : "end" }, size: 0 };
    }
    const atom = this.#atom(character);
    const quantifier = this.#quantifier();
    if (quantifier === null) return atom;
    this.#refuseQuantifier("An atom takes one quantifier; lazy ones are not part of the grammar.");
    const times = Math.max(quantifier.min, quantifier.max ?? 1, 1);
    return { node: { kind: "repeat", atom: atom.node, quantifier }, size: atom.size * times };
  }

  #atom(character: string): Sized {
    switch (character) {
      case "(": {
        if (this.#peek() === "?") throw new SyntaxError('"(?" is not part of the grammar.');
        const inner = this.#alternatives();
        if (!this.#take(")")) throw new SyntaxError('"(" is not closed.');
        return { node: inner.node, size: inner.size + 1 };
      }
      case ".":
        return { node: { kind: "any" }, size: 1 };
      case "[":
        return this.#brackets();
      case "\\":
        return { node: this.#escape(), size: 1 };
      case "?":
      case "*":
      case "+":
      case "{":
        throw new SyntaxError(
          `"${character}" repeats nothing; the character itself is written "\\${character}".`,
        );
      case "]":
      case "}":
        throw new SyntaxError(`"${character}" alone is written "\\${character}".`);
      default:
        return { node: literal(character), size: 1 };
    }
  }

  #brackets(): Sized {
    const brackets = new BracketParser(this.characters, this.#at);
    const node = brackets.parse();
    this.#at = brackets.at;
    return { node, size: 1 };
  }

  #escape(): PatternNode {
    const name = this.#next();
    const ranges = NAMED_CLASSES.get(name.toLowerCase());
    if (ranges !== undefined) return { kind: "class", negated: name !== name.toLowerCase(), ranges };
    const control = NAMED_CHARACTERS.get(name);
    if (control !== undefined) return literal(control);
    if (name !== "" && META_CHARACTERS.includes(name)) return literal(name);
    throw new SyntaxError(`"\\${name}" is not part of the grammar.`);
  }

  #quantifier(): Quantifier | null {
    if (this.#take("?")) return { min: 0, max: 1 };
    if (this.#take("*")) return { min: 0, max: null };
    if (this.#take("+")) return { min: 1, max: null };
    if (this.#peek() !== "{") return null;
    const match = /^\{(\d{1,3})(?:(,)(\d{0,3}))?\}/.exec(
      this.characters.slice(this.#at, this.#at + 9).join(""),
    );
    if (match === null) throw new SyntaxError('"{" is not a repetition such as {2} or {1,3}.');
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] ? Number(match[3]) : null;
    if (min > MAX_REPEAT || (max ?? 0) > MAX_REPEAT) {
      throw new SyntaxError(`"${match[0]}" repeats more than 255 times.`);
    }
    if (max !== null && max < min) throw new SyntaxError(`"${match[0]}" is reversed.`);
    return { min, max };
  }

  #refuseQuantifier(message: string): void {
    if (this.#peek() !== "" && "?*+{".includes(this.#peek())) throw new SyntaxError(message);
  }

  #peek(): string {
    return this.characters[this.#at] ?? "";
  }

  #next(): string {
    return this.characters[this.#at++] ?? "";
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

function literal(character: string): PatternNode {
  const codePoint = character.codePointAt(0) ?? 0;
  const range: CodePointRange = [codePoint, codePoint];
  return { kind: "class", negated: false, ranges: [range] };
}
