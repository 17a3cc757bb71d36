import type { Sql } from "postgres";
import { saveRule } from "../../db/support/rules.ts";
import { createShop } from "../../db/support/shop.ts";
import { DOORBELL_TOKEN } from "../edge/evaluators.ts";
import { ORGS, STEWARDS } from "./people.ts";
import { SCENE_RULES } from "./rules.ts";

/** What a run is about: two organizations, two governed tables, a rule of every way to run, and a witness. */
export async function setScene(
  sql: Sql,
  { edgeUrl, versionsFrom }: { edgeUrl: string; versionsFrom: number },
) {
  for (const org of ORGS) {
    await sql`select governance.register_organization(${org}, ${org}, 'UTC', 'US')`;
    await sql`insert into governance.memberships ${
      sql({ user_id: STEWARDS[org], org_id: org, role: "steward" })
    }`;
  }
  await createShop(sql);
  await sql.unsafe(await Deno.readTextFile(new URL("./witness.sql", import.meta.url))).simple();
  await sql`insert into governance.reference_sets (set_key, description, case_sensitive) values ('states', 'States.', false)`;
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'Ohio'), ('states', 'Texas'), ('states', 'Utah')`;
  for (const { violated: _violated, undecided: _undecided, ...rule } of SCENE_RULES) {
    await saveRule(sql, rule);
  }
  // A lease of a second stands for one of a minute; a record may fail often, because killing is what this is about.
  await sql`update governance_private.queue_settings
    set lease_seconds = 1, backoff_seconds = 0.2, max_failures = 100, sweep_chunk = 50, dependents_limit = 40`;
  // Evaluators outlive the database, and know rules by entity and version.
  await sql`update governance.entities set rules_version = rules_version + ${versionsFrom}`;
  await sql`select vault.create_secret(${`${edgeUrl}/functions/v1`}, 'functions_url')`;
  await sql`select vault.create_secret(${DOORBELL_TOKEN}, 'doorbell_token')`;
}
