import type { Fault } from "../../errors.ts";
import type { FieldClass, FieldClasses } from "../../schema/rule.ts";
import type { PlanScope } from "../operators/mod.ts";

/** A field of which a rule asks a reference set. */
export interface Question {
  readonly setKey: string;
  readonly field: string;
}

/** A to-many match of a rule. */
export interface PlannedMatch {
  /** The name under which its counts are delivered: the rule's id and the place of the match in the rule. */
  readonly key: string;
  readonly relation: string;
}

/** Collects, while a rule is planned, what it reads, what it asks, and everything that is wrong with it. */
export class RuleScope {
  readonly faults: Fault[] = [];
  readonly reads = new Set<string>();
  readonly questions: Question[] = [];
  readonly moments = new Set<string>();
  readonly matches: PlannedMatch[] = [];

  constructor(readonly classes: FieldClasses, readonly ruleId: string) {}

  /** The scope of one part of the rule, whose faults are told relative to `at`. */
  at(at: string): PlanScope {
    return {
      read: (field) => this.#read(field),
      lookUp: (setKey, field) => {
        this.questions.push({ setKey, field });
      },
      moment: (key) => {
        this.moments.add(key);
      },
      fault: (below, message) => {
        this.faults.push({ at: at + below, message });
      },
    };
  }

  #read(field: string): FieldClass | undefined {
    const fieldClass = this.classes.get(field);
    if (fieldClass !== undefined) this.reads.add(field);
    return fieldClass;
  }
}
