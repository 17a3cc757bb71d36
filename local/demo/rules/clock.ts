import postgres from "postgres";
import type { Stack } from "../../stack.ts";
import { StoryError } from "../read.ts";

/** When things happened, by table; days are dates, the others instants. */
const moments: Readonly<Record<string, readonly string[]>> = {
  "governance.audit_events": ["occurred_at"],
  "governance.data_quality_rule_versions": ["changed_at"],
  "governance.shadow_tallies": ["day"],
  "governance.shadow_hits": ["occurred_at"],
  "governance.refused_writes": ["occurred_at"],
  "governance.waivers": ["granted_at", "expires_at", "revoked_at", "ended_at"],
  "governance.data_quality_issues": [
    "first_seen_at",
    "last_seen_at",
    "due_date",
    "decided_at",
    "ignored_until",
  ],
  "governance.data_quality_issue_events": ["occurred_at"],
};

/**
 * Lets days pass in a throw-away database: whatever has happened happened so much earlier. The product has no clock that
 * anybody could set; this is the superuser of a stack that the story has started for itself.
 */
export async function passDays({ adminDbUrl }: Stack, days: number): Promise<void> {
  const sql = postgres(adminDbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.begin(async (own) => {
      await own`set local session_replication_role = replica`;
      for (const [table, columns] of Object.entries(moments)) {
        const changes = columns.map((column) =>
          column === "day" ? `day = day - ${days}` : `${column} = ${column} - interval '${days} days'`
        );
        await own.unsafe(`update ${table} set ${changes.join(", ")}`);
      }
    });
  } finally {
    await sql.end();
  }
}

/** Runs a job of the schedule now, as it stands there and as its user. */
export async function runJob({ dbUrl }: Stack, name: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const [job] = await sql`select command from cron.job where jobname = ${name}`;
    if (!job) throw new StoryError(`There is no job ${name}.`);
    await sql.unsafe(job["command"]);
  } finally {
    await sql.end();
  }
}
