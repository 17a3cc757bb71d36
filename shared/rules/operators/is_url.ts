import { URL_PATTERN } from "../formats/url_pattern.ts";
import { compilePattern } from "../pattern/mod.ts";
import { formatOperator } from "./format_operator.ts";

/** `isUrl`: a web address, with its scheme or without, as people write websites. */
export const isUrl = formatOperator("isUrl", compilePattern(URL_PATTERN));
