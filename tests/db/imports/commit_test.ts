import { assert, assertEquals, assertRejects } from "@std/assert";
import { addOrders, createWorld, refused, saveBlock, type World } from "../support/mod.ts";
import { call, commitAll, rowsOf, sameNames, stageCells } from "./support.ts";

const columns = ["id", "amount"];
const mapping = sameNames(columns);
const cells = (count: number, prefix = "o") =>
  Array.from({ length: count }, (_, n) => [`${prefix}${n}`, String(n)]);
const ids = async (world: World) =>
  (await world.sql`select id from shop.orders order by id`).map(({ id }) => id as string);

Deno.test("a kill in the middle of a commit loses nothing and doubles nothing", async () => {
  await using world = await createWorld();
  // The connection that writes o250 dies while it writes it, as a function does that is killed.
  await world.sql.unsafe(`
    create function shop.die() returns trigger language plpgsql security definer as $$
    begin
      if new.id = 'o250' then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); end if;
      return new;
    end $$;
    create trigger die before insert on shop.orders for each row execute function shop.die()`).simple();
  const { import_id } = await stageCells(world, "member", columns, cells(400), { mapping });
  const killed = world.database.connect();
  const chunk = () => killed`select governance.commit_import_chunk(${import_id}, 100, true)`;
  await chunk();
  await chunk();
  await assertRejects(chunk);
  assertEquals((await ids(world)).length, 200, "two chunks were committed, the third is gone as a whole");
  const [half] = await world.sql`select status, committed_to, counts from governance.imports`;
  assertEquals([half!["status"], Number(half!["committed_to"]), half!["counts"]["states"]], [
    "committing",
    200,
    { staged: 200, written: 200 },
  ]);
  await world.sql`drop trigger die on shop.orders`;
  const done = await commitAll(world, "member", import_id, 100);
  assertEquals([done.status, done.counts.states], ["committed", { written: 400 }]);
  const all = await ids(world);
  assertEquals([all.length, new Set(all).size], [400, 400]);
  const [audited] = await world
    .sql`select count(*), count(distinct record_key) as keys from governance.audit_events where cause_kind = 'import' and cause_id = ${import_id}`;
  assertEquals([Number(audited!["count"]), Number(audited!["keys"])], [400, 400]);
});

Deno.test("two that commit at once write each row once", async () => {
  await using world = await createWorld();
  const { import_id } = await stageCells(world, "member", columns, cells(300), { mapping });
  // Whoever comes when all is written is told so.
  const both = await Promise.allSettled([
    commitAll(world, "member", import_id, 50),
    commitAll(world, "steward", import_id, 50),
  ]);
  assert(both.some(({ status }) => status === "fulfilled"));
  assertEquals((await ids(world)).length, 300);
  const [row] = await world.sql`select counts from governance.imports`;
  assertEquals(row!["counts"]["states"], { written: 300 });
});

Deno.test("an import that fills an empty table has its statistics made while it runs, each time that it has doubled", async () => {
  await using world = await createWorld();
  const known = async () => {
    const [row] = await world
      .sql`select reltuples::int as rows from pg_class where oid = 'shop.orders'::regclass`;
    return row!["rows"];
  };
  const { import_id } = await stageCells(world, "member", columns, cells(2600), { mapping });
  const seen: number[] = [];
  for (let chunk = 0; chunk < 6; chunk++) {
    await world.as(
      "member",
      (sql) => sql`select governance.commit_import_chunk(${import_id}, 500, true)`,
    );
    seen.push(await known());
  }
  assertEquals(seen, [-1, -1, 1000, 1000, 1000, 2500]);
});

Deno.test("the refused ones of a chunk wait with all reasons, and are written when the reason is gone", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql, { rule_key: "orders-have-amounts", message: "An order needs an amount." });
  const { import_id } = await stageCells(world, "member", columns, [...cells(20), ["bad", ""], [
    "worse",
    "many",
  ]], { mapping });
  const first = await commitAll(world, "member", import_id, 7);
  assertEquals(first.counts.states, { written: 20, quarantined: 2 });
  const waiting = (await rowsOf(world.sql, import_id)).slice(20);
  assertEquals(waiting.map(({ reasons }) => reasons[0].rule_key ?? reasons[0].code), [
    "orders-have-amounts",
    "invalid-value",
  ]);
  const issue = async () =>
    (await world
      .sql`select status, observed from governance.data_quality_issues where rule_key = 'system-import-quarantine'`)[
        0
      ]!;
  assertEquals((await issue())["observed"]["reasons"], { "orders-have-amounts": 1, "invalid-value": 1 });
  await world
    .sql`update governance.data_quality_rules set status = 'draft' where rule_key = 'orders-have-amounts'`;
  await call(world, "member", "retry_import", { p_import_id: import_id });
  assertEquals((await commitAll(world, "member", import_id)).counts.states, { written: 21, quarantined: 1 });
  await call(world, "member", "correct_import_row", {
    p_import_id: import_id,
    p_row_number: 22,
    p_record: { amount: "7" },
  });
  await call(world, "member", "retry_import", { p_import_id: import_id, p_row_numbers: [22] });
  assertEquals((await commitAll(world, "member", import_id)).counts.states, { written: 22 });
  assertEquals((await issue())["status"], "fixed");
});

