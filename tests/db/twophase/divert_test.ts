import { assert, assertEquals, assertMatch } from "@std/assert";
import postgres from "postgres";
import { addCustomers, addOrders, and, createWorld, is, people, refused, saveBlock } from "../support/mod.ts";
import { act, edit, order, requests, savePolicy } from "./support.ts";

Deno.test("an update keeps its unguarded part, leaves the guarded field as it is and opens a request with the rest", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5", note: "old" });
  await savePolicy(sql);
  assertEquals(await edit(world, "member", "1", { amount: "7", note: "new" }), 1);
  assertEquals(await order(sql, "1"), { amount: "5.00", status: null, note: "new" });
  const [request, ...more] = await requests(sql);
  assertEquals(more, []);
  assertEquals(
    { ...request, id: "" },
    {
      id: "",
      status: "proposed",
      origin: "divert",
      policy_key: "order-amount",
      proposed_by: people.member,
      record_count: 1,
      records: { "1": ["5.00", "7.00"] },
    },
  );
  const [{ patch }] = await sql`select patch from governance.change_request_records` as unknown as [
    { patch: unknown },
  ];
  assertEquals(patch, [{ op: "test", path: "/amount", value: "5.00" }, {
    op: "replace",
    path: "/amount",
    value: "7.00",
  }]);
  // The audit knows only what was stored.
  const [event] = await sql`select after from governance.audit_events where operation = 'update'`;
  assertEquals(event!["after"], { note: "new" });
});

Deno.test("every write path diverts: people, service_role, the owner, an upsert, a merge and a function's update", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ..."abcdef".split("").map((id) => ({ id, amount: "5" })));
  await savePolicy(sql);
  await edit(world, "member", "a", { amount: "7" });
  await edit(world, "service_role", "b", { amount: "7" });
  await edit(world, "postgres", "c", { amount: "7" });
  await sql`insert into shop.orders (id, org_id, amount) values ('d', 'acme', 7) on conflict (id) do update set amount = excluded.amount`;
  await sql`merge into shop.orders o using (values ('e', 7)) v(id, amount) on o.id = v.id when matched then update set amount = v.amount`;
  await sql.unsafe(
    "create function shop.raise_it() returns void language sql as 'update shop.orders set amount = 7 where id = ''f''' ",
  );
  await sql`select shop.raise_it()`;
  const left = await sql`select distinct amount from shop.orders`;
  assertEquals(left.map(({ amount }) => amount), ["5.00"]);
  assertEquals(
    (await requests(sql)).map(({ records }) => Object.keys(records)),
    "abcdef".split("").map((k) => [k]),
  );
});

Deno.test("one statement over many records opens one request with many records, by organization", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(
    sql,
    ...Array.from(
      { length: 30 },
      (_, n) => ({ id: String(n), org_id: n < 20 ? "acme" : "globex", amount: "5" }),
    ),
  );
  await savePolicy(sql);
  await sql`update shop.orders set amount = 9`;
  assertEquals((await requests(sql)).map(({ record_count }) => record_count).sort(), [10, 20]);
});

Deno.test("the caller is told: a notice in SQL, a header through REST", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", amount: "5" });
  await savePolicy(world.sql);
  const notices: postgres.Notice[] = [];
  const own = postgres(world.database.url, { max: 1, onnotice: (notice) => notices.push(notice) });
  await own`update shop.orders set amount = 8 where id = '1'`;
  await own.end();
  const [request] = await requests(world.sql);
  assertEquals(notices.length, 1);
  assertMatch(
    notices[0]!["message"]!,
    /^Not all was saved: amount of 1 purchase waits for approval in the change request /,
  );
  assert(notices[0]!["message"]!.includes(request!.id));
  const headers = await world.as("member", async (sql) => {
    await sql`update shop.orders set amount = 9 where id = '1'`;
    const [row] = await sql`select current_setting('response.headers', true) as headers`;
    return JSON.parse(row!["headers"]);
  });
  assertEquals(headers, [{ "X-Governance-Change-Request": (await requests(world.sql))[1]!.id }]);
});

