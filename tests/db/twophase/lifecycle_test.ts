import { assertEquals, assertMatch } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  is,
  people,
  refused,
  saveBlock,
  saveRule,
} from "../support/mod.ts";
import { act, edit, order, propose, requests, savePolicy } from "./support.ts";

Deno.test("proposed, validated, approved, committed: each step is one function, and all of it stays readable", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql);
  await edit(world, "member", "1", { amount: "7" });
  const id = (await requests(sql))[0]!.id;
  assertEquals((await act(world, "member", "validate", id)).status, "validated");
  assertEquals((await act(world, "steward", "approve", id)).status, "approved");
  assertEquals((await order(sql, "1"))["amount"], "5.00");
  assertEquals((await act(world, "member", "commit", id)).status, "committed");
  assertEquals((await order(sql, "1"))["amount"], "7.00");
  const decisions = await world.as(
    "viewer",
    (own) => own`select decision, decided_by, reason from governance.change_request_decisions order by id`,
  );
  assertEquals(decisions.map((row) => [row["decision"], row["decided_by"]]), [
    ["proposed", people.member],
    ["validated", people.member],
    ["approved", people.steward],
    ["committed", people.member],
  ]);
  const [event] =
    await sql`select cause_kind, cause_id, actor from governance.audit_events where operation = 'update'`;
  assertEquals({ ...event }, { cause_kind: "change_request", cause_id: id, actor: people.member });
  assertEquals((await sql`select from governance_private.committing_changes`).length, 0);
  const again = await refused(act(world, "steward", "commit", id));
  assertEquals([again.state, again.detail.code, again.detail.status], [
    "PT409",
    "change-closed",
    "committed",
  ]);
});

Deno.test("a proposal is taken as the table has it, and what would change nothing is no proposal", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5", note: "x" });
  await savePolicy(sql);
  const proposed = await propose(world, "member", "1", {
    amount: "7",
    note: "x",
    paid_at: "2026-01-01T10:00:00+02:00",
  });
  assertEquals([proposed.status, proposed["validation"].ok], ["validated", true]);
  const [row] = await sql`select before, after from governance.change_request_records`;
  assertEquals({ ...row }, {
    before: { amount: "5.00", paid_at: null },
    after: { amount: "7.00", paid_at: "2026-01-01T08:00:00.000000Z" },
  });
  assertEquals((await refused(propose(world, "member", "1", { amount: 5.0 }))).detail.code, "invalid-value");
  assertEquals(
    (await refused(propose(world, "member", "1", { amount: "many" }))).detail.code,
    "invalid-value",
  );
  for (const field of ["id", "org_id", "tags", "colour"]) {
    const refusal = await refused(propose(world, "member", "1", { [field]: "x" }));
    assertEquals([refusal.state, refusal.detail.code], ["PT422", "invalid-value"], field);
  }
  const committed = await act(world, "steward", "approve", proposed.request_id, { commit: true });
  assertEquals(committed.status, "committed");
  const [stored] = await sql`select amount, paid_at from shop.orders`;
  assertEquals([stored!["amount"], stored!["paid_at"].toISOString()], ["7.00", "2026-01-01T08:00:00.000Z"]);
});

Deno.test("validating judges what is asked by block and issue rules, stores what they say and leaves nothing else behind", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "gold" });
  await addOrders(sql, { id: "1", amount: "5", customer_id: "c" }, {
    id: "2",
    amount: "5",
    customer_id: "c",
  });
  await savePolicy(sql);
  await saveBlock(sql, {
    rule_key: "amount-is-small",
    condition: and(is("amount", "<", 100)),
    message: "Too much: {amount}.",
  });
  await saveRule(sql, {
    rule_key: "amount-is-tiny",
    condition: and(is("amount", "<", 10)),
    message: "Rather much.",
  });
  const before =
    await sql`select (select count(*) from governance.audit_events) as events, (select count(*) from governance.data_quality_issues) as issues`;
  const fine = await propose(world, "member", "1", { amount: 50 });
  assertEquals([fine.status, fine["validation"].ok, fine["validation"].issues, fine["validation"].rules], [
    "validated",
    true,
    1,
    ["amount-is-tiny"],
  ]);
  const blocked = await propose(world, "member", "2", { amount: 500 });
  assertEquals([blocked.status, blocked["validation"].refused], ["changes_requested", "blocked"]);
  assertMatch(blocked["message"], /Too much: 500\.00\./);
  const outcomes = await sql`select record_key, outcome from governance.change_request_records order by 1`;
  assertEquals(outcomes.map(({ outcome }) => Object.keys(outcome)), [["issues"], ["violations"]]);
  const after =
    await sql`select (select count(*) from governance.audit_events) as events, (select count(*) from governance.data_quality_issues) as issues`;
  assertEquals([...after], [...before]);
  assertEquals((await order(sql, "2"))["amount"], "5.00");
});

Deno.test("who may decide sends a change back, the proposer revises it, and earlier approvals no longer count", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql, { approvals_needed: 2 });
  const { request_id: id } = await propose(world, "member", "1", { amount: 50 });
  assertEquals((await act(world, "admin", "approve", id)).status, "validated");
  assertEquals((await act(world, "steward", "request", id, { reason: "less" })).status, "changes_requested");
  assertEquals((await refused(act(world, "steward", "approve", id))).detail.code, "change-closed");
  assertEquals((await refused(act(world, "colleague", "revise", id))).state, "PT403");
  const revised = await act(world, "member", "revise", id, {
    changes: [{ key: "1", values: { amount: 20 } }],
  });
  assertEquals(revised.status, "validated");
  const approved = await act(world, "steward", "approve", id, { commit: true });
  assertEquals([approved.status, approved["approvals"]], ["validated", 1]);
  assertEquals((await refused(act(world, "steward", "commit", id))).detail.code, "not-approved");
  assertEquals((await act(world, "admin", "approve", id, { commit: true })).status, "committed");
  assertEquals((await order(sql, "1"))["amount"], "20.00");
});

