import type { Verdict } from "../../../shared/schema/verdict.ts";
import type { Trial } from "./gateways/records_gateway.ts";

const unread = "This rule reads what you may not read.";

/** Takes the words of rules that read what the caller may not read out of a verdict: that they object stays. */
export function hideFrom(hidden: Trial["hidden"]) {
  const named = new Set(hidden.map(([ruleId, key]) => JSON.stringify([ruleId, key])));
  const isHidden = (ruleId: string, key: string) =>
    named.has(JSON.stringify([ruleId, null])) || named.has(JSON.stringify([ruleId, key]));
  return {
    verdict(verdict: Verdict | undefined): Verdict | undefined {
      if (verdict === undefined || named.size === 0) return verdict;
      return {
        ...verdict,
        violations: verdict.violations.map((violation) =>
          isHidden(violation.rule_id, verdict.key)
            ? { ...violation, message: unread, observed: {}, suggested_fix: null }
            : violation
        ),
        unevaluated: verdict.unevaluated.map((one) =>
          isHidden(one.rule_id, verdict.key) ? { ...one, reason: unread } : one
        ),
        fixes: verdict.fixes.map((fix) => isHidden(fix.rule_id, verdict.key) ? { ...fix, patch: [] } : fix),
      };
    },
    fixes(fixes: Trial["write_fixes"]): Trial["write_fixes"] {
      return fixes.map((fix) => isHidden(fix.rule_id, fix.key) ? { ...fix, patch: [] } : fix);
    },
  };
}
