import { assertEquals, assertMatch } from "@std/assert";
import { addOrders, and, createWorld, is, people, refused, saveBlock } from "../support/mod.ts";
import { act, edit, order, propose, requests, savePolicy } from "./support.ts";

Deno.test("an unrelated edit made since is kept; a conflicting one sends the change back with both values", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5", note: "old" });
  await savePolicy(sql, { guarded_fields: ["amount", "status"], condition: and({ changes: "amount" }) });
  const first = await propose(world, "member", "1", { amount: 50, status: "seen" });
  await edit(world, "colleague", "1", { note: "kept" });
  assertEquals(
    (await act(world, "steward", "approve", first.request_id, { commit: true })).status,
    "committed",
  );
  assertEquals(await order(sql, "1"), { amount: "50.00", status: "seen", note: "kept" });

  const second = await propose(world, "member", "1", { amount: 60, status: "sent" });
  await act(world, "steward", "approve", second.request_id);
  await edit(world, "colleague", "1", { status: "lost" });
  const back = await act(world, "steward", "commit", second.request_id);
  assertEquals(back.status, "changes_requested");
  assertEquals(back["conflicts"], [
    { record_key: "1", field: "status", expected: "seen", asked: "sent", actual: "lost" },
  ]);
  assertEquals(await order(sql, "1"), { amount: "50.00", status: "lost", note: "kept" });
  const [row] =
    await sql`select outcome from governance.change_request_records where request_id = ${second.request_id}`;
  assertEquals(row!["outcome"], { conflicts: back["conflicts"] });
  // Revised, it asks of the record as it is now, and takes a new approval.
  await act(world, "member", "revise", second.request_id);
  assertEquals(
    (await refused(act(world, "steward", "commit", second.request_id))).detail.code,
    "not-approved",
  );
  assertEquals(
    (await act(world, "steward", "approve", second.request_id, { commit: true })).status,
    "committed",
  );
  assertEquals(await order(sql, "1"), { amount: "60.00", status: "sent", note: "kept" });
});

Deno.test("somebody else having written the very same value is no conflict", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5", note: "a" });
  const { request_id } = await propose(world, "member", "1", { amount: 50, note: "b" });
  await edit(world, "colleague", "1", { note: "b" });
  const committed = await act(world, "steward", "approve", request_id, { commit: true });
  assertEquals(committed.status, "committed");
  assertEquals(await order(sql, "1"), { amount: "50.00", status: null, note: "b" });
});

Deno.test("all records are committed or none: one that is gone or changed takes the whole request back", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ...["1", "2", "3"].map((id) => ({ id, amount: "5" })));
  await savePolicy(sql);
  await sql`update shop.orders set amount = 6`;
  const id = (await requests(sql))[0]!.id;
  await act(world, "steward", "approve", id);
  await sql`delete from shop.orders where id = '2'`;
  const back = await act(world, "steward", "commit", id);
  assertEquals([back.status, back["validation"].missing], ["changes_requested", ["2"]]);
  assertEquals((await sql`select distinct amount from shop.orders`).map(({ amount }) => amount), ["5.00"]);
});

Deno.test("commit judges by the rules of that moment, as the real write does", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2", amount: "5" });
  const { request_id } = await propose(world, "member", "1", { amount: 50 });
  await act(world, "steward", "approve", request_id);
  await saveBlock(sql, { rule_key: "small", condition: and(is("amount", "<", 10)), message: "Too much." });
  const back = await act(world, "steward", "commit", request_id);
  assertEquals([back.status, back["refused"].code], ["changes_requested", "blocked"]);
  assertMatch(back["message"], /Too much\./);
  assertEquals((await order(sql, "1"))["amount"], "5.00");
  assertEquals((await sql`select from governance_private.committing_changes`).length, 0);
  assertEquals((await sql`select from governance_private.write_causes`).length, 0);
});

Deno.test("policies and memberships are asked again at commit: a stricter policy or a lost role takes the quorum away", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  const { request_id } = await propose(world, "member", "1", { amount: 50 });
  assertEquals((await act(world, "steward", "approve", request_id)).status, "approved");
  await savePolicy(sql, { approver_role: "admin" });
  const refusal = await refused(act(world, "steward", "commit", request_id));
  assertEquals([refusal.state, refusal.detail.code, refusal.detail.needs.role], [
    "PT409",
    "not-approved",
    "admin",
  ]);
  assertEquals((await act(world, "admin", "approve", request_id)).status, "approved");
  await sql`update governance.memberships set role = 'steward' where user_id = ${people.admin}`;
  assertEquals((await refused(act(world, "steward", "commit", request_id))).detail.approvals, 0);
  assertEquals((await order(sql, "1"))["amount"], "5.00");
});

Deno.test("an approval that was taken back by a rejection or a demand for changes does not count", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql, { approvals_needed: 2 });
  const { request_id } = await propose(world, "member", "1", { amount: 50 });
  await act(world, "steward", "approve", request_id);
  await act(world, "steward", "request", request_id);
  await act(world, "member", "revise", request_id);
  assertEquals((await act(world, "admin", "approve", request_id)).status, "validated");
});

Deno.test("two people approving at once commit once, and a commit waits for the edit of its record", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql);
  await edit(world, "member", "1", { amount: "7" });
  const id = (await requests(sql))[0]!.id;
  const outcomes = await Promise.allSettled(
    (["steward", "admin"] as const).map((caller) => act(world, caller, "approve", id, { commit: true })),
  );
  assertEquals(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const [counted] = await sql`select
    (select count(*)::int from governance.change_request_decisions where decision = 'committed') as decided,
    (select count(*)::int from governance.audit_events where cause_id = ${id}) as written`;
  assertEquals({ ...counted }, { decided: 1, written: 1 });

  const { request_id } = await propose(world, "member", "1", { amount: 9 });
  await act(world, "steward", "approve", request_id);
  const writer = world.database.connect();
  const editing = writer.begin(async (own) => {
    await own`select governance.pause('purchase', 'to write past the policy')`;
    await own`update shop.orders set amount = 8`;
    await own`select governance.resume('purchase')`;
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const committed = act(world, "steward", "commit", request_id);
  await editing;
  assertEquals((await committed).status, "changes_requested");
  assertEquals((await order(sql, "1"))["amount"], "8.00");
});
