import type { Enforcement } from "../../schema/rule.ts";
import type { Test } from "../operators/mod.ts";
import type { PlannedStep } from "../steps/mod.ts";
import type { MessageTemplate } from "./plan_message.ts";
import type { PlannedMatch, Question } from "./rule_scope.ts";

/** A rule, checked and compiled into closures. */
export interface PlannedRule {
  readonly id: string;
  readonly key: string;
  readonly enforcement: Enforcement;
  readonly isShadow: boolean;
  /** The relation of which the rule demands that its record is there: then its absence is no obstacle, but the answer. */
  readonly demandedRelation: string | null;
  /** Null: the rule speaks of every record. */
  readonly appliesWhen: Test | null;
  /** Null only in fix rules: the steps run on every record that the rule speaks of. */
  readonly condition: Test | null;
  /** Everything that must be available before the rule can be evaluated. */
  readonly reads: readonly string[];
  /** Everything that must have been looked up. */
  readonly questions: readonly Question[];
  /** Of a fix rule: what its steps ask, for which an answer about the value before a fix will do. */
  readonly stepQuestions: readonly Question[];
  /** The moving moments that must have been delivered. */
  readonly moments: readonly string[];
  /** The to-many matches whose counts must have been delivered. */
  readonly matches: readonly PlannedMatch[];
  /** The fields and to-many relations that the condition reads, in its order. */
  readonly conditionFields: readonly string[];
  readonly steps: readonly PlannedStep[];
  /** What the steps read and change. */
  readonly stepFields: readonly string[];
  readonly message: MessageTemplate;
}
