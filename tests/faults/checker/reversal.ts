import type { PostgresError, Sql } from "postgres";
import type { Random } from "../random.ts";

const TABLES: Readonly<Record<string, string>> = { customer: "shop.customers", purchase: "shop.orders" };

/** Each fix can be taken back, value by value, or says that its field changed since and touches nothing. */
export async function checkReversal(sql: Sql, random: Random): Promise<string[]> {
  const findings: string[] = [];
  const fixes = await sql`
    select f.id, f.entity_type, f.record_key, f.patch, f.rule_key from governance.fixes f
    where f.reverted_at is null order by f.place desc`;
  for (
    const { id, entity_type, record_key, patch, rule_key } of fixes.filter(() => random.chance(0.3)).slice(
      0,
      25,
    )
  ) {
    const values = async () => {
      const [row] = await sql.unsafe(
        `select to_jsonb(r) as row from ${TABLES[entity_type]} r where id = $1`,
        [record_key],
      );
      return row?.row as Record<string, unknown> | undefined;
    };
    const before = await values();
    const part = (op: string) =>
      Object.fromEntries(
        patch.filter((o: { op: string }) => o.op === op).map((
          o: { path: string; value: unknown },
        ) => [o.path.slice(1), o.value]),
      );
    const [old, made] = [part("test"), part("replace")];
    const mustWork = before !== undefined &&
      Object.entries(made).every(([name, value]) => before[name] === value);
    const error = await sql`select governance.undo_fix(${id})`.then(() => null, (e: PostgresError) => e);
    const after = await values();
    const about = `${rule_key} ${record_key} ${JSON.stringify(patch)}`;
    if (mustWork && error !== null) {
      findings.push(
        `a fix cannot be taken back: ${about}: ${error.message}\n${await trail(
          sql,
          entity_type,
          record_key,
        )}`,
      );
    } else if (mustWork && Object.keys(made).some((name) => after?.[name] !== old[name])) {
      findings.push(
        `a fix was taken back, but its values did not come back: ${about}: ${JSON.stringify(after)}`,
      );
    } else if (!mustWork && error?.code !== "PT409") {
      findings.push(
        `a fix whose field changed since was taken back with ${error?.code ?? "no error"}: ${about}`,
      );
    } else if (!mustWork && JSON.stringify(before) !== JSON.stringify(after)) {
      findings.push(`a refused undo changed the record: ${about}`);
    }
  }
  return findings;
}

/** The last that audit says of a record, so that a finding that does not come twice can be understood. */
async function trail(sql: Sql, entityType: string, recordKey: string): Promise<string> {
  const events = await sql`
    select e.id, e.occurred_at::text, e.operation, e.before, e.after, e.cause_kind, e.cause_id, e.db_role from governance.audit_events e
    where e.entity_type = ${entityType} and e.record_key = ${recordKey} order by e.id desc limit 6`;
  return events.map((event) => `    ${JSON.stringify(event)}`).join("\n");
}
