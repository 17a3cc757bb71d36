import { assert, assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  people,
  type Person,
  refused,
  saveRule,
  type World,
} from "../support/mod.ts";

const SECRET = "zqsecret";

/** A customer whose e-mail stands in audit, an issue, a fix, shadow samples, a change request, payloads and staging. */
async function plantSecret(world: World): Promise<string> {
  const { sql } = world;
  const wrong = (field: string) => and(is(field, "=", "right"));
  await saveRule(sql, {
    rule_key: "mail",
    entity_type: "customer",
    condition: wrong("email"),
    message: "Mail {email}.",
  });
  await saveRule(sql, {
    rule_key: "mail-of-customer",
    condition: wrong("customer.email"),
    message: "Of {customer.email}.",
  });
  await saveRule(sql, {
    rule_key: "mail-shadow",
    entity_type: "customer",
    status: "shadow",
    condition: wrong("email"),
    message: "Shadow {email}.",
  });
  await saveRule(sql, {
    rule_key: "tidy-mail",
    entity_type: "customer",
    enforcement: "fix",
    condition: null,
    fix: [{ step: "normalize", field: "email", using: "trim" }],
    message: "{email}",
  });
  await addCustomers(sql, { id: "c1", name: "Ann", email: `${SECRET}1 ` }, {
    id: "c2",
    name: "Bob",
    email: "other",
  });
  await addOrders(sql, { id: "o1", customer_id: "c1" });
  await evaluateAll(world);
  await sql`update shop.customers set email = ${SECRET + "2"}, name = 'Anna' where id = 'c1'`;
  await evaluateAll(world);
  const [proposal] = await world.as(
    "admin",
    (own) =>
      own`select governance.propose_change('customer', 'c1', ${
        own.json({ email: SECRET + "3", name: "Annie" })
      }, 'As asked.') as made`,
  );
  await sql`insert into governance.shadow_hits (rule_id, rule_key, rule_version, org_id, entity_type, record_key, source, message, reads)
    select id, rule_key, 1, 'acme', 'customer', 'c1', 'sql', ${`Shadow ${SECRET}.`}, '{email}' from governance.data_quality_rules where rule_key = 'mail-shadow'`;
  await sql`insert into governance.source_systems (source_key, org_id, label) values ('sync:x', 'acme', 'X')`;
  await sql`insert into governance.source_records (source_key, entity_type, external_id, org_id, record_key, payload, unknown_fields, error)
    values ('sync:x', 'customer', 'X-1', 'acme', 'c1', ${
    sql.json({ email: SECRET, name: "Ann", mail2: SECRET })
  }, '{mail2}', ${sql.json({ message: SECRET })})`;
  await sql`insert into governance.refused_payloads (org_id, source_key, entity_type, external_id, payload, faults)
    values ('acme', 'sync:x', 'customer', 'X-1', ${sql.json({ fields: { email: SECRET } })}, '[]')`;
  await sql`insert into governance.imports (import_id, org_id, entity_type, file_name) values (${people.nobody}, 'acme', 'customer', 'a.csv')`;
  await sql`insert into governance.import_rows (import_id, row_number, line, raw, record, record_key, state)
    values (${people.nobody}, 1, 2, ${sql.json(["c1", SECRET])}, ${
    sql.json({ id: "c1", email: SECRET })
  }, 'c1', 'written'),
      (${people.nobody}, 2, 3, ${sql.json(["c1", SECRET])}, ${
    sql.json({ id: "c1", email: SECRET })
  }, null, 'quarantined')`;
  await sql`insert into governance_private.idempotent_calls (caller, key_hash, request_hash, status, answer)
    values ('a', repeat('0', 64), 'x', 200, ${sql.json({ key: "c1", email: SECRET })})`;
  await sql`insert into governance_private.dead_letters (org_id, entity_type, record_key, failures, error) values ('acme', 'customer', 'c1', 5, ${
    "Broke at " + SECRET
  })`;
  await sql`select governance_private.open_system_issue('system-dead-letter', 'acme', 'customer', 'c1', 'critical', ${
    "Broke at " + SECRET
  })`;
  return proposal!.made.request_id;
}

