/** A name without accents, letter case, punctuation and a leading "the", for looking it up. */
export function foldName(name: string): string {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[.'’]/g, "").replace(/&/g, " and ").replace(/[^\p{L}\p{N}]+/gu, " ").trim()
    .replace(/^the /, "").replace(/\bst\b/g, "saint");
}
