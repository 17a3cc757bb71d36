import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  quiet,
  refused,
  type RuleInput,
  saveRule,
  type World,
} from "../support/mod.ts";
import { describeSchemas, type ForeignCrm, owned, partitioned, quoted, tracesOf } from "./foreign_schemas.ts";

/** One rule of each enforcement and kind on a CRM's main entity. */
function rulesOf({ main, fields }: ForeignCrm): RuleInput[] {
  const rule = (rule_key: string, more: RuleInput): RuleInput => ({
    rule_key,
    entity_type: main.entity,
    condition: null,
    message: `${rule_key}.`,
    ...more,
  });
  return [
    rule("note-allowed", { enforcement: "block", condition: and(is(fields.note, "!=", "forbidden")) }),
    rule("mail-unique", {
      enforcement: "block",
      kind: "unique",
      condition: { fields: [{ field: fields.mail, normalizer: "email" }] },
    }),
    rule("mail-clean", {
      enforcement: "fix",
      timing: "write",
      fix: [{ step: "normalize", field: fields.mail, using: "email" }],
    }),
    rule("note-trimmed", {
      enforcement: "fix",
      fix: [{ step: "normalize", field: fields.note, using: "trim" }],
    }),
    rule("note-short", { condition: and(is(fields.note, "=", "x")), message: `It says "{${fields.note}}".` }),
    rule("parent-active", {
      kind: "reference",
      condition: { relation: fields.relation, condition: and(is(fields.parentStatus, "=", "active")) },
    }),
  ];
}

async function flow(world: World, crm: ForeignCrm, t: Deno.TestContext): Promise<void> {
  const { sql } = world;
  const { main, key } = crm;
  const read = async () => ({ ...(await sql.unsafe(crm.read))[0] });
  const open = async () => (await openIssues(world)).filter((issue) => !issue.startsWith("system-"));
  await t.step("a record that was there before is found by the sweep of its registration", async () => {
    await sql.unsafe(crm.addParent);
    for (const [, register] of crm.register) await sql.unsafe(register);
    for (const rule of rulesOf(crm)) await saveRule(sql, rule);
    assert((await evaluateAll(world)).some((judged) => judged.startsWith(`${main.parent}:`)));
  });
  await t.step("a write is corrected and captured, with what other triggers make of it", async () => {
    await sql.unsafe(crm.add);
    await evaluateAll(world);
    assertEquals(await read(), { mail: "ann@example.com", note: "hello" });
    const events = await sql`
      select entity_type, operation, record_key, org_id, cause_kind from governance.audit_events where record_key <> '' order by id`;
    const own = events.filter(({ entity_type }) => entity_type === main.entity);
    assertEquals(own[0], {
      ...own[0],
      operation: "insert",
      record_key: key,
      org_id: crm.org,
      cause_kind: null,
    });
    assert(own.slice(1).every((event) => event["cause_kind"] === "fix" && event["record_key"] === key));
    assertEquals(
      events.filter(({ entity_type, operation }) => entity_type === main.parent && operation === "update")
        .map(({ entity_type, operation, record_key }) => `${entity_type} ${operation} ${record_key}`),
      crm.alsoWritten,
    );
  });
  await t.step("what people must decide is an issue, with the words of the record", async () => {
    assertEquals(await open(), [`note-short:${key}`, `parent-active:${key}`]);
    const [issue] =
      await sql`select message, org_id from governance.data_quality_issues where rule_key = 'note-short'`;
    assertEquals({ ...issue }, { message: 'It says "hello".', org_id: crm.org });
  });
  await t.step("a change of the record that it points to closes the issue", async () => {
    await sql.unsafe(crm.activateParent);
    await evaluateAll(world);
    assertEquals(await open(), [`note-short:${key}`]);
  });
  await t.step("block and unique refuse, and nothing of the statement is stored", async () => {
    assertEquals((await refused(sql.unsafe(crm.forbid))).detail.rules, ["note-allowed"]);
    assertEquals((await refused(sql.unsafe(crm.twin))).detail.rules, ["mail-unique"]);
    assertEquals((await read())["note"], "hello");
  });
  await t.step("a fix is taken back, and not done again", async () => {
    const [fix] =
      await sql`select id from governance.fixes where rule_key = 'note-trimmed' and record_key = ${key}`;
    await world.as("service_role", (own) => own`select governance.undo_fix(${fix!.id})`);
    await evaluateAll(world);
    assertEquals((await read())["note"], " hello ");
  });
  await t.step("a sweep finds what was written while governance was paused", async () => {
    await sql`select governance.pause(${main.entity}, 'test')`;
    await sql.unsafe(crm.activateParent.replace("'active'", "'closed'"));
    await sql.unsafe(crm.forbid);
    await sql`select governance.resume(${main.entity})`;
    await evaluateAll(world);
    assertEquals(await open(), [`note-allowed:${key}`, `note-short:${key}`, `parent-active:${key}`]);
  });
}

