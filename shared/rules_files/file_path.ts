import type { RuleFile } from "./rule_file.ts";

/** Names that Windows keeps for devices, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;
/** File systems take 255 bytes; an export writes beside the file first, under a longer name. */
const LONGEST = 100;

/**
 * Where the file of a rule lies below the folder of rules: `deal/won-deal-has-amount.yaml`, and
 * `deal/won-deal-has-amount@acme.yaml` for the rule of an organization.
 */
export function rulePath(
  { entity_type, rule_key, org_id }: Pick<RuleFile, "entity_type" | "rule_key" | "org_id">,
): string {
  const organization = org_id === null || org_id === undefined ? "" : `@${safeName(org_id)}`;
  return `${safeName(entity_type)}/${safeName(rule_key)}${organization}.yaml`;
}

/**
 * A name that is one part of a path on every file system, and different for different texts even where case does not
 * count: all but lower-case letters, digits, `-` and `_` is percent-encoded.
 */
function safeName(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const encode = (byte: number) => `%${byte.toString(16).padStart(2, "0")}`;
  let name = "";
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    name += /[a-z0-9_-]/.test(letter) ? letter : encode(byte);
  }
  if (RESERVED.test(name)) name = encode(bytes[0]!) + name.slice(1);
  if (name.length > LONGEST) name = `${name.slice(0, LONGEST)}~${hash(bytes)}`;
  return name === "" ? "%" : name;
}

/** FNV-1a of 64 bits: tells long names apart. */
function hash(bytes: Uint8Array): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of bytes) value = ((value ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return value.toString(16).padStart(16, "0");
}