Deno.test("the same actor asking the same again opens no second request; another value supersedes the first visibly", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2", amount: "5" });
  await savePolicy(sql);
  await edit(world, "member", "1", { amount: "7" });
  await edit(world, "member", "1", { amount: "7" });
  assertEquals((await requests(sql)).length, 1);
  await edit(world, "colleague", "1", { amount: "7" });
  assertEquals((await requests(sql)).map(({ status }) => status), ["superseded", "proposed"]);
  // Of a request about many, only the record that somebody asks anew for is taken over.
  await sql`update shop.orders set amount = 6`;
  await edit(world, "member", "2", { amount: "9" });
  const [, , many, one] = await requests(sql);
  assertEquals([many!.status, one!.status], ["proposed", "proposed"]);
  const rows = await sql`
    select record_key, superseded_by from governance.change_request_records where request_id = ${
    many!.id
  } order by 1`;
  assertEquals(rows.map(({ superseded_by }) => superseded_by), [null, one!.id]);
  const [told] = await sql`select decision, details from governance.change_request_decisions
    where request_id = ${many!.id} order by id desc limit 1`;
  assertEquals([told!["decision"], told!["details"]], ["superseded", { by: one!.id, whole: false }]);
});

Deno.test("a condition decides on old and new values, and on what a record points at", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "gold" }, { id: "d", state: "iron" });
  await addOrders(
    sql,
    ...["1", "2", "3", "4"].map((id) => ({ id, customer_id: id === "4" ? "d" : "c", amount: "100" })),
  );
  await savePolicy(sql, {
    condition: and(
      is("amount", ">", "old.amount", "field"),
      is("old.amount", "<=", 1000),
      is("customer.state", "=", "gold"),
      { combinator: "or", not: true, rules: [{ changes: "note" }] },
    ),
  });
  await edit(world, "member", "1", { amount: "101" });
  await edit(world, "member", "2", { amount: "99" });
  await edit(world, "member", "3", { amount: "101", note: "changed too" });
  await edit(world, "member", "4", { amount: "101" });
  assertEquals((await requests(sql)).map(({ records }) => Object.keys(records)), [["1"]]);
  const [policy] =
    await sql`select sentence from governance.change_policies where policy_key = 'order-amount'`;
  assertMatch(
    policy!["sentence"],
    /^An edit of amount such that the amount is more than .* waits for approval\.$/,
  );
});

Deno.test("an organization's own policy stands in for the shared one, and a draft of it lets go", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2", org_id: "globex", amount: "5" });
  await savePolicy(sql);
  await savePolicy(sql, { org_id: "acme", status: "draft" });
  await sql`update shop.orders set amount = 6`;
  assertEquals([(await order(sql, "1"))["amount"], (await order(sql, "2"))["amount"]], ["6.00", "5.00"]);
});

Deno.test("a guarded field that another trigger changes behind it is refused", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql);
  await sql.unsafe(`
    create function shop.round_up() returns trigger language plpgsql as 'begin new.amount := 1000; return new; end';
    create trigger round_up before update on shop.orders for each row execute function shop.round_up()`)
    .simple();
  const refusal = await refused(sql`update shop.orders set note = 'x'`);
  assertEquals([refusal.state, refusal.detail.code, refusal.detail.records[0].record_key], [
    "PT409",
    "policy-refused",
    "1",
  ]);
  assertEquals((await order(sql, "1"))["amount"], "5.00");
});

