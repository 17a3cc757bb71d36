import { assertEquals } from "@std/assert";
import { addOrders, createWorld, refused, type World } from "../support/mod.ts";
import { commitAll, sameNames, stageCells } from "../imports/support.ts";

/** One purge of at most two rows a subject. */
async function purge({ sql }: World, limit = 2): Promise<Record<string, number>> {
  const [row] = await sql`select governance_private.purge_expired(${limit}) as purged`;
  return row!["purged"];
}

/** Everything that was brought, `age` ago: three of each. */
async function bring(world: World, age: string): Promise<void> {
  const { sql } = world;
  await sql`insert into governance.source_systems (source_key, label) values ('sync:erp', 'ERP') on conflict do nothing`;
  await sql`insert into governance.webhook_endpoints (endpoint_id, org_id, label, url, events)
    values ('00000000-0000-4000-8000-000000000001', 'acme', 'x', 'https://a.example.org/', '{issue.opened}') on conflict do nothing`;
  for (let n = 0; n < 3; n++) {
    const id = `${age} ${n}`;
    await sql`insert into governance.refused_payloads (org_id, source_key, payload, faults, received_at)
      values ('acme', 'sync:erp', '{"name": "Lee"}', '[]', now() - ${age}::interval)`;
    await sql`insert into governance.source_records (org_id, source_key, entity_type, external_id, version, payload, unknown_fields, status, error, received_at)
      values ('acme', 'sync:erp', 'purchase', ${id}, 7, '{"note": "Lee"}', '{x}', 'stored', '{"code": "blocked", "message": "Lee"}', now() - ${age}::interval)`;
    for (const status of ["delivered", "dead", "waiting"]) {
      await sql`insert into governance.webhook_deliveries (endpoint_id, org_id, event_type, body, dedupe_key, status, finished_at, created_at)
        values ('00000000-0000-4000-8000-000000000001', 'acme', 'issue.opened', '{}', ${
        id + status
      }, ${status},
          case when ${status} <> 'waiting' then now() - ${age}::interval end, now() - ${age}::interval)`;
    }
    await sql`insert into governance_private.dead_letters (org_id, entity_type, record_key, failures, error, died_at)
      values ('acme', 'purchase', ${id}, 5, 'Lee', now() - ${age}::interval)`;
  }
}

async function left({ sql }: World) {
  const [row] = await sql`select
    (select count(*) from governance.refused_payloads)::int as refused,
    (select count(*) from governance.source_records where payload <> '{}')::int as payloads,
    (select count(*) from governance.source_records)::int as sources,
    (select array_agg(distinct status || ' ' || n order by status || ' ' || n) from (
      select status, count(*) as n from governance.webhook_deliveries group by 1) x) as deliveries,
    (select count(*) from governance_private.dead_letters)::int as dead`;
  return { ...row };
}

Deno.test("what is older than its period is forgotten, so many rows a call, and nothing else", async () => {
  await using world = await createWorld();
  await bring(world, "401 days");
  await bring(world, "8 days");
  assertEquals(await purge(world), {
    imports: 0,
    import_rows: 0,
    extract_rows: 0,
    source_payloads: 2,
    refused_payloads: 2,
    webhooks: 2,
    dead_letters: 2,
  });
  for (let call = 0; call < 6; call++) await purge(world);
  // Waiting deliveries are not forgotten, dead ones later than those that arrived.
  assertEquals(await left(world), {
    refused: 3,
    payloads: 3,
    sources: 6,
    deliveries: ["dead 3", "waiting 6"],
    dead: 3,
  });
  const [forgotten] = await world
    .sql`select version, unknown_fields, error from governance.source_records where purged_at is not null limit 1`;
  assertEquals([forgotten!["version"], forgotten!["unknown_fields"], forgotten!["error"]], ["7", [], {
    code: "blocked",
  }]);
  await purge(world);
  assertEquals(await left(world), { ...await left(world) });
});

