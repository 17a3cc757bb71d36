import { assert, assertEquals } from "@std/assert";
import {
  addCustomers,
  and,
  apply,
  applyIn,
  claimed,
  createWorld,
  evaluate,
  is,
  issues,
  people,
  quiet,
  refused,
  replace,
  saveRule,
  verdict,
  violation,
  type World,
} from "../support/mod.ts";

/** A world with a fix rule on customers' names and one on their states. */
async function withRules(world: World): Promise<{ name: string; state: string }> {
  const save = (field: string) =>
    saveRule(world.sql, {
      rule_key: `${field}-is-tidy`,
      entity_type: "customer",
      enforcement: "fix",
      condition: null,
      message: `{${field}}`,
      fix: [{ step: "normalize", field, using: "trim" }],
    });
  const rules = { name: await save("name"), state: await save("state") };
  await quiet(world.sql);
  return rules;
}

const fixes = async ({ sql }: World) =>
  (await sql`select * from governance.fixes order by applied_at`).map((row) => ({ ...row })) as Record<
    string,
    unknown
  >[];
const names = async ({ sql }: World) =>
  (await sql`select id, name from shop.customers order by id`).map(({ id, name }) => `${id}:${name}`);
const undo = (world: World, id: unknown) =>
  world.as("steward", (own) => own`select governance.undo_fix(${id as string}) as result`);

Deno.test("a fix is written, recorded with its inverse, audited with its cause, and then only verified", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  const counts = await evaluate(
    world,
    () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }),
  );
  assertEquals([counts.fixed, counts.applied, counts.unfixable], [1, 1, 0]);
  assertEquals(await names(world), ["1:a"]);
  const [fix] = await fixes(world);
  assertEquals([fix!.rule_key, fix!.rule_version, fix!.cause, fix!.patch, fix!.inverse], [
    "name-is-tidy",
    1,
    "auto",
    replace("name", " a ", "a"),
    replace("name", "a", " a "),
  ]);
  const [event] = await world
    .sql`select actor, cause_kind, cause_id, after from governance.audit_events where operation = 'update'`;
  assertEquals({ ...event }, {
    actor: null,
    cause_kind: "fix",
    cause_id: fix!.batch_id,
    after: { name: "a" },
  });
  const batch = await claimed(world);
  assertEquals(batch.records.map(({ verify_only }) => verify_only), [true]);
});

Deno.test("a person's change beside a fix is not only verified", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  await evaluate(world, () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }));
  await world.sql`update shop.customers set email = 'x'`;
  assertEquals((await claimed(world)).records[0]!.verify_only, false);
});

Deno.test("several fixes of one record compose in order and each has its own row", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a ", state: " s " });
  await evaluate(world, () => ({
    fixes: [
      { rule_id: rules.name, patch: replace("name", " a ", "a") },
      { rule_id: rules.state, patch: replace("state", " s ", "s") },
      { rule_id: rules.name, patch: replace("name", "a", "A") },
    ],
  }));
  const [customer] = await world.sql`select name, state from shop.customers`;
  assertEquals({ ...customer }, { name: "A", state: "s" });
  const rows = await fixes(world);
  assertEquals(rows.map(({ rule_key }) => rule_key), ["name-is-tidy", "state-is-tidy", "name-is-tidy"]);
  assertEquals(new Set(rows.map(({ batch_id }) => batch_id)).size, 1);
  const [updates] = await world
    .sql`select count(*)::int from governance.audit_events where operation = 'update'`;
  assertEquals(updates!.count, 1);
});

Deno.test("an issue that a fix makes disappear is fixed_by_rule", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  await evaluate(world, () => ({ violations: [violation(rules.name)] }));
  await world.sql`update shop.customers set email = 'x'`;
  await evaluate(world, () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }));
  const [issue] = await issues(world.sql);
  assertEquals([issue!.status, issue!.resolution], ["fixed", "fixed_by_rule"]);
});

Deno.test("a fix whose pre-image is gone is not applied, and its record is evaluated again", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: "b" });
  const batch = await claimed(world);
  const counts = await apply(
    world,
    batch,
    batch.records.map((record) =>
      verdict(record, { fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] })
    ),
  );
  assertEquals([counts.fixed, counts.stale], [0, 1]);
  assertEquals([await names(world), (await fixes(world)).length], [["1:b"], 0]);
  assertEquals((await claimed(world)).records.length, 1);
});

