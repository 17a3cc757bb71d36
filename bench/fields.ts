import { join } from "@std/path";
import { z } from "zod";
import { isEmailAddress, NORMALIZERS } from "../shared/normalize/mod.ts";
import { CLASSES } from "../shared/rules/mod.ts";
import type { Bench, BenchRun } from "./support/bench.ts";

const isemailSchema = z.array(z.object({ address: z.string(), category: z.string() }));
const phoneSchema = z.array(z.object({
  region: z.string(),
  e164: z.string(),
  national: z.string(),
  international: z.string(),
}));
const formatSchema = z.array(z.object({
  tests: z.array(z.object({ data: z.unknown(), valid: z.boolean() })),
}));

interface Score {
  readonly right: number;
  readonly of: number;
  readonly note: string;
}

/** How often parsers and normalizers are right on data that others made. */
export const fieldsBench: Bench = {
  name: "fields",
  about: "the share that parsers and normalizers get right, by set of --data DIR",
  needsData: true,
  async run({ data, runs }) {
    // Pure functions: every run says the same.
    const result = await measure(join(data!, "fields"));
    return Array.from({ length: runs }, () => result);
  },
};

async function measure(folder: string): Promise<BenchRun> {
  const read = async <T>(schema: z.ZodType<T>, file: string) =>
    schema.parse(JSON.parse(await Deno.readTextFile(join(folder, file))));
  const phones = await read(phoneSchema, "phone/examples.json");
  const format = (name: string) => read(formatSchema, `formats/${name}.json`);
  const scores: Readonly<Record<string, Score>> = {
    email_isemail: scoreEmails(await read(isemailSchema, "email/isemail.json")),
    phone_examples: score(
      phones,
      ({ international, e164 }) => NORMALIZERS.phone_e164(international, { country: null }) === e164,
      "from the international form; target all",
    ),
    phone_examples_national: score(
      phones,
      ({ national, e164, region }) => NORMALIZERS.phone_e164(national, { country: region }) === e164,
      "from the national form, with the region as the organization's country",
    ),
    format_email: scoreFormat(await format("email"), isEmailAddress),
    format_date: scoreFormat(await format("date"), accepts(CLASSES.date)),
    format_date_time: scoreFormat(await format("date-time"), accepts(CLASSES.instant)),
    format_uuid: scoreFormat(await format("uuid"), accepts(CLASSES.uuid)),
  };
  return {
    figures: Object.fromEntries(Object.entries(scores).map(([name, { right, of }]) => [name, right / of])),
    table: Object.entries(scores).map(([name, { right, of, note }]) =>
      [name, `${right} of ${of}`, `${(100 * right / of).toFixed(1)} %; ${note}`] as const
    ),
  };
}

function score<T>(items: readonly T[], isRight: (item: T) => boolean, note: string): Score {
  return { right: items.filter(isRight).length, of: items.length, note };
}

/** Right: accepted what is valid, with a warning about DNS at most, and refused all else. */
function scoreEmails(items: readonly { readonly address: string; readonly category: string }[]): Score {
  return score(
    items,
    ({ address, category }) =>
      isEmailAddress(address) === /^ISEMAIL_(VALID_CATEGORY|VALID|DNSWARN)$/.test(category),
    "target 94.5 %",
  );
}

/** Only texts: a format says nothing of other values. */
function scoreFormat(groups: z.output<typeof formatSchema>, isValid: (text: string) => boolean): Score {
  const tests = groups.flatMap(({ tests }) => tests).filter(({ data }) => typeof data === "string");
  return score(tests, ({ data, valid }) => isValid(data as string) === valid, "JSON-Schema-Test-Suite");
}

function accepts({ canonicalize }: { canonicalize(value: unknown): unknown }): (text: string) => boolean {
  return (text) => {
    try {
      canonicalize(text);
      return true;
    } catch {
      return false;
    }
  };
}