Deno.test("how long is a setting of instance administrators: shorter, or for ever", async () => {
  await using world = await createWorld();
  await bring(world, "8 days");
  await world.sql`update governance.retention_periods set keep = '3 days' where subject = 'refused_payloads'`;
  await world.sql`update governance.retention_periods set keep = null where subject = 'webhooks_delivered'`;
  await purge(world, 100);
  assertEquals(await left(world), {
    refused: 0,
    payloads: 3,
    sources: 3,
    deliveries: ["dead 3", "delivered 3", "waiting 3"],
    dead: 3,
  });
  const change = world.as("admin", (own) => own`update governance.retention_periods set keep = '1 day'`);
  assertEquals((await refused(change)).state, "42501");
});

Deno.test("a source that sends a forgotten version again repeats itself, and a newer one is kept anew", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const [key] =
    await sql`select governance.issue_integration_key('acme', 'sync:erp', 'ERP', '{ingest}', null, 1000) as issued`;
  await sql`grant all on shop.orders to service_role`;
  const send = (version: number, note: string) =>
    world.as("service_role", async (own) => {
      const records = [{ n: 0, external_id: "E", version, fields: { id: "a", amount: 1, note } }];
      const [row] = await own`select governance.ingest_records(${key!["issued"].key_id}, 'purchase', ${
        own.json(records as never)
      }) as answer`;
      return row!["answer"][0].outcome;
    });
  assertEquals(await send(1, "first"), "inserted");
  await sql`update governance.source_records set received_at = now() - interval '401 days'`;
  assertEquals((await purge(world)).source_payloads, 1);
  assertEquals([await send(1, "first"), await send(1, "other"), await send(2, "second")], [
    "repeated",
    "repeated",
    "updated",
  ]);
  const [record] = await sql`select payload, purged_at from governance.source_records`;
  assertEquals([record!["payload"].note, record!["purged_at"]], ["second", null]);

  // Deleted here, its payload is forgotten sooner.
  await sql`delete from shop.orders`;
  assertEquals((await sql`select governance_private.purge_gone_payloads() as n`)[0]!["n"], "0");
  await sql`update governance.audit_events set occurred_at = occurred_at - interval '31 days'`;
  assertEquals((await sql`select governance_private.purge_gone_payloads() as n`)[0]!["n"], "1");
  assertEquals((await sql`select payload from governance.source_records`)[0]!["payload"], {});
});

Deno.test("the rows of an old extract are forgotten, and half an extract is never compared", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "a" }, { id: "b" }, { id: "c" });
  const [begun] =
    await sql`select governance.begin_extract('acme', 'purchase', 'ledger', 'id', '{amount}') as id`;
  const id = begun!["id"];
  const rows = ["a", "b", "c"].map((id) => ({ id, amount: null }));
  await sql`select governance.add_extract_rows(${id}, ${sql.json(rows)})`;
  await sql`update governance.extracts set created_at = now() - interval '31 days'`;
  assertEquals([(await purge(world)).extract_rows, (await purge(world)).extract_rows], [2, 1]);
  const refusal = await refused(sql`select governance.reconcile_extract(${id})`);
  assertEquals([refusal.state, refusal.detail.code], ["PT409", "stale"]);
});

Deno.test("an import that stands still in mid-way is an issue of whoever started it, until it goes on", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const columns = ["id", "amount"];
  const cells = Array.from({ length: 30 }, (_, n) => [`o${n}`, "1"]);
  const { import_id } = await stageCells(world, "member", columns, cells, { mapping: sameNames(columns) });
  const tell = async () => {
    await sql`select governance_private.tell_stalled_imports()`;
    const [issue] =
      await sql`select status, message, owner_user_id, severity from governance.data_quality_issues where rule_key = 'system-import-stalled'`;
    return issue === undefined ? null : { ...issue };
  };
  await world.as("member", (own) => own`select governance.commit_import_chunk(${import_id}, 10, true)`);
  assertEquals(await tell(), null);
  await sql`update governance.imports set updated_at = now() - interval '2 hours'`;
  const told = {
    status: "open",
    severity: "high",
    owner_user_id: (await sql`select created_by from governance.imports`)[0]!["created_by"],
    message:
      'The import of "file.csv" stopped: 10 of 30 rows are settled. Commit it again, and it goes on where it was; or undo it.',
  };
  assertEquals([await tell(), await tell()], [told, told]);
  await commitAll(world, "member", import_id);
  assertEquals((await tell())!["status"], "fixed");
});