/** Where in the tables of governance a text stands, as table and number of rows. */
async function standsIn({ sql }: World, text: string): Promise<string[]> {
  const tables = await sql`select c.oid::regclass::text as name from pg_class c
    where c.relnamespace in ('governance'::regnamespace, 'governance_private'::regnamespace) and c.relkind in ('r', 'p') order by 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe(
      `select count(*)::integer as n from only ${name} t where position('${text}' in t::text) > 0`,
    );
    if (row!.n > 0) found.push(`${name}: ${row!.n}`);
  }
  return found;
}

async function reads(world: World, caller: Person): Promise<string[]> {
  const found: string[] = [];
  for (
    const table of [
      "audit_events",
      "audit_trail",
      "masked_change_records",
      "masked_fixes",
      "masked_issues",
      "data_quality_issues",
      "data_quality_issue_events",
      "review_queue",
      "fixes",
      "change_requests",
      "change_request_records",
      "change_request_decisions",
      "notifications",
      "shadow_hits",
      "source_records",
      "refused_payloads",
      "import_rows",
    ]
  ) {
    const rows = await world.as(
      caller,
      (own) =>
        own.unsafe(
          `select count(*)::integer as n from governance.${table} t where position('${SECRET}' in t::text) > 0`,
        ),
    );
    if (rows[0]!.n > 0) found.push(table);
  }
  return found;
}

Deno.test("values of a sensitive column are masked for who is below its role, in everything that the product keeps", async () => {
  await using world = await createWorld();
  await plantSecret(world);
  assert((await reads(world, "viewer")).length > 5, "nothing is sensitive yet");
  await world.as(
    "admin",
    (own) =>
      own`insert into governance.sensitive_columns (entity_type, column_name, org_id, least_role) values ('customer', 'email', 'acme', 'steward')`,
  );
  for (const caller of ["viewer", "member", "colleague", "outsider", "nobody"] as const) {
    assertEquals(await reads(world, caller), [], caller);
  }
  assert((await reads(world, "steward")).includes("audit_events"));
  assert((await reads(world, "admin")).includes("change_request_records"));
  const trail = await world.as(
    "viewer",
    (own) =>
      own`select operation, before, after, masked from governance.audit_trail where entity_type = 'customer' and record_key = 'c1' and cause_kind is null order by id`,
  );
  assertEquals(trail.length, 2, "that something happened is seen");
  assertEquals([trail[1]!.before, trail[1]!.after, trail[1]!.masked], [{ name: "Ann", email: null }, {
    name: "Anna",
    email: null,
  }, ["email"]]);
  const told = (view: string, columns: string) =>
    world.as(
      "member",
      (own) => own.unsafe(`select ${columns} from governance.${view} where record_key = 'c1' order by 1`),
    );
  const issues = await told("masked_issues", "rule_key, message, observed, masked");
  const mail = issues.find((issue) => issue.rule_key === "mail")!;
  assertEquals([mail.message, mail.observed, mail.masked], [
    'The rule "mail" objects; you may not read the values that it speaks of.',
    { email: null },
    ["email"],
  ]);
  const [fix] = await told("masked_fixes", "rule_key, patch");
  assertEquals(fix!.patch, [{ op: "test", path: "/email", value: null }, {
    op: "replace",
    path: "/email",
    value: null,
  }]);
  const [asked] = await told("masked_change_records", "patch");
  assertEquals(asked!.patch.map((step: { value: unknown }) => step.value), [null, null, "Anna", "Annie"]);
  const [seen] = await world.as(
    "viewer",
    (own) => own`select governance.record_as_of('customer', 'c1', clock_timestamp()) as seen`,
  );
  assertEquals([seen!.seen.record.name, seen!.seen.record.email ?? null, seen!.seen.masked], ["Anna", null, [
    "email",
  ]]);
  const history = await world.as(
    "member",
    (own) => own`select new_value, is_masked from governance.field_history('customer', 'c1', 'email')`,
  );
  assert(history.length > 0 && history.every((row) => row.is_masked && row.new_value === null));
  await world.as("admin", (own) => own`delete from governance.sensitive_columns`);
  assert((await reads(world, "viewer")).includes("audit_events"));
});

Deno.test("admins mark columns of their organization, and none that names records", async () => {
  await using world = await createWorld();
  const mark = (caller: Person | "service_role", column: string, org: string | null) =>
    world.as(
      caller,
      (own) =>
        own`insert into governance.sensitive_columns (entity_type, column_name, org_id) values ('customer', ${column}, ${org})`,
    );
  for (const caller of ["viewer", "member", "steward", "outsider"] as const) {
    assertEquals((await refused(mark(caller, "email", "acme"))).state, "42501", caller);
  }
  assertEquals((await refused(mark("admin", "email", null))).state, "42501");
  assertEquals((await refused(mark("admin", "nothing", "acme"))).state, "PT422");
  assertEquals((await refused(mark("admin", "id", "acme"))).state, "PT422");
  await mark("admin", "email", "acme");
  await mark("service_role", "email", null);
});

Deno.test("what is erased for one record stands nowhere any more, and audit says who erased it and why", async () => {
  await using world = await createWorld();
  const request = await plantSecret(world);
  await world
    .sql`insert into governance.sensitive_columns (entity_type, column_name) values ('customer', 'email')`;
  const erase = (caller: Person, key = "c1", reason: string | null = "Asked by letter.") =>
    world.as(
      caller,
      (own) => own`select governance.erase_record('customer', ${key}, p_reason => ${reason}) as done`,
    );
  for (const caller of ["viewer", "member", "steward"] as const) {
    assertEquals((await refused(erase(caller))).state, "PT403", caller);
  }
  assertEquals((await refused(erase("outsider"))).state, "PT404");
  assertEquals((await refused(erase("admin", "c1", " "))).state, "PT422");
  const planted = (await standsIn(world, SECRET)).map((line) =>
    line.replace(/.*\.([a-z_0-9]+): .*/, "$1").replace(/_\d{6}$/, "")
  );
  for (
    const table of [
      "audit_events",
      "data_quality_issues",
      "data_quality_issue_events",
      "fixes",
      "shadow_hits",
      "change_request_records",
      "source_records",
      "refused_payloads",
      "import_rows",
      "idempotent_calls",
      "dead_letters",
    ]
  ) assert(planted.includes(table), `${table} holds it before`);
  const [first] = await erase("admin");
  assertEquals(first!.done.still_held, ["email"], "the record is its owner's to change");
  await world.sql`update shop.customers set email = null where id = 'c1'`;
  await evaluateAll(world);
  const [done] = await erase("admin");
  assertEquals(done!.done.still_held, []);
  assertEquals(await standsIn(world, SECRET), []);
  const events = await world.sql`select before, after, erased from governance.audit_events
    where entity_type = 'customer' and record_key = 'c1' and operation = 'update' and before ? 'name' order by id`;
  assertEquals(events.map((row) => ({ ...row })), [{
    before: { name: "Ann", email: null },
    after: { name: "Anna", email: null },
    erased: ["email"],
  }]);
  const [erasure] = await world.as(
    "steward",
    (own) =>
      own`select reason, actor, after -> 'fields' as fields from governance.audit_events where entity_type = 'governance_erasure' order by id limit 1`,
  );
  assertEquals({ ...erasure! }, { reason: "Asked by letter.", actor: people.admin, fields: ["email"] });
  const [{ status }] = await world
    .sql`select status from governance.change_requests where id = ${request}` as unknown as [
      { status: string },
    ];
  assertEquals(status, "withdrawn", "an erased value cannot be committed");
  assertEquals((await world.sql`select email from shop.customers where id = 'c2'`)[0]!.email, "other");
  assertEquals(
    (await world
      .sql`select count(*)::integer as n from governance.audit_events where record_key = 'c2' and after ->> 'email' = 'other'`)[
        0
      ]!.n,
    1,
  );
  const [seen] = await world.as(
    "admin",
    (own) => own`select governance.record_as_of('customer', 'c1', clock_timestamp()) as seen`,
  );
  assertEquals(seen!.seen.record.name, "Anna");
});

Deno.test("erasure follows a record through its changed keys, and leaves who has an old key now alone", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await plantSecret(world);
  // Two records are renamed in one statement, and one of them again, by a statement that changes more than its key.
  await sql`delete from shop.orders`;
  await sql`update shop.customers set id = 'n' || id`;
  await sql`update shop.customers set id = 'last', name = 'Annabel' where id = 'nc1'`;
  await addCustomers(sql, { id: "c1", name: "New", email: "someone-else" });
  await sql`update shop.customers set email = 'else-again' where id = 'c1'`;
  const erase = (key: string) =>
    world.as(
      "admin",
      (own) => own`select governance.erase_record('customer', ${key}, '{email}', 'Asked by letter.') as done`,
    );
  const [done] = await erase("last");
  assertEquals(done!.done.still_held, ["email"]);
  await sql`update shop.customers set email = null where id = 'last'`;
  await evaluateAll(world);
  await erase("last");
  assertEquals(await standsIn(world, SECRET), []);
  const others =
    await sql`select record_key, operation, before ->> 'email' as before, after ->> 'email' as after
    from governance.audit_events
    where entity_type = 'customer' and coalesce(before ->> 'email', after ->> 'email') is not null order by id`;
  assertEquals(others.map((row) => Object.values(row)), [
    ["c2", "insert", null, "other"],
    ["c2", "delete", "other", null],
    ["nc2", "insert", null, "other"],
    ["c1", "insert", null, "someone-else"],
    ["c1", "update", "someone-else", "else-again"],
  ]);
});
