/** How often an atom stands. */
export interface Quantifier {
  readonly min: number;
  /** Null: without end. */
  readonly max: number | null;
}

/** A range of code points, both ends included. */
export type CodePointRange = readonly [from: number, to: number];

/** A pattern of the rule language, parsed. */
export type PatternNode =
  | { readonly kind: "alternatives"; readonly branches: readonly PatternNode[] }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly atom: PatternNode; readonly quantifier: Quantifier }
  | { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly CodePointRange[] }
  | { readonly kind: "any" }
  | { readonly kind: "start" }
  | { readonly kind: "end" };
