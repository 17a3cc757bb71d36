import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { addOrders, claimed, createWorld, queued, quiet } from "../support/mod.ts";

async function hang(sql: Sql): Promise<void> {
  await sql`select vault.create_secret('http://127.0.0.1:9/functions/v1/', 'functions_url'),
    vault.create_secret('the-token', 'doorbell_token')`;
  await quiet(sql);
  await sql`delete from net.http_request_queue`;
}

const rung = (sql: Sql) =>
  sql`select method, url, headers, convert_from(body, 'UTF8') as body from net.http_request_queue`;

Deno.test("a transaction rings once, with an empty body, the token and no key", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await hang(sql);
  await sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id) values ('1', 'acme')`;
    await own`insert into shop.customers (id, org_id) values ('1', 'acme')`;
    await own`update shop.orders set note = 'x'`;
  });
  assertEquals((await rung(sql)).map((call) => ({ ...call })), [{
    method: "POST",
    url: "http://127.0.0.1:9/functions/v1/evaluate",
    headers: { "Content-Type": "application/json", "x-doorbell-token": "the-token" },
    body: "{}",
  }]);
});

Deno.test("while a ring is on its way none beside it rings; once it is answered, or counts as lost, the next does", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await hang(sql);
  await addOrders(sql, { id: "1" });
  await addOrders(sql, { id: "2" });
  assertEquals((await rung(sql)).length, 1);
  await claimed(world);
  await addOrders(sql, { id: "3" });
  assertEquals((await rung(sql)).length, 2);
  await sql`update governance_private.rings set rung_at = rung_at - interval '1 second'`;
  await addOrders(sql, { id: "4" });
  assertEquals((await rung(sql)).length, 3);
});

Deno.test("a ring that is not committed silences nobody, and a claim does not wait for it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await hang(sql);
  const other = world.database.connect();
  await sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id) values ('1', 'acme')`;
    await other`insert into shop.orders (id, org_id) values ('2', 'acme')`;
    assertEquals((await rung(other)).length, 1);
    await other`select governance.claim_changes(100)`;
  });
  assertEquals((await rung(sql)).length, 2);
});

Deno.test("a transaction that is rolled back or changes nothing does not ring", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await hang(sql);
  await addOrders(sql, { id: "1" });
  await claimed(world);
  await sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id) values ('3', 'acme')`;
    throw new Error("no");
  }).catch(() => {});
  await sql`update shop.orders set note = note`;
  assertEquals((await rung(sql)).length, 1);
});

Deno.test("a savepoint that is rolled back does not silence the rest of its transaction", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await hang(sql);
  await sql.begin(async (own) => {
    await own.savepoint(async (inner) => {
      await inner`insert into shop.orders (id, org_id) values ('1', 'acme')`;
      throw new Error("no");
    }).catch(() => {});
    await own`insert into shop.orders (id, org_id) values ('2', 'acme')`;
  });
  assertEquals((await rung(sql)).length, 1);
});

Deno.test("without secrets, and with a doorbell that cannot ring, the write passes and waits in the queue", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  assertEquals((await rung(sql)).length, 0);
  await hang(sql);
  await world.database.admin`alter table net.http_request_queue rename to elsewhere`;
  await addOrders(sql, { id: "2" });
  assertEquals(await queued(sql), ["2"]);
});

Deno.test("the drain rings when something waits, and not otherwise", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await hang(sql);
  const drain = async () => (await sql`select governance_private.drain() as rang`)[0]!.rang;
  assertEquals(await drain(), false);
  await addOrders(sql, { id: "1" });
  await sql`delete from net.http_request_queue`;
  // … though a ring is on its way, which may be lost.
  assertEquals(await drain(), true);
  assertEquals((await rung(sql)).length, 1);
});
