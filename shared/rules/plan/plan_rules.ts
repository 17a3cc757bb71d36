import { RuleNotValidError } from "../../errors.ts";
import { type DeliveredRule, deliveredRuleSchema, type FieldClasses } from "../../schema/rule.ts";
import { compareByCodePoint } from "../classes/mod.ts";
import { planRule } from "./plan_rule.ts";
import type { PlannedRule } from "./planned_rule.ts";
import { zodFaults } from "./zod_faults.ts";

/** A rule that cannot be planned: it is unevaluated for every record of its organizations. */
export interface RuleFault {
  readonly rule_id: string;
  readonly rule_key: string;
  readonly reason: string;
}

/** The rules that one organization's records are judged by, each group in the order of the rule keys. */
export interface OrganizationPlan {
  readonly fixes: readonly PlannedRule[];
  /** Issue and block rules. */
  readonly judgements: readonly PlannedRule[];
  readonly shadows: readonly PlannedRule[];
  readonly faults: readonly RuleFault[];
  /** Everything that any of the rules reads. */
  readonly reads: readonly string[];
}

/** A rule set, compiled once per version. */
export interface RulePlan {
  readonly faults: readonly RuleFault[];
  /**
   * The rules of an organization; null: records that belong to none. Those that run by schedule only for records that a
   * sweep claims.
   */
  forOrganization(orgId: string | null, isSwept: boolean): OrganizationPlan;
}

/** The rules that are left when some, by their ids, are waived. */
export function withoutRules(plan: OrganizationPlan, waived: readonly string[]): OrganizationPlan {
  if (waived.length === 0) return plan;
  const isLeft = (rule: PlannedRule) => !waived.includes(rule.id);
  return {
    ...plan,
    fixes: plan.fixes.filter(isLeft),
    judgements: plan.judgements.filter(isLeft),
    shadows: plan.shadows.filter(isLeft),
  };
}

interface Entry {
  readonly rule: DeliveredRule;
  readonly planned: PlannedRule | null;
  readonly fault: RuleFault | null;
}

/** Compiles a rule set. A rule that cannot be planned is reported and keeps no other from running. */
export function planRules(rules: readonly unknown[], classes: FieldClasses): RulePlan {
  const parsed = rules.map((raw) => deliveredRuleSchema.safeParse(raw));
  const entries = parsed.flatMap((result) => result.success ? [planEntry(result.data, classes)] : [])
    .sort((a, b) =>
      compareByCodePoint(a.rule.rule_key, b.rule.rule_key) || compareByCodePoint(a.rule.id, b.rule.id)
    );
  const malformed = rules.flatMap((raw, index): RuleFault[] => {
    const result = parsed[index];
    return result === undefined || result.success ? [] : [{
      rule_id: nameOf(raw, "id"),
      rule_key: nameOf(raw, "rule_key"),
      reason: cannotRun(nameOf(raw, "rule_key"), new RuleNotValidError(zodFaults(result.error, ""))),
    }];
  });
  const plans = {
    swept: new Map<string | null, OrganizationPlan>(),
    changed: new Map<string | null, OrganizationPlan>(),
  };
  const unscheduled = entries.filter(({ rule }) => rule.timing !== "schedule");
  return {
    faults: [...entries.flatMap(({ fault }) => fault ?? []), ...malformed],
    forOrganization(orgId, isSwept) {
      const cache = isSwept ? plans.swept : plans.changed;
      const known = cache.get(orgId);
      if (known !== undefined) return known;
      const plan = selectFor(orgId, isSwept ? entries : unscheduled);
      cache.set(orgId, plan);
      return plan;
    },
  };
}

function planEntry(rule: DeliveredRule, classes: FieldClasses): Entry {
  try {
    return { rule, planned: planRule(rule, classes), fault: null };
  } catch (error) {
    // Whatever is wrong with one rule, such as groups nested too deep for the stack, keeps no other from running.
    const fault = { rule_id: rule.id, rule_key: rule.rule_key, reason: cannotRun(rule.rule_key, error) };
    return { rule, planned: null, fault };
  }
}

function selectFor(orgId: string | null, entries: readonly Entry[]): OrganizationPlan {
  const own = entries.filter(({ rule }) =>
    rule.org_id === null ? orgId === null || !rule.except_orgs.includes(orgId) : rule.org_id === orgId
  );
  const planned = own.flatMap((entry) => entry.planned ?? []);
  const running = planned.filter((rule) => !rule.isShadow);
  return {
    fixes: running.filter((rule) => rule.enforcement === "fix"),
    judgements: running.filter((rule) => rule.enforcement !== "fix"),
    shadows: planned.filter((rule) => rule.isShadow),
    faults: own.flatMap(({ fault }) => fault ?? []),
    reads: [...new Set(planned.flatMap((rule) => rule.reads))],
  };
}

function cannotRun(ruleKey: string, error: unknown): string {
  return `The rule "${ruleKey}" cannot run: ${error instanceof Error ? error.message : error}`;
}

function nameOf(raw: unknown, key: string): string {
  const value = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" ? value : "";
}