Deno.test("a foreign key's own set null goes through: a reference cannot wait for approval when its record is gone", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c" }, { id: "d" });
  await addOrders(sql, { id: "1", customer_id: "c" });
  await savePolicy(sql, { guarded_fields: ["customer_id"] });
  await edit(world, "member", "1", { customer_id: "d" });
  await edit(world, "member", "1", { customer_id: null });
  const customer = async () => (await sql`select customer_id from shop.orders`)[0]!["customer_id"];
  assertEquals(await customer(), "c");
  await sql`delete from shop.customers where id = 'c'`;
  assertEquals(await customer(), null);
});

Deno.test("block rules judge what is stored, and a refused statement leaves no request", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5", note: "x" });
  await savePolicy(sql);
  await saveBlock(sql, {
    rule_key: "note-is-there",
    condition: and(is("note", "isFilled")),
    message: "No note.",
  });
  assertEquals((await refused(sql`update shop.orders set amount = 9, note = null`)).state, "PT422");
  assertEquals(await requests(sql), []);
});

Deno.test("a policy is refused with every fault, and one whose column is dropped is suspended loudly, not silently off", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const refusal = await refused(savePolicy(sql, {
    guarded_fields: ["amount", "id", "tags", "colour"],
    condition: and(is("old.colour", "=", "red"), { skips: "amount" }),
    amount_bands: [{ from: "many" }],
  }));
  assertEquals([refusal.state, refusal.detail.code], ["PT422", "policy-invalid"]);
  assertEquals(refusal.detail.faults.map(({ at }: { at: string }) => at).sort(), [
    "/amount_field",
    "/condition/rules/0/field",
    "/condition/rules/1/skips",
    "/guarded_fields",
    "/guarded_fields",
    "/guarded_fields",
  ]);
  assertEquals([...await sql`select from governance.relations where relation = 'old'`], []);
  await savePolicy(sql);
  await addOrders(sql, { id: "1", amount: "5" });
  await sql`alter table shop.orders drop column amount`;
  await sql`select governance_private.compile_entity('purchase')`;
  await sql`update shop.orders set note = 'still writable'`;
  const [issue] =
    await sql`select severity, message from governance.data_quality_issues where rule_key = 'system-policy-suspended'`;
  assertEquals(issue!["severity"], "critical");
  assertMatch(issue!["message"], /"order-amount" holds nothing up any more: "amount" is not a column/);
});

Deno.test("who may approve is notified, the proposer is not, and marks it as read", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql);
  await edit(world, "steward", "1", { amount: "7" });
  const told = await sql`select user_id, kind, subject_id from governance.notifications order by user_id`;
  assertEquals(told.map((row) => ({ ...row })), [{
    user_id: people.admin,
    kind: "change_to_approve",
    subject_id: (await requests(sql))[0]!.id,
  }]);
  const mark = (caller: "admin" | "member") =>
    world.as(caller, async (own) => (await own`update governance.notifications set read_at = now()`).count);
  assertEquals([await mark("member"), await mark("admin")], [0, 1]);
  await act(world, "admin", "approve", (await requests(sql))[0]!.id, { commit: true });
  const [answer] =
    await sql`select user_id, message from governance.notifications where kind = 'change_decided' order by id desc limit 1`;
  assertEquals({ ...answer }, { user_id: people.steward, message: "Your change was committed." });
});

Deno.test("unregistering an entity takes its policies' functions and triggers away, and registering it again puts them back", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql);
  const left = async () =>
    (await sql`select proname from pg_proc where pronamespace = 'governance_private'::regnamespace and proname ~ '^purchase_(200|350)'`)
      .length +
    (await sql`select tgname from pg_trigger where tgrelid = 'shop.orders'::regclass and tgname ~ '^_(200|350|500)'`)
      .length;
  assert(await left() > 6);
  await sql`select governance.unregister_entity('purchase')`;
  assertEquals(await left(), 0);
  await sql`update shop.orders set amount = 6`;
  await sql`select governance.register_entity('purchase', 'shop.orders', null, 'owner_user_id')`;
  await sql`update shop.orders set amount = 7`;
  assertEquals((await order(sql, "1"))["amount"], "6.00");
});
