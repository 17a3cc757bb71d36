import { assertEquals, assertMatch } from "@std/assert";
import { addOrders, and, createWorld, is, people, refused, saveBlock, type World } from "../support/mod.ts";
import { act, requests, savePolicy } from "./support.ts";

const many = (count: number, values = {}) =>
  Array.from({ length: count }, (_, n) => ({ id: String(n).padStart(4, "0"), amount: "5", ...values }));

/** Adds to the notes of so many orders as somebody. */
const edit = (world: World, caller: "member" | "colleague" | "service_role" | "postgres", count: number) =>
  world.as(
    caller,
    async (sql) =>
      (await sql`update shop.orders set note = coalesce(note, '') || 'x' where id < ${
        String(count).padStart(4, "0")
      }`).count,
  );

Deno.test("a person's statement over more than 200 records is refused with how to propose it; nothing is stored", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...many(300));
  assertEquals(await edit(world, "member", 200), 200);
  const refusal = await refused(edit(world, "colleague", 201));
  assertEquals([refusal.state, refusal.detail], ["PT409", {
    code: "too-many-records",
    entity_type: "purchase",
    operation: "update",
    records: 201,
    limit: 200,
  }]);
  assertMatch(refusal.hint!, /governance\.propose_changes, or POST \/change-requests/);
  const adding = world.as(
    "member",
    (sql) =>
      sql`insert into shop.orders (id, org_id) select 'new' || n, 'acme' from generate_series(1, 201) as n`,
  );
  assertEquals((await refused(adding)).detail.operation, "insert");
  const [left] = await world
    .sql`select count(*)::int as n, count(*) filter (where note = 'x')::int as edited from shop.orders`;
  assertEquals({ ...left }, { n: 300, edited: 200 });
});

Deno.test("an actor changes no more than 500 records within two minutes; another actor and another table are not in its way", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...many(200));
  await edit(world, "member", 200);
  await edit(world, "member", 200);
  const refusal = await refused(edit(world, "member", 101));
  assertEquals([refusal.detail.records, refusal.detail.limit, refusal.detail.window_seconds], [
    501,
    500,
    120,
  ]);
  assertEquals(await edit(world, "member", 100), 100);
  assertEquals(await edit(world, "colleague", 200), 200);
  await world.sql`update governance_private.write_counts set written_at = written_at - interval '2 minutes'`;
  assertEquals(await edit(world, "member", 200), 200);
});

Deno.test("database roles have no limit, bound sources another, and an entity can have its own", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ...many(600));
  assertEquals(await edit(world, "service_role", 600), 600);
  assertEquals(await edit(world, "postgres", 600), 600);
  await sql`insert into governance.source_systems (source_key, org_id, label, user_id) values ('sync:erp', 'acme', 'ERP', ${people.member})`;
  assertEquals(await edit(world, "member", 600), 600);
  // A source of acme is a person elsewhere.
  await addOrders(sql, { id: "g", org_id: "globex" });
  await sql`insert into governance.memberships (user_id, org_id, role) values (${people.member}, 'globex', 'member')`;
  assertEquals(
    (await refused(world.as("member", (own) => own`update shop.orders set note = 'y'`))).detail.limit,
    200,
  );
  await sql`insert into governance.write_limits (entity_type, writer, statement_limit, window_limit) values ('purchase', 'person', 3, null)`;
  assertEquals((await refused(edit(world, "colleague", 4))).detail.limit, 3);
  assertEquals(await edit(world, "colleague", 3), 3);
});

Deno.test("what is proposed has no such limit: a bulk edit is one request, and its commit passes", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...many(300));
  const changes = many(300).map(({ id }) => ({ key: id, values: { amount: 6 } }));
  const [row] = await world.as(
    "member",
    (sql) => sql`select governance.propose_changes('purchase', ${sql.json(changes as never)}) as answer`,
  );
  const [{ request_id, status }] = row!["answer"];
  assertEquals(status, "validated");
  assertEquals((await act(world, "steward", "approve", request_id, { commit: true }))["records"], 300);
  assertEquals((await world.sql`select distinct amount from shop.orders`).map(({ amount }) => amount), [
    "6.00",
  ]);
});

Deno.test("store_records turns a bulk edit that is too much at once into one change request, and tries any number", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ...many(300));
  const call = (name: "store_records" | "try_records", records: object[]) =>
    world.as("member", async (own) => {
      const list = own.json(records.map((values, n) => ({ n, values })) as never);
      const [row] = await own`select ${
        own.unsafe(`governance.${name}`)
      }('purchase', 'acme', ${list}) as answer`;
      return row!["answer"].outcomes as {
        outcome: string;
        diverted?: { request_id: string; fields: string[] };
      }[];
    });
  const edits = many(300, { amount: 8 });
  assertEquals(
    new Set((await call("try_records", edits)).map(({ outcome }) => outcome)),
    new Set(["updated"]),
  );
  const outcomes = await call("store_records", edits);
  const [request] = await requests(sql);
  assertEquals(request!.record_count, 300);
  assertEquals(new Set(outcomes.map(({ outcome }) => outcome)), new Set(["diverted"]));
  assertEquals(outcomes[0]!.diverted, { request_id: request!.id, fields: ["amount"] });
  assertEquals((await sql`select distinct amount from shop.orders`).map(({ amount }) => amount), ["5.00"]);
  // New records cannot be proposed.
  const fresh = many(300).map(({ id }) => ({ id: `n${id}`, amount: 1 }));
  assertEquals((await refused(call("store_records", fresh))).detail.code, "too-many-records");
});

Deno.test("a mark that says that something is only tried lets nothing be kept", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...many(300));
  const cheat = world.as("member", async (sql) => {
    await sql`select governance_private.begin_trial()`;
    await sql`update shop.orders set note = 'cheated'`;
  });
  assertEquals((await refused(cheat)).state, "PT409");
  assertEquals((await world.sql`select from shop.orders where note is not null`).length, 0);
});

Deno.test("the receipt of a stored record names the fields that wait, and where; a trial says so without a request", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2", amount: "5" });
  await savePolicy(sql, { condition: and(is("amount", ">", 100)) });
  await saveBlock(sql, { rule_key: "has-note", condition: and(is("note", "!=", "bad")), message: "Bad." });
  const records = [{ n: 0, values: { id: "1", amount: 500, note: "x" } }, {
    n: 1,
    values: { id: "2", amount: 6 },
  }];
  const store = (name: string) =>
    world.as("member", async (own) => {
      const [row] = await own`select ${own.unsafe(`governance.${name}`)}('purchase', 'acme', ${
        own.json(records as never)
      }) as answer`;
      return row!["answer"].outcomes.map((
        { outcome, diverted }: { outcome: string; diverted?: unknown },
      ) => [outcome, diverted]);
    });
  assertEquals(await store("try_records"), [["updated", { request_id: null, fields: ["amount"] }], [
    "updated",
    undefined,
  ]]);
  assertEquals(await requests(sql), []);
  const stored = await store("store_records");
  const [request] = await requests(sql);
  assertEquals(stored, [["updated", { request_id: request!.id, fields: ["amount"] }], [
    "updated",
    undefined,
  ]]);
  const rows = await sql`select amount, note from shop.orders order by id`;
  assertEquals(rows.map(({ amount, note }) => [amount, note]), [["5.00", "x"], ["6.00", null]]);
});
