import type { Sql } from "postgres";
import type { NormalizerCase } from "./corpus.ts";
import { Failures } from "./known_differences.ts";

/** The SQL forms of the normalizers, where there is one that decides. */
export async function runNormalizerForms(
  sql: Sql,
  cases: ReadonlyMap<string, NormalizerCase>,
): Promise<Failures> {
  const failures = new Failures();
  for (const [id, { normalizer, rows }] of cases) {
    const [form] = await sql`
      select exists (select from pg_proc where proname = ${`normalize_${normalizer}`}
        and pronamespace = 'governance_private'::regnamespace) as is_there`;
    if (!form!["is_there"]) continue;
    const found = await sql`
      select x ->> 'from' as value, governance_private.${
      sql(`normalize_${normalizer}`)
    }(x ->> 'from', o.default_country) as result,
        x ->> 'to' as expected
      from jsonb_array_elements(${
      sql.json(rows)
    }) x join governance.organizations o on o.org_id = x ->> 'org'`;
    for (const { value, result, expected } of found) {
      // Text outside of ASCII waits for TypeScript: the form then leaves it as it is.
      // deno-lint-ignore no-control-regex -- the characters of ASCII
      const waits = result === value && !/^[\x00-\x7f]*$/.test(value ?? "");
      if (result !== expected && !waits) {
        failures.note(
          "sql form",
          id,
          `${JSON.stringify(value)} becomes ${JSON.stringify(result)} instead of ${JSON.stringify(expected)}`,
        );
      }
    }
  }
  return failures;
}
