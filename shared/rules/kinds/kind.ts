import type { DeliveredRule, FieldClasses } from "../../schema/rule.ts";
import type { Test } from "../operators/mod.ts";
import type { MessageTemplate } from "../plan/plan_message.ts";
import type { RuleScope } from "../plan/rule_scope.ts";

/** What a kind makes of a rule's `condition`. */
export interface PlannedKind {
  /** Null: there is none, as in fix rules whose steps always run. */
  readonly condition: Test | null;
  /** The relation whose record must be there. */
  readonly demandedRelation?: string;
  /** In place of the rule's own template. */
  readonly message?: MessageTemplate;
}

/** One kind of rule: what its `condition` holds, and what it means. */
export interface Kind {
  /** Checks the parameters, all faults at once, and compiles them. Faults and reads go to the scope. */
  plan(rule: DeliveredRule, scope: RuleScope, classes: FieldClasses): PlannedKind;
}
