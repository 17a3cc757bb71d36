/** The kinds of rules, one file each; a new one is its file and its line here. @module */
import type { RuleKind } from "../../schema/rule.ts";
import { conditionKind } from "./condition.ts";
import type { Kind } from "./kind.ts";
import { referenceKind } from "./reference.ts";
import { uniqueKind } from "./unique.ts";

export type { Kind, PlannedKind } from "./kind.ts";

export const KINDS = {
  condition: conditionKind,
  unique: uniqueKind,
  reference: referenceKind,
} satisfies Record<RuleKind, Kind>;
