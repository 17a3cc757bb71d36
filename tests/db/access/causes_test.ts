import { assertEquals } from "@std/assert";
import type { TransactionSql } from "postgres";
import {
  addCustomers,
  and,
  createWorld,
  evaluate,
  is,
  issues,
  quiet,
  refused,
  replace,
  saveRule,
  violation,
  type World,
} from "../support/mod.ts";

/** Two customers with a suggestion each; the first one's is also there as a fix that was applied. */
async function withSuggestions(world: World): Promise<string[]> {
  const rule = await saveRule(world.sql, {
    rule_key: "customer-name",
    entity_type: "customer",
    condition: and(is("name", "=", "Right")),
    message: "Wrong name.",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: "Wrong" }, { id: "2", name: "Wrong" });
  await evaluate(
    world,
    () => ({ violations: [violation(rule, { suggested_fix: replace("name", "Wrong", "Right") })] }),
  );
  return (await issues(world.sql)).map(({ id }) => id as string);
}

/** What is left of a transaction of the steward: how it was refused, and who caused the updates. */
async function forge(
  world: World,
  work: (own: TransactionSql, ids: string[]) => Promise<unknown>,
  ids: string[],
) {
  const outcome = await world.as("steward", (own) => work(own, ids)).then(
    () => "done",
    (error: { code: string }) => error.code,
  );
  const events = await world
    .sql`select record_key, cause_kind from governance.audit_events where operation = 'update' order by id`;
  return [outcome, ...events.map(({ record_key, cause_kind }) => `${record_key}: ${cause_kind}`)];
}

const begin = async (own: TransactionSql, ids: string[]) =>
  (await own`select governance_private.begin_suggested_fixes(${ids}) as batch`)[0]!.batch as string;
const finish = (own: TransactionSql, batch: string) =>
  own`select governance_private.finish_suggested_fixes(${batch}) as applied`;

Deno.test("a cause that is begun and not proven takes the whole transaction with it", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  assertEquals(
    await forge(world, async (own) => {
      await begin(own, ids);
      await own`update shop.customers set email = 'x'`;
    }, ids),
    ["PT403"],
  );
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
});

Deno.test("a suggestion is no cause of what is written beside it", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  const outcome = await forge(world, async (own) => {
    const batch = await begin(own, [ids[0]!]);
    await own`update shop.customers set name = 'Right'`;
    await finish(own, batch);
    await own`update shop.customers set email = 'x' where id = '1'`;
  }, ids);
  assertEquals(outcome, ["done", "1: suggestion", "2: null", "1: null"]);
  assertEquals((await issues(world.sql)).map(({ status }) => status), ["fixed", "open"]);
});

Deno.test("who accepts a suggestion cannot write another value in its name", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  assertEquals(
    await forge(world, async (own) => {
      const batch = await begin(own, [ids[0]!]);
      await own`update shop.customers set name = 'Else' where id = '1'`;
      await finish(own, batch);
    }, ids),
    ["PT403"],
  );
});

Deno.test("a suggestion that is accepted and not written settles nothing", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  assertEquals(await forge(world, async (own) => finish(own, await begin(own, ids)), ids), ["done"]);
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
  assertEquals((await issues(world.sql)).map(({ status }) => status), ["open", "open"]);
});

Deno.test("nobody finishes a batch of another transaction, nor one cause by beginning another", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fix(${ids[0]!}) as result`,
  );
  const { batch_id } = row!.result;
  assertEquals((await refused(world.as("steward", (own) => finish(own, batch_id)))).state, "PT403");
  const [fix] = await world.sql`select id from governance.fixes`;
  assertEquals(
    (await refused(world.as("steward", async (own) => {
      await begin(own, [ids[1]!]);
      await own`select governance_private.begin_undo(${[fix!.id]})`;
    }))).state,
    "23505",
  );
});

Deno.test("a fix does not count as undone before its record is written, and as it was", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  await world.as("steward", (own) => own`select governance.apply_suggested_fix(${ids[0]!})`);
  const [fix] = await world.sql`select id from governance.fixes`;
  const undo = async (own: TransactionSql, value: string | null) => {
    const [row] = await own`select governance_private.begin_undo(${[fix!.id]}) as batch`;
    if (value !== null) await own`update shop.customers set name = ${value} where id = '1'`;
    await own`select governance_private.finish_undo(${row!.batch})`;
  };
  const done = ["1: suggestion"];
  assertEquals(await forge(world, (own) => undo(own, null), ids), ["PT409", ...done]);
  assertEquals(await forge(world, (own) => undo(own, "Else"), ids), ["PT403", ...done]);
  const [still] = await world.sql`select reverted_at from governance.fixes`;
  assertEquals(still!.reverted_at, null);
  assertEquals(await forge(world, (own) => undo(own, "Wrong"), ids), ["done", ...done, "1: undo"]);
});

Deno.test("a value that a trigger of the table stores otherwise is applied all the same", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  await world.sql.unsafe(`create function shop.shout() returns trigger language plpgsql as
    $$ begin new.name := upper(new.name); return new; end $$;
    create trigger shout before update on shop.customers for each row execute function shop.shout()`)
    .simple();
  await world.as("steward", (own) => own`select governance.apply_suggested_fix(${ids[0]!})`);
  assertEquals((await world.sql`select name from shop.customers where id = '1'`)[0]!.name, "RIGHT");
});

Deno.test("an undo that a trigger makes into nothing says so", async () => {
  await using world = await createWorld();
  const ids = await withSuggestions(world);
  await world.as("steward", (own) => own`select governance.apply_suggested_fix(${ids[0]!})`);
  await world.sql.unsafe(`create function shop.keep() returns trigger language plpgsql as
    $$ begin new.name := old.name; return new; end $$;
    create trigger keep before update on shop.customers for each row execute function shop.keep()`).simple();
  const [fix] = await world.sql`select id from governance.fixes`;
  const { state, message } = await refused(
    world.as("steward", (own) => own`select governance.undo_fix(${fix!.id})`),
  );
  assertEquals([state, message.startsWith("Nothing was undone")], ["PT409", true]);
});
