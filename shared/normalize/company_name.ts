import { collapseWhitespace } from "./collapse_whitespace.ts";
import type { Normalizer } from "./normalizer.ts";

// How the legal forms at the end of a name are written.
const LEGAL_FORMS = new Map([
  ["inc", "Inc."],
  ["corp", "Corp."],
  ["co", "Co."],
  ["ltd", "Ltd."],
  ["llc", "LLC"],
  ["llp", "LLP"],
  ["lp", "LP"],
  ["plc", "PLC"],
  ["gmbh", "GmbH"],
  ["kg", "KG"],
  ["ag", "AG"],
  ["bv", "B.V."],
  ["nv", "N.V."],
  ["sa", "S.A."],
  ["srl", "S.r.l."],
  ["spa", "S.p.A."],
]);
// Without full stops these are words and initials as well: only "S.A." is sure.
const NEEDS_STOPS = new Set(["sa", "co", "spa", "bv", "nv", "lp", "ag", "kg"]);

/** Single spaces, and the legal form at the end as it is usually written: `ACME  inc` → `ACME Inc.` */
export const companyName: Normalizer = (value) => {
  const name = collapseWhitespace(value);
  const match = /^(.*[^\s,])(\s*,\s*|\s+)([A-Za-z.]+)$/.exec(name);
  if (match === null) return name;
  const [, stem = "", separator = " ", ending = ""] = match;
  const bare = ending.replaceAll(".", "").toLowerCase();
  const form = LEGAL_FORMS.get(bare);
  if (form === undefined || (NEEDS_STOPS.has(bare) && !ending.includes("."))) return name;
  return `${stem}${separator.includes(",") ? ", " : " "}${form}`;
};