Deno.test("what the writer may not write is quarantined for its own row, and no other organization is reached", async () => {
  await using world = await createWorld();
  const customers = ["id", "name"];
  // People may change customers here, and add none.
  await world.sql`insert into shop.customers (id, org_id, name) values ('c1', 'acme', 'Old')`;
  const staged = await stageCells(world, "member", customers, [["c1", "New"], ["c2", "None"]], {
    mode: "upsert",
    mapping: sameNames(customers),
  }, "customer");
  await commitAll(world, "member", staged.import_id);
  assertEquals(
    (await rowsOf(world.sql, staged.import_id)).map((
      { state, reasons },
    ) => [state, reasons[0]?.code ?? null]),
    [
      ["written", null],
      ["quarantined", "not-allowed"],
    ],
  );
  for (const caller of ["viewer", "outsider", "nobody", "colleague"] as const) {
    const code = (await refused(() =>
      call(world, caller, "commit_import_chunk", { p_import_id: staged.import_id })
    )).state;
    assertEquals(code, "PT404", caller);
  }
  assertEquals(
    (await refused(() => stageCells(world, "viewer", columns, cells(1), { mapping }))).state,
    "PT403",
  );
  assertEquals(
    (await refused(() => stageCells(world, "outsider", columns, cells(1), { mapping }))).state,
    "PT404",
  );
  assertEquals(
    (await refused(() =>
      call(world, "admin", "finish_import_judging", {
        p_import_id: staged.import_id,
        p_revision: 0,
        p_judged_to: 1,
        p_verdicts: {},
      })
    )).state,
    "42501",
  );
});

Deno.test("undo deletes what was new, restores what was changed, and touches nothing that somebody changed since", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "old1", amount: "1" }, { id: "old2", amount: "2" }, {
    id: "old3",
    amount: "3",
  });
  const rows = [["old1", "11"], ["old2", "12"], ["old3", "3"], ["new1", "21"], ["new2", "22"], [
    "new3",
    "23",
  ]];
  const { import_id } = await stageCells(world, "steward", columns, rows, { mode: "upsert", mapping });
  await commitAll(world, "steward", import_id);
  await world.as("member", (sql) => sql`update shop.orders set note = 'mine' where id = 'new2'`);
  await world.as("member", (sql) => sql`update shop.orders set amount = 99 where id = 'old2'`);
  await world.as("member", (sql) => sql`update shop.orders set note = 'beside it' where id = 'old1'`);
  const undo = (p_skip_conflicts: boolean, caller: "steward" | "member" = "steward") =>
    call(world, caller, "undo_import", { p_import_id: import_id, p_skip_conflicts });
  const amounts = async () =>
    Object.fromEntries(
      (await world.sql`select id, amount from shop.orders order by id`).map((
        { id, amount },
      ) => [id, Number(amount)]),
    );
  const before = await amounts();
  const stale = await refused(() => undo(false));
  assertEquals([
    stale.state,
    stale.detail.conflicts.map((conflict: { record_key: string }) => conflict.record_key),
  ], ["PT409", ["new2", "old2"]]);
  assertEquals(await amounts(), before);
  // Nobody may delete orders here but the instance: what cannot be deleted is a conflict too.
  const without = await undo(true);
  assertEquals([without.undone, without.conflicts.length, without.import.status], [1, 4, "committed"]);
  await world.sql.unsafe("create policy deletable on shop.orders for delete to authenticated using (true)");
  const undone = await undo(true);
  assertEquals(
    [undone.undone, undone.conflicts.length, undone.import.status],
    [2, 2, "committed"],
    JSON.stringify(undone),
  );
  assertEquals(await amounts(), { new2: 22, old1: 1, old2: 99, old3: 3 });
  await world.sql`update shop.orders set note = null where id = 'old1'`;
  assertEquals((await undo(true)).undone, 0);
  const causes = await world
    .sql`select distinct cause_kind from governance.audit_events where cause_id = ${import_id} order by 1`;
  assertEquals([...causes].map(({ cause_kind }) => cause_kind), ["import", "import_undo"]);
});

Deno.test("staged rows are forgotten in time, and at once for somebody who is to be forgotten", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql);
  const { import_id } = await stageCells(world, "steward", columns, [["a", "1"], ["b", ""], ["c", "3"]], {
    mapping,
  });
  await commitAll(world, "steward", import_id);
  assertEquals(
    (await refused(() =>
      call(world, "admin", "erase_import_rows", { p_entity_type: "purchase", p_record_key: "a" })
    )).state,
    "42501",
  );
  assertEquals(
    Number(
      await call(world, "service_role", "erase_import_rows", {
        p_entity_type: "purchase",
        p_record_key: "a",
      }),
    ),
    1,
  );
  assertEquals((await rowsOf(world.sql, import_id)).map(({ raw }) => raw === null), [true, false, false]);
  const purge = async () => {
    const [row] = await world.sql`select governance_private.purge_expired(2) as purged`;
    return [row!["purged"].imports, row!["purged"].import_rows];
  };
  assertEquals(await purge(), [0, 0]);
  await world.sql`update governance.imports set updated_at = now() - interval '31 days'`;
  assertEquals([await purge(), await purge(), await purge()], [[1, 2], [0, 0], [0, 0]]);
  assertEquals((await rowsOf(world.sql, import_id)).map(({ raw, record_key }) => [raw, record_key]), [[
    null,
    "a",
  ], [null, "c"]]);
  const [issue] = await world
    .sql`select status from governance.data_quality_issues where rule_key = 'system-import-quarantine'`;
  assertEquals(issue!["status"], "fixed");
  await world.sql.unsafe("create policy deletable on shop.orders for delete to authenticated using (true)");
  const undone = await call(world, "steward", "undo_import", { p_import_id: import_id });
  assertEquals([undone.undone, undone.import.status], [2, "undone"]);
});
