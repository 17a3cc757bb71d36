import { EvaluationBrokeError } from "../../errors.ts";
import type { Match } from "../../schema/rule_group.ts";
import type { Test } from "../operators/mod.ts";
import { MODES } from "./match_modes.ts";

/** Compiles a to-many match. Its group was judged in SQL, where the elements are; here is what the counts come to. */
export function planMatch({ field, match }: Match, key: string): Test {
  const mode = MODES[match.mode];
  const threshold = match.threshold ?? 0;
  return (view) => {
    const counts = view.counts(key);
    if (counts === undefined) throw new EvaluationBrokeError(`"${field}" was not counted.`);
    return mode(counts, threshold);
  };
}
