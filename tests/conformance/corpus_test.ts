/** The corpus: every case through every execution that its rule may have. @module */
import { assert, assertEquals } from "@std/assert";
import { NORMALIZERS } from "../../shared/normalize/mod.ts";
import { RULE_KINDS } from "../../shared/schema/rule.ts";
import { MATCH_MODES, OPERATOR_NAMES } from "../../shared/schema/rule_group.ts";
import { createTestDatabase } from "../helpers/database.ts";
import { readCorpus } from "./corpus/corpus.ts";
import { judgeDifferences, readKnownDifferences } from "./corpus/known_differences.ts";
import { runCorrected, runCorrectedInWrite } from "./corpus/run_corrected.ts";
import { runJudged } from "./corpus/run_judged.ts";
import { runNormalizerForms } from "./corpus/run_normalizer_forms.ts";
import { runRefused } from "./corpus/run_refused.ts";
import { runUnique } from "./corpus/run_unique.ts";
import { createTrial } from "./trial/tables.ts";

const corpus = readCorpus();
const fixCases = [...corpus.corrected.keys(), ...corpus.normalizers.keys()];

/** Tells the differences as they are; a diff of long lists would bury them. */
function assertNone(differences: readonly string[]): void {
  const shown = differences.slice(0, 25).map((each) => each.slice(0, 1500));
  assert(differences.length === 0, `${differences.length} differences:\n${shown.join("\n")}`);
}

Deno.test("every case of the corpus comes out the same in TypeScript, in the write and in the table scan", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const ran = { cases: corpus.judged.keys(), executions: ["typescript", "write", "scan"] };
  assertNone(judgeDifferences(await runJudged(database.sql, corpus.judged), ran));
});

Deno.test("every fix of the corpus leaves the record that it shall, and a second run finds nothing", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const failures = await runCorrected(database.sql, corpus);
  for (const [id, details] of await runNormalizerForms(database.sql, corpus.normalizers)) {
    failures.set(id, details);
  }
  assertNone(judgeDifferences(failures, { cases: fixCases, executions: ["typescript", "sql form"] }));
});

Deno.test("every fix of the corpus that may run in the write makes the same of the record there", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const ran = { cases: fixCases, executions: ["write", "write and evaluate"] };
  assertNone(judgeDifferences(await runCorrectedInWrite(database.sql, corpus), ran));
});

Deno.test("every unique rule of the corpus finds the same records when they are there and when they are written", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const ran = { cases: corpus.unique.keys(), executions: ["typescript", "write"] };
  assertNone(judgeDifferences(await runUnique(database.sql, corpus.unique), ran));
});

Deno.test("every rule of the corpus that is to be refused is refused, for the reason that the case names", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const ran = { cases: corpus.refused.keys(), executions: ["saving"] };
  assertNone(judgeDifferences(await runRefused(database.sql, corpus.refused), ran));
});

Deno.test("the corpus has every operator, kind, match mode and normalizer, accepted and refused", () => {
  const judged = JSON.stringify([...corpus.judged.values()]);
  const missing: string[] = OPERATOR_NAMES.filter((name) =>
    !judged.includes(`"operator":${JSON.stringify(name)}`)
  );
  const kinds = new Set([...corpus.judged.values()].map(({ kind }) => kind ?? "condition"));
  if (corpus.unique.size > 0) kinds.add("unique");
  const refused = [...corpus.refused.values()];
  missing.push(...RULE_KINDS.filter((kind) => !kinds.has(kind)).map((kind) => `${kind}, judged`));
  missing.push(
    ...RULE_KINDS.filter((name) => !refused.some(({ kind }) => (kind ?? "condition") === name))
      .map((kind) => `${kind}, refused`),
  );
  missing.push(...MATCH_MODES.filter((mode) => !judged.includes(`"match":{"mode":"${mode}"`)));
  const covered = new Set([...corpus.normalizers.values()].map(({ normalizer }) => normalizer as string));
  assertEquals([...missing, ...Object.keys(NORMALIZERS).filter((name) => !covered.has(name))], []);
});

Deno.test("a known difference is no failure as long as it differs, and one when it passes", () => {
  const known = [{ case: "a: b", execution: "scan", reason: "for this test only" }];
  const ran = { cases: ["a: b"], executions: ["scan", "write"] };
  assertEquals(judgeDifferences(new Map([["scan | a: b", ["differs"]]]), ran, known), []);
  assertEquals(judgeDifferences(new Map(), ran, known).length, 1);
  assertEquals(judgeDifferences(new Map([["write | a: b", ["differs"]]]), ran, []).length, 1);
});

Deno.test("every known difference names a case", () => {
  const ids = [...corpus.judged.keys(), ...corpus.unique.keys(), ...corpus.refused.keys(), ...fixCases];
  assertEquals(readKnownDifferences().filter((entry) => !ids.includes(entry.case)), []);
});