Deno.test("rejected, withdrawn and expired requests are closed for good", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ...["1", "2", "3"].map((id) => ({ id, amount: "5" })));
  await savePolicy(sql, { expires_after: "1 hour" });
  for (const id of ["1", "2", "3"]) await edit(world, "member", id, { amount: "7" });
  const [one, two, three] = (await requests(sql)).map(({ id }) => id) as [string, string, string];
  assertEquals(
    (await refused(act(world, "steward", "reject", one, { reason: " " }))).detail.code,
    "invalid-value",
  );
  assertEquals((await act(world, "steward", "reject", one)).status, "rejected");
  assertEquals((await refused(act(world, "colleague", "withdraw", two))).state, "PT403");
  assertEquals((await act(world, "member", "withdraw", two)).status, "withdrawn");
  await sql`update governance.change_requests set expires_at = now() - interval '1 second' where id = ${three}`;
  assertEquals((await refused(act(world, "steward", "approve", three))).detail.status, "expired");
  assertEquals((await sql`select governance_private.expire_changes() as n`)[0]!["n"], 1);
  assertEquals((await requests(sql)).map(({ status }) => status), ["rejected", "withdrawn", "expired"]);
  for (const id of [one, two, three]) {
    for (const verb of ["approve", "commit", "reject", "revise"] as const) {
      const caller = verb === "revise" ? "member" : "steward";
      assertEquals((await refused(act(world, caller, verb, id))).detail.code, "change-closed", verb);
    }
  }
  const [job] = await sql`select command from cron.job where jobname = 'governance-expire-changes'`;
  assertEquals(job!["command"], "select governance_private.expire_changes()");
});

Deno.test("the amount decides who approves, and how many: the highest band of any record", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2", amount: "5" });
  await savePolicy(sql, {
    amount_field: "amount",
    amount_bands: [{ from: "1000", role: "admin" }, { from: "10000", role: "admin", approvals: 2 }],
  });
  const small = await propose(world, "member", "1", { amount: 999 });
  assertEquals((await act(world, "steward", "approve", small.request_id)).status, "approved");
  const large = await propose(world, "member", "1", { amount: 1000 });
  assertEquals((await refused(act(world, "steward", "approve", large.request_id))).detail.role, "admin");
  assertEquals((await act(world, "admin", "approve", large.request_id)).status, "approved");
  const huge = await propose(world, "member", "2", { amount: 10_000 });
  assertEquals((await act(world, "admin", "approve", huge.request_id)).status, "validated");
  // Who approves twice is still one.
  assertEquals((await act(world, "admin", "approve", huge.request_id)).status, "validated");
  assertEquals((await refused(act(world, "admin", "commit", huge.request_id))).detail.code, "not-approved");
});

Deno.test("refuse answers 409 with how to propose, for updates, inserts and deletes; what is approved passes", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2" });
  await savePolicy(sql, { mode: "refuse" });
  const refusal = await refused(sql`update shop.orders set amount = coalesce(amount, 0) + 1`);
  assertEquals([refusal.state, refusal.detail.code, refusal.detail.policies], ["PT409", "policy-refused", [
    "order-amount",
  ]]);
  assertEquals(
    refusal.detail.records.map((r: { record_key: string; fields: string[] }) => [r.record_key, r.fields]),
    [
      ["1", ["amount"]],
      ["2", ["amount"]],
    ],
  );
  assertMatch(refusal.hint!, /governance\.propose_change.*POST \/change-requests/);
  assertEquals((await refused(addOrders(sql, { id: "3", amount: "1" }))).detail.operation, "insert");
  assertEquals((await refused(sql`delete from shop.orders where id = '1'`)).detail.operation, "delete");
  assertMatch((await refused(sql`delete from shop.orders where id = '1'`)).hint!, /cannot be proposed/);
  // A changed key hides nothing.
  assertEquals(
    (await refused(sql`update shop.orders set id = 'x', amount = 9 where id = '1'`)).detail.code,
    "policy-refused",
  );
  await addOrders(sql, { id: "3" });
  await sql`delete from shop.orders where id in ('2', '3')`;
  await sql`update shop.orders set note = 'free'`;
  const { request_id } = await propose(world, "member", "1", { amount: 6 });
  assertEquals((await act(world, "steward", "approve", request_id, { commit: true })).status, "committed");
  assertEquals(await order(sql, "1"), { amount: "6.00", status: null, note: "free" });
});

Deno.test("a review lets an insert in, with an issue for whoever must approve it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await savePolicy(sql, {
    mode: "review",
    condition: and(is("amount", ">", 100)),
    message: "A large order is new.",
  });
  await world.as(
    "member",
    (own) => own`insert into shop.orders (id, org_id, amount) values ('1', 'acme', 50), ('2', 'acme', 500)`,
  );
  const issues =
    await sql`select record_key, message, status, org_id from governance.data_quality_issues where rule_key = 'system-change-review'`;
  assertEquals(issues.map((row) => ({ ...row })), [{
    record_key: "2",
    message: "A large order is new.",
    status: "open",
    org_id: "acme",
  }]);
  const told =
    await sql`select user_id from governance.notifications where kind = 'record_to_review' order by 1`;
  assertEquals(told.map(({ user_id }) => user_id), [people.steward, people.admin]);
});