async function unregister(world: World, crm: ForeignCrm, before: string[]): Promise<void> {
  for (const [entity] of crm.register) await world.sql`select governance.unregister_entity(${entity})`;
  assertEquals(await describeSchemas(world.sql, crm.schemas), before);
  assertEquals(await tracesOf(world.sql, crm.register.map(([entity]) => entity), crm.schemas), []);
  await world.sql.unsafe(crm.forbid);
}

for (
  const [name, crm] of [["quoted, reserved and longest names", quoted], [
    "composite keys and partitions",
    partitioned,
  ]] as const
) {
  Deno.test(`a CRM with ${name} is governed whole, and left as it was`, async (t) => {
    await using world = await createWorld();
    await world.sql.unsafe(crm.create).simple();
    await quiet(world.sql);
    const before = await describeSchemas(world.sql, crm.schemas);
    await flow(world, crm, t);
    await t.step("unregistering leaves the catalog as it was", () => unregister(world, crm, before));
  });
}

Deno.test("a CRM of another role, with a column that governance may not read, is governed whole, and left as it was", async (t) => {
  await using world = await createWorld();
  const { sql } = world;
  const { admin } = world.database;
  const role = `crm_${crypto.randomUUID().slice(0, 8)}`;
  await admin.unsafe(`create role ${role}; revoke pg_read_all_data from postgres`).simple(); // Supabase grants it; others do not
  try {
    await admin.unsafe(owned.create).simple();
    await admin.unsafe(`alter schema desk owner to ${role}; alter sequence desk.refs owner to ${role};
      alter table desk.agents owner to ${role}; alter table desk.tickets owner to ${role};
      revoke select on desk.tickets from ${role}, service_role;
      grant select (ref, tenant, agent_code, email, subject) on desk.tickets to ${role}, service_role;`)
      .simple();
    await quiet(sql);
    await t.step("registering says what is missing, as statements that mend it", async () => {
      const { detail, message } = await refused(sql.unsafe(owned.register[1]![1]));
      assertEquals(detail.needed, [`grant ${role} to postgres`]);
      assertStringIncludes(message, "desk.tickets");
      for (const statement of detail.needed) await admin.unsafe(statement);
    });
    const before = await describeSchemas(admin, owned.schemas);
    await flow(world, owned, t);
    await t.step(
      "a rule on the hidden column is refused with the reason, and audit does not show it",
      async () => {
        const rule = {
          rule_key: "national-id",
          entity_type: "ticket",
          condition: and(is("national id", "notNull")),
        };
        assertStringIncludes((await refused(saveRule(sql, rule))).message, "may not be read by governance");
        await sql`update desk.tickets set "national id" = 'secret-2', email = 'other@example.com'`;
        const leaks =
          await sql`select id from governance.audit_events where concat(before, after) like '%secret%'
        union all select id from governance_private.write_fixes where record::text like '%secret%'`;
        assertEquals(leaks.length, 0);
        await sql`update desk.tickets set "national id" = 'secret-3'`;
        const [last] =
          await sql`select after from governance.audit_events where entity_type = 'ticket' order by id desc limit 1`;
        assertEquals(
          last!.after,
          { email: "other@example.com" },
          "a change of nothing else is no change to governance",
        );
      },
    );
    await t.step("unregistering leaves the catalog as it was", () => unregister(world, owned, before));
  } finally {
    await admin.unsafe(`grant pg_read_all_data to postgres; drop owned by ${role} cascade; drop role ${role}`)
      .simple();
  }
});
