/** The operators of the rule language, one file each; a new one is its file and its line here. @module */
import type { OperatorName } from "../../schema/rule_group.ts";
import { agreesWith } from "./agrees_with.ts";
import { atLeast } from "./at_least.ts";
import { atMost } from "./at_most.ts";
import { beginsWith } from "./begins_with.ts";
import { between } from "./between.ts";
import { contains } from "./contains.ts";
import { doesNotBeginWith } from "./does_not_begin_with.ts";
import { doesNotContain } from "./does_not_contain.ts";
import { doesNotEndWith } from "./does_not_end_with.ts";
import { doesNotMatch } from "./does_not_match.ts";
import { endsWith } from "./ends_with.ts";
import { equals } from "./equals.ts";
import { greaterThan } from "./greater_than.ts";
import { isIn } from "./in.ts";
import { inReference } from "./in_reference.ts";
import { isBlank } from "./is_blank.ts";
import { isEmail } from "./is_email.ts";
import { isFilled } from "./is_filled.ts";
import { isPhone } from "./is_phone.ts";
import { isPostalCode } from "./is_postal_code.ts";
import { isUrl } from "./is_url.ts";
import { lessThan } from "./less_than.ts";
import { matches } from "./matches.ts";
import { notBetween } from "./not_between.ts";
import { notEquals } from "./not_equals.ts";
import { notIn } from "./not_in.ts";
import { isNotNull } from "./not_null.ts";
import { isNull } from "./null.ts";
import type { Operator } from "./operator.ts";

export type { Operator, PlanScope, Test } from "./operator.ts";
export { isBlankValue } from "./presence_operator.ts";

export const OPERATORS = {
  "=": equals,
  "!=": notEquals,
  "<": lessThan,
  "<=": atMost,
  ">": greaterThan,
  ">=": atLeast,
  between,
  notBetween,
  in: isIn,
  notIn,
  null: isNull,
  notNull: isNotNull,
  isFilled,
  isBlank,
  contains,
  doesNotContain,
  beginsWith,
  doesNotBeginWith,
  endsWith,
  doesNotEndWith,
  matches,
  doesNotMatch,
  inReference,
  agreesWith,
  isEmail,
  isUrl,
  isPostalCode,
  isPhone,
} satisfies Record<OperatorName, Operator>;
