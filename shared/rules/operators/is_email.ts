import { isEmailAddress } from "../../normalize/mod.ts";
import { formatOperator } from "./format_operator.ts";

/** `isEmail`: an e-mail address, as the normalizer `email` knows one, without blanks around it. */
export const isEmail = formatOperator("isEmail", isEmailAddress);
