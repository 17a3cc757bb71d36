import { assert, assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  type Caller,
  createWorld,
  people,
  refused,
  type World,
} from "../support/mod.ts";
import { act, edit, order, propose, requests, savePolicy } from "./support.ts";

const everybody: Caller[] = [
  "nobody",
  "outsider",
  "viewer",
  "member",
  "steward",
  "admin",
  "service_role",
  "postgres",
];

/** An order with a guarded amount, and a change of it that somebody proposed. */
async function proposed(world: World, proposer: Caller, policy = {}): Promise<string> {
  await addOrders(world.sql, { id: "1", amount: "5" });
  await savePolicy(world.sql, policy);
  assertEquals(await edit(world, proposer, "1", { amount: "7" }), 1);
  return (await requests(world.sql))[0]!.id;
}

Deno.test("nobody approves their own change, whatever the role; database roles approve none", async () => {
  for (const proposer of ["member", "steward", "admin", "service_role", "postgres"] as const) {
    await using world = await createWorld();
    const id = await proposed(world, proposer);
    const refusal = await refused(act(world, proposer, "approve", id));
    assertEquals([refusal.state, refusal.detail.code], ["PT403", "not-allowed"], proposer);
    assertEquals((await refused(act(world, proposer, "commit", id))).detail.code, "not-approved", proposer);
    assertEquals((await order(world.sql, "1"))["amount"], "5.00");
  }
});

Deno.test("each role approves only what its role may, and commits nothing without the quorum", async () => {
  await using world = await createWorld();
  const id = await proposed(world, "member", { approver_role: "admin", approvals_needed: 2 });
  for (const caller of everybody) {
    if (caller !== "admin") {
      assert(/^PT40[34]$/.test((await refused(act(world, caller, "approve", id))).state), caller);
    }
    const commit = await refused(act(world, caller, "commit", id));
    const expected = { nobody: "PT404", outsider: "PT404", viewer: "PT403" }[caller as string] ?? "PT409";
    assertEquals(commit.state, expected, caller);
  }
  assertEquals((await act(world, "admin", "approve", id)).status, "validated");
  assertEquals((await refused(act(world, "steward", "commit", id))).detail.code, "not-approved");
  assertEquals((await order(world.sql, "1"))["amount"], "5.00");
});

Deno.test("no role forges the private row, a decision, a request or a setting that lets a write pass", async () => {
  await using world = await createWorld();
  const id = await proposed(world, "member");
  const forgeries = [
    `insert into governance_private.committing_changes (entity_type, record_key, request_id) values ('purchase', '1', '${id}')`,
    `insert into governance.change_request_decisions (request_id, org_id, revision, decision, decided_by, db_role)
       values ('${id}', 'acme', 1, 'approved', '${people.admin}', 'authenticated')`,
    `update governance.change_requests set status = 'approved'`,
    `update governance.change_request_records set after = '{"amount": "9"}'`,
    `update governance.change_request_decisions set decision = 'approved'`,
    `delete from governance.change_request_decisions`,
    `select governance_private.write_change('${id}', 'purchase', '[{"key": "1", "values": {"amount": "7"}, "tests": {}}]')`,
    `select governance_private.begin_cause('change_request', '${id}')`,
    `select governance_private.note_decision('${id}', 'approved')`,
  ];
  for (const caller of ["viewer", "member", "steward", "admin", "service_role"] as const) {
    for (const forgery of forgeries) {
      assertEquals(
        (await refused(world.as(caller, (sql) => sql.unsafe(forgery)))).state,
        "42501",
        `${caller}: ${forgery}`,
      );
    }
  }
  // Settings that look like the product's own change nothing.
  await world.as("member", async (sql) => {
    for (
      const name of ["governance.committing", "governance.cause", "governance.source", "governance.bypass"]
    ) {
      await sql`select set_config(${name}, ${id}, true)`;
    }
    await sql`update shop.orders set amount = 9 where id = '1'`;
  });
  assertEquals((await order(world.sql, "1"))["amount"], "5.00");
});

Deno.test("nobody passes as a source or as somebody else: the request names who really asked", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.source_systems (source_key, org_id, label) values ('sync:erp', 'acme', 'ERP')`;
  await addOrders(sql, { id: "1", amount: "5" });
  await savePolicy(sql);
  await world.as("member", async (own) => {
    await own`select set_config('governance.source', 'sync:erp', true), set_config('request.headers', '{"x-source": "sync:erp"}', true)`;
    await own`update shop.orders set amount = 9 where id = '1'`;
  });
  const [row] = await sql`select proposed_by, proposed_role, source from governance.change_requests`;
  assertEquals({ ...row }, { proposed_by: people.member, proposed_role: "authenticated", source: "person" });
});

Deno.test("a request is seen by who can read its records and by its proposer; the records only by who can read them", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", name: "Ann" });
  await savePolicy(sql, { policy_key: "customer-name", entity_type: "customer", guarded_fields: ["name"] });
  await world.as("member", (own) => own`update shop.customers set name = 'Bob' where id = 'c'`);
  const sees = async (caller: Caller) => {
    const [row] = await world.as(
      caller,
      (own) =>
        own`select (select count(*)::int from governance.change_requests) as requests,
        (select count(*)::int from governance.change_request_records) as records,
        (select count(*)::int from governance.change_request_decisions) as decisions`,
    );
    return [row!["requests"], row!["records"], row!["decisions"]];
  };
  for (const caller of ["viewer", "member", "steward"] as const) {
    assertEquals(await sees(caller), [1, 1, 1], caller);
  }
  for (const caller of ["outsider", "nobody"] as const) assertEquals(await sees(caller), [0, 0, 0], caller);
  await sql`update shop.customers set is_hidden = true`;
  for (const caller of ["viewer", "steward", "admin"] as const) {
    assertEquals(await sees(caller), [0, 0, 0], caller);
  }
  assertEquals(await sees("member"), [1, 0, 1]);
  const id = (await requests(sql))[0]!.id;
  for (const caller of ["steward", "admin", "outsider"] as const) {
    assertEquals((await refused(act(world, caller, "approve", id))).state, "PT404", caller);
  }
});

Deno.test("who may not read a record, or may never set a column, cannot propose it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", name: "Ann", is_hidden: true }, { id: "g", org_id: "globex" }, {
    id: "d",
    name: "Dan",
  });
  for (const key of ["c", "g", "none"]) {
    assertEquals(
      (await refused(propose(world, "member", key, { name: "x" }, "customer"))).state,
      "PT404",
      key,
    );
  }
  assertEquals((await refused(propose(world, "viewer", "d", { name: "x" }, "customer"))).state, "PT403");
  await sql`revoke update on shop.customers from authenticated`;
  await sql`grant update (email) on shop.customers to authenticated`;
  assertEquals((await refused(propose(world, "member", "d", { name: "x" }, "customer"))).state, "PT403");
  assertEquals(
    (await propose(world, "member", "d", { email: "d@example.com" }, "customer")).status,
    "validated",
  );
});