Deno.test("a record that somebody is writing is left to them: the fixes of the others wait for nobody", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " }, { id: "2", name: " a " });
  const fix = { fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] };
  const batch = await claimed(world);
  await world.sql.begin(async (own) => {
    await own`update shop.customers set state = 'x' where id = '2'`;
    const counts = await apply(world, batch, batch.records.map((record) => verdict(record, fix)));
    assertEquals([counts.fixed, counts.stale, counts.unfixable], [1, 1, 0]);
    await own`update shop.customers set state = 'y' where id = '1'`;
    const { records } = await claimed(world);
    assertEquals(records.map(({ key }) => key), ["1"], "the other is not tried again and again meanwhile");
  });
  assertEquals(await names(world), ["1:a", "2: a "]);
  await evaluate(world, ({ key }) => key === "2" ? fix : {});
  assertEquals(await names(world), ["1:a", "2:a"]);
  assertEquals(await issues(world.sql), []);
});

Deno.test("a record that others point at is free for a fix, and is not where the fix writes what they point by", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await world.sql`alter table shop.customers add constraint one_state unique (state)`;
  await addCustomers(world.sql, { id: "1", name: " a ", state: " x " });
  const batch = await claimed(world);
  const fixed = async (field: "name" | "state", from: string, to: string) => {
    const patch = replace(field, from, to);
    const counts = await world.as("service_role", async (evaluator) => {
      await evaluator`set local lock_timeout = '500ms'`;
      const again = field === "name" ? batch : await claimed(world);
      return await applyIn(
        evaluator,
        again,
        again.records.map((record) => verdict(record, { fixes: [{ rule_id: rules[field], patch }] })),
      );
    });
    return counts.fixed;
  };
  await world.sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id, customer_id) values ('1', 'acme', '1')`;
    assertEquals(await fixed("name", " a ", "a"), 1);
    assertEquals(await fixed("state", " x ", "x"), 0);
  });
});

Deno.test("a fix that somebody's trigger refuses for a state of its own opens an issue", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await world.sql.unsafe(`create sequence shop.numbers;
    create function shop.number() returns trigger language plpgsql as $$ begin perform currval('shop.numbers'); return new; end $$;
    create trigger number before update on shop.customers for each row execute function shop.number()`)
    .simple();
  await addCustomers(world.sql, { id: "1", name: " a " });
  const counts = await evaluate(
    world,
    () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }),
  );
  assertEquals([counts.fixed, counts.unfixable], [0, 1]);
});

Deno.test("a fix that fails by a lock is no fault of the record: the batch is tried again", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  // What a fix meets in somebody's own trigger, and cannot pass by.
  await world.sql.unsafe(`
    create table shop.counters (id int primary key, changes int);
    insert into shop.counters values (1, 0);
    create function shop.count_changes() returns trigger language plpgsql as 'begin update shop.counters set changes = changes + 1; return new; end';
    create trigger count_changes after update on shop.customers for each row execute function shop.count_changes()`)
    .simple();
  await addCustomers(world.sql, { id: "1", name: " a " });
  const batch = await claimed(world);
  const verdicts = batch.records.map((record) =>
    verdict(record, { fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] })
  );
  await world.sql.begin(async (own) => {
    await own`update shop.counters set changes = 0`;
    const { state } = await refused(world.as("service_role", async (evaluator) => {
      await evaluator`set local lock_timeout = '100ms'`;
      await applyIn(evaluator, batch, verdicts);
    }));
    assertEquals(state, "55P03");
  });
  assertEquals(await issues(world.sql), []);
  assertEquals((await apply(world, batch, verdicts)).fixed, 1);
});

Deno.test("a fix that a constraint refuses opens an issue and does not take the others with it", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", state: " forbidden " }, { id: "2", state: " fine " });
  const counts = await evaluate(world, ({ key }) => ({
    fixes: [{
      rule_id: rules.state,
      patch: key === "1" ? replace("state", " forbidden ", "forbidden") : replace("state", " fine ", "fine"),
    }],
  }));
  assertEquals([counts.fixed, counts.unfixable, counts.opened], [1, 1, 1]);
  const rows = await world.sql`select state from shop.customers order by id`;
  assertEquals(rows.map(({ state }) => state), [" forbidden ", "fine"]);
  const [issue] = await issues(world.sql);
  assertEquals([issue!.record_key, issue!.rule_key, issue!.status], ["1", "state-is-tidy", "open"]);
  assert((issue!.message as string).includes("customers_state_check"), issue!.message as string);
  assertEquals(issue!.suggested_fix, replace("state", " forbidden ", "forbidden"));
});

Deno.test("a fix that a block rule refuses opens an issue too", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  await saveRule(world.sql, {
    rule_key: "no-a",
    entity_type: "customer",
    enforcement: "block",
    condition: and(is("name", "!=", "a")),
    message: "No a.",
  });
  await quiet(world.sql);
  await world.sql`update shop.customers set email = 'x'`;
  await evaluate(world, () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }));
  assert(((await issues(world.sql))[0]!.message as string).includes("No a."));
});

Deno.test("undoing a fix restores what was, and delivers it as undone so that it is not done again", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  await evaluate(world, () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }));
  const [fix] = await fixes(world);
  await undo(world, fix!.id);
  assertEquals(await names(world), ["1: a "]);
  const [undone] = await fixes(world);
  assertEquals([undone!.reverted_at !== null, undone!.reverted_by, undone!.reverted_role], [
    true,
    people.steward,
    "authenticated",
  ]);
  const [event] = await world
    .sql`select cause_kind, actor from governance.audit_events order by id desc limit 1`;
  assertEquals({ ...event }, { cause_kind: "undo", actor: people.steward });
  const [record] = (await claimed(world)).records;
  assertEquals([record!.verify_only, record!.undone], [false, [{
    rule_id: rules.name,
    field: "name",
    from: " a ",
  }]]);
});

Deno.test("an undo names the fields that changed since and touches nothing", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a ", state: " s " });
  await evaluate(world, () => ({
    fixes: [{
      rule_id: rules.name,
      patch: [...replace("name", " a ", "a"), ...replace("state", " s ", "s")],
    }],
  }));
  await world.sql`update shop.customers set state = 'else'`;
  const { state, detail } = await refused(undo(world, (await fixes(world))[0]!.id));
  assertEquals([state, detail.code, detail.conflicts], ["PT409", "stale", [{
    field: "state",
    expected: "s",
    actual: "else",
  }]]);
  assertEquals([await names(world), (await fixes(world))[0]!.reverted_at], [["1:a"], null]);
});

Deno.test("a fix cannot be undone twice, nor by somebody who may not", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  await evaluate(world, () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }));
  const id = (await fixes(world))[0]!.id as string;
  for (
    const [caller, state] of [["anon", "42501"], ["viewer", "PT403"], ["member", "PT403"], [
      "outsider",
      "PT404",
    ]] as const
  ) {
    assertEquals(
      (await refused(world.as(caller, (own) => own`select governance.undo_fix(${id})`))).state,
      state,
      caller,
    );
  }
  await undo(world, id);
  assertEquals((await refused(undo(world, id))).state, "PT409");
});

Deno.test("a member may undo the suggestion that it applied itself", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a ", owner_user_id: people.member });
  await evaluate(
    world,
    () => ({ violations: [violation(rules.name, { suggested_fix: replace("name", " a ", "a") })] }),
  );
  const [issue] = await issues(world.sql);
  await world.as("member", (own) => own`select governance.apply_suggested_fix(${issue!.id as string})`);
  const [fix] = await fixes(world);
  await world.as("member", (own) => own`select governance.undo_fix(${fix!.id as string})`);
  assertEquals(await names(world), ["1: a "]);
});

Deno.test("a batch is undone whole, or not at all", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " }, { id: "2", name: " a " });
  await evaluate(world, () => ({
    fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }, {
      rule_id: rules.name,
      patch: replace("name", "a", "A"),
    }],
  }));
  const batch = (await fixes(world))[0]!.batch_id as string;
  const undoBatch = () =>
    world.as("steward", (own) => own`select governance.undo_fix_batch(${batch}) as result`);
  await world.sql`update shop.customers set name = 'else' where id = '2'`;
  assertEquals((await refused(undoBatch())).detail.record_key, "2");
  assertEquals(await names(world), ["1:A", "2:else"]);
  await world.sql`update shop.customers set name = 'A' where id = '2'`;
  const [row] = await undoBatch();
  assertEquals([row!.result.records, await names(world)], [2, ["1: a ", "2: a "]]);
  assertEquals((await refused(undoBatch())).state, "PT404");
});

Deno.test("an undo writes with the person's rights", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  await evaluate(world, () => ({ fixes: [{ rule_id: rules.name, patch: replace("name", " a ", "a") }] }));
  await world.sql`alter policy writable on shop.customers using (false)`;
  assertEquals((await refused(undo(world, (await fixes(world))[0]!.id))).state, "PT409");
  assertEquals(await names(world), ["1:a"]);
});

Deno.test("a fix of a column that is none is refused, and the record is left alone", async () => {
  await using world = await createWorld();
  const rules = await withRules(world);
  await addCustomers(world.sql, { id: "1", name: " a " });
  const counts = await evaluate(
    world,
    () => ({ fixes: [{ rule_id: rules.name, patch: replace('name" = null, "id', " a ", "a") }] }),
  );
  assertEquals([counts.fixed, counts.unfixable, await names(world)], [0, 1, ["1: a "]]);
});
