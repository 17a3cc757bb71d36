import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import {
  addCustomers,
  createWorld,
  evaluateAll,
  openIssues,
  queued,
  refused,
  type RuleInput,
  saveRule,
  type World,
} from "../support/mod.ts";

const ownMail = (more: RuleInput = {}): RuleInput => ({
  rule_key: "customer-mail-unique",
  entity_type: "customer",
  kind: "unique",
  dimension: "uniqueness",
  condition: { fields: [{ field: "email", normalizer: "email" }] },
  message: "{group_size} customers have the e-mail {email}.",
  ...more,
});
const blockMail = (more: RuleInput = {}) => ownMail({ enforcement: "block", ...more });

async function keys({ sql }: World): Promise<string[]> {
  const rows = await sql`select record_key, is_exclusive from governance_private.unique_keys order by 1`;
  return rows.map(({ record_key, is_exclusive }) => `${record_key}${is_exclusive ? "!" : ""}`);
}

Deno.test("every member of a group gets an issue, and all of them close when one goes", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(
    sql,
    { id: "a", email: "Ada@x.example" },
    { id: "b", email: " ada@x.example" },
    { id: "c", email: "c@x.example" },
    { id: "d", email: " " },
    { id: "e", email: " " },
    { id: "f" },
    { id: "g", org_id: "globex", email: "ada@x.example" },
  );
  await saveRule(sql, ownMail());
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-mail-unique:a", "customer-mail-unique:b"]);
  const [issue] =
    await sql`select message, fields, observed from governance.data_quality_issues where record_key = 'a'`;
  assertEquals({ ...issue }, {
    message: "2 customers have the e-mail Ada@x.example.",
    fields: ["email"],
    observed: { email: "Ada@x.example" },
  });
  await sql`update shop.customers set email = 'b@x.example' where id = 'b'`;
  assertEquals(await queued(sql), ["a", "b"], "the other of the group is judged again");
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("a record that joins a group, or leaves it by deletion, has the others judged again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "a", email: "a@x.example" });
  await saveRule(sql, ownMail());
  await evaluateAll(world);
  await addCustomers(sql, { id: "b", email: "A@X.example" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-mail-unique:a", "customer-mail-unique:b"]);
  await addCustomers(sql, { id: "c", email: "a@x.example" });
  await evaluateAll(world);
  const rows = await sql`select message from governance.data_quality_issues`;
  assert(rows.every(({ message }) => message.startsWith("3 customers")));
  await sql`delete from shop.customers where id in ('b', 'c')`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("a unique rule judges within its scope, and only the records that it applies to", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(
    sql,
    { id: "a", name: "Ada", state: "x", is_active: true },
    { id: "b", name: "Ada", state: "y", is_active: true },
    { id: "c", name: "Ada", state: "y", is_active: false },
  );
  await saveRule(
    sql,
    ownMail({
      condition: { fields: [{ field: "name" }], scope: ["state"] },
      applies_when: { combinator: "and", rules: [{ field: "is_active", operator: "=", value: true }] },
    }),
  );
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`update shop.customers set is_active = true where id = 'c'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-mail-unique:b", "customer-mail-unique:c"]);
});

Deno.test("a block names rule, field and record, together with the other violations of the statement", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail());
  await saveRule(sql, {
    rule_key: "customer-has-name",
    entity_type: "customer",
    enforcement: "block",
    condition: { combinator: "and", rules: [{ field: "name", operator: "isFilled" }] },
    message: "No name.",
  });
  await addCustomers(sql, { id: "a", name: "Ada", email: "a@x.example" });
  const refusal = await refused(addCustomers(sql, { id: "b", email: "A@x.example" }));
  assertEquals(refusal.state, "PT422");
  assertEquals(refusal.detail.code, "blocked");
  assertEquals(
    refusal.detail.violations.map((
      v: Record<string, unknown>,
    ) => [v.record_key, v.rule_key, v.fields, v.message]),
    [
      ["b", "customer-has-name", ["name"], "No name."],
      ["b", "customer-mail-unique", ["email"], "2 customers have the e-mail A@x.example."],
    ],
  );
  assertEquals(await keys(world), ["a!"]);
  await addCustomers(sql, { id: "b", name: "Bob", email: "b@x.example" });
  const onUpdate = await refused(sql`update shop.customers set email = 'a@x.example' where id = 'b'`);
  assertEquals(onUpdate.detail.rules, ["customer-mail-unique"]);
});

Deno.test("duplicates inside one statement are refused, whatever their number", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail());
  const { detail } = await refused(
    addCustomers(
      sql,
      ...Array.from({ length: 300 }, (_, n) => ({ id: `${n}`, email: `m${n % 100}@x.example` })),
    ),
  );
  assertEquals(detail.records, 200);
  assertEquals((await sql`select id from shop.customers`).length, 0);
  await addCustomers(
    sql,
    ...Array.from({ length: 300 }, (_, n) => ({ id: `${n}`, email: `m${n}@x.example` })),
  );
});

Deno.test("two records can swap their keys in one statement, and a deleted record frees its key", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail());
  await addCustomers(sql, { id: "a", email: "1@x.example" }, { id: "b", email: "2@x.example" });
  await sql`update shop.customers set email = case id when 'a' then '2@x.example' else '1@x.example' end`;
  await sql`delete from shop.customers where id = 'a'`;
  await addCustomers(sql, { id: "c", email: "2@x.example" });
  await sql`update shop.customers set id = 'z' where id = 'b'`;
  await refused(addCustomers(sql, { id: "d", email: "1@x.example" }));
  assertEquals(await keys(world), ["c!", "z!"]);
});

Deno.test("an upsert keeps the keys of what it updates", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail());
  await addCustomers(sql, { id: "a", email: "1@x.example" }, { id: "b", email: "2@x.example" });
  const upsert = (id: string, email: string) =>
    sql`insert into shop.customers (id, org_id, email) values (${id}, 'acme', ${email})
      on conflict (id) do update set email = excluded.email`;
  assertEquals((await refused(upsert("a", "2@x.example"))).detail.rules, ["customer-mail-unique"]);
  await upsert("a", "3@x.example");
  await upsert("c", "1@x.example");
});

Deno.test("of two sessions that save the same key at once, one is refused", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, blockMail());
  const other = world.database.connect({ max: 1 });
  let second: Promise<string> = Promise.resolve("");
  await world.sql.begin(async (own) => {
    await own`insert into shop.customers (id, org_id, email) values ('a', 'acme', 'a@x.example')`;
    second = other`insert into shop.customers (id, org_id, email) values ('b', 'acme', 'A@x.example')`
      .then(() => "stored", (error) => error.code);
    assertEquals(await Promise.race([second, delay(300).then(() => "waits")]), "waits");
  });
  assertEquals(await second, "PT422");
  assertEquals((await world.sql`select id from shop.customers`).map(({ id }) => id), ["a"]);
});

Deno.test("of two sessions, the second is stored when the first rolls back", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, blockMail());
  const other = world.database.connect({ max: 1 });
  let second: Promise<string> = Promise.resolve("");
  await world.sql.begin(async (own) => {
    await own`insert into shop.customers (id, org_id, email) values ('a', 'acme', 'a@x.example')`;
    second = other`insert into shop.customers (id, org_id, email) values ('b', 'acme', 'A@x.example')`
      .then(() => "stored", (error) => error.code);
    await delay(200);
    throw new Error("changed my mind");
  }).catch(() => {});
  assertEquals(await second, "stored");
});

Deno.test("duplicates older than a block rule stay, stay editable and have issues; nobody joins them", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "a", email: "a@x.example" }, { id: "b", email: "a@x.example" }, {
    id: "c",
    email: "c@x.example",
  });
  await saveRule(sql, blockMail());
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-mail-unique:a", "customer-mail-unique:b"]);
  await sql`update shop.customers set name = 'New', email = 'A@x.example' where id = 'a'`;
  await refused(addCustomers(sql, { id: "d", email: "a@x.example" }));
  await sql`delete from shop.customers where id = 'a'`;
  await refused(addCustomers(sql, { id: "d", email: "a@x.example" }));
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`update shop.customers set email = 'b@x.example' where id = 'b'`;
  await addCustomers(sql, { id: "d", email: "a@x.example" });
  assertEquals(await keys(world), ["b!", "c!", "d!"]);
});

Deno.test("what was written while governance was paused is in the keys after it resumes", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail());
  await addCustomers(sql, { id: "a", email: "a@x.example" });
  await sql`select governance.pause('customer', 'import')`;
  await addCustomers(sql, { id: "b", email: "b@x.example" });
  await sql`delete from shop.customers where id = 'a'`;
  await sql`select governance.resume('customer')`;
  await refused(addCustomers(sql, { id: "c", email: "b@x.example" }));
  await addCustomers(sql, { id: "d", email: "a@x.example" });
  assertEquals(await keys(world), ["b!", "d!"]);
});

Deno.test("a retired rule gives its keys up, and one that comes back has them made anew", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, blockMail());
  await addCustomers(sql, { id: "a", email: "a@x.example" });
  await sql`update governance.data_quality_rules set status = 'deprecated' where id = ${id}`;
  assertEquals(await keys(world), []);
  await addCustomers(sql, { id: "b", email: "a@x.example" });
  await sql`update governance.data_quality_rules set status = 'active' where id = ${id}`;
  assertEquals(await keys(world), ["a", "b"]);
});

Deno.test("an organization whose own row is a draft is free of the shared block", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail());
  await saveRule(sql, blockMail({ org_id: "globex", status: "draft" }));
  await addCustomers(sql, { id: "a", org_id: "globex", email: "a@x.example" }, {
    id: "b",
    org_id: "globex",
    email: "a@x.example",
  });
  await addCustomers(sql, { id: "c", email: "a@x.example" });
  await refused(addCustomers(sql, { id: "d", email: "a@x.example" }));
});

Deno.test("a shadow rule refuses nothing and opens nothing", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, blockMail({ status: "shadow" }));
  await addCustomers(sql, { id: "a", email: "a@x.example" }, { id: "b", email: "a@x.example" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("saving refuses a unique rule with every fault at once", async () => {
  await using world = await createWorld();
  const { detail } = await refused(saveRule(
    world.sql,
    ownMail({
      enforcement: "fix",
      applies_when: { combinator: "and", rules: [{ field: "nowhere", operator: "null" }] },
      condition: {
        fields: [{ field: "email", normalizer: "phone_e164" }, { field: "is_active", normalizer: "trim" }, {
          field: "none",
        }, "x"],
        scope: ["nothing"],
      },
      fix: [{ step: "set", field: "email", value: "x" }],
    }),
  ));
  assertEquals(detail.faults.map(({ at }: { at: string }) => at).sort(), [
    "/applies_when/rules/0/field",
    "/condition/fields/0",
    "/condition/fields/1",
    "/condition/fields/2",
    "/condition/fields/3",
    "/condition/scope/0",
    "/enforcement",
    "/fix",
  ]);
});

Deno.test("members see in an issue's group only the records that they may read", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(
    sql,
    { id: "a", name: "A", email: "a@x.example" },
    { id: "b", name: "B", email: "a@x.example" },
    { id: "c", name: "C", email: "a@x.example", is_hidden: true },
  );
  await saveRule(sql, ownMail());
  await evaluateAll(world);
  const [issue] = await sql`select id, observed from governance.data_quality_issues where record_key = 'a'`;
  assertEquals(issue!.observed, { email: "a@x.example" });
  const group = async (caller: "member" | "service_role" | "outsider") =>
    (await world.as(
      caller,
      (own) => own`select record_key, record_label from governance.issue_group(${issue!.id})`,
    ))
      .map((row) => Object.values(row));
  assertEquals(await group("member"), [["b", "B"]]);
  assertEquals(await group("service_role"), [["b", "B"], ["c", "C"]]);
  assertEquals(await group("outsider"), []);
});
