import { assertEquals } from "@std/assert";
import { harborLane, openSql } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs } from "./support.ts";

Deno.test("what somebody did is previewed, taken back and done again through the API", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const member = await apiAs(stack, "rep@harbor-lane.example.com");
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const outsider = await apiAs(stack, "admin@kestrel.example.com");
  const accounts = await sql`insert into public.accounts (org_id, name, website)
    select ${harborLane}, 'Undo ' || n, 'https://old.example.com' from generate_series(1, 3) n returning id::text, created_at::text`;
  const ids = accounts.map(({ id }) => id as string).sort();
  const from =
    (await sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`)[
      0
    ]!["now"];
  const written = await member.post("/records", {
    entity_type: "account",
    org_id: harborLane,
    records: ids.map((key) => ({ key, fields: { website: "https://new.example.com" } })),
  });
  assertEquals(written.status, 200);
  const [event] = await sql`select actor from governance.audit_events where record_key = ${ids[
    0
  ]!} order by id desc limit 1`;
  const scope = { actor: event!["actor"], from, entity_type: "account" };
  const websites = async () =>
    (await sql`select website from public.accounts where id = any (${ids}) order by id`).map(({ website }) =>
      website
    );

  await t.step("a preview comes in pages and changes nothing", async () => {
    const first = await steward.post("/undo/preview", { scope, limit: 2 });
    assertEquals([first.status, first.body.counts.updated, first.body.is_tried], [200, 3, true]);
    assertEquals(first.body.records[0].fields, {
      website: { from: "https://new.example.com", to: "https://old.example.com" },
    });
    const second = await steward.post("/undo/preview", { scope, limit: 2, cursor: first.body.next });
    assertEquals([second.body.records.length, second.body.next], [1, null]);
    assertEquals(await websites(), Array(3).fill("https://new.example.com"));
  });
  await t.step("who is no steward of it cannot, and what is no scope is refused", async () => {
    assertEquals((await outsider.post("/undo", { scope })).status, 404);
    assertEquals((await member.post("/undo", { scope: { ...scope, org_id: harborLane } })).status, 403);
    assertEquals((await steward.post("/undo", { scope: { colour: "red" } })).body.code, "request-invalid");
    assertEquals((await steward.post("/undo", { scope: {} })).body.code, "invalid-value");
  });
  await t.step("a conflict refuses the whole, or is skipped", async () => {
    await sql`update public.accounts set website = 'https://else.example.com' where id = ${ids[0]!}`;
    const refused = await steward.post("/undo", { scope });
    assertEquals([refused.status, refused.body.code, refused.body.context.conflicts[0].fields], [
      409,
      "stale",
      [
        { field: "website", expected: "https://new.example.com", actual: "https://else.example.com" },
      ],
    ]);
    const undone = await steward.post("/undo", { scope, on_conflict: "skip", reason: "A mistake." });
    assertEquals([undone.status, undone.body.counts.updated, undone.body.conflicts[0].record_key], [
      200,
      2,
      ids[0],
    ]);
    assertEquals(await websites(), [
      "https://else.example.com",
      "https://old.example.com",
      "https://old.example.com",
    ]);
    const again = await steward.post("/undo", { scope: { undo: undone.body.undo_id } });
    assertEquals([again.status, again.body.counts.updated], [200, 2]);
    assertEquals((await websites())[1], "https://new.example.com");
  });
  await t.step("a deleted record comes back whole, with what nobody may write", async () => {
    await sql`delete from public.accounts where id = ${ids[2]!}`;
    const [gone] = await sql`select transaction_id from governance.audit_events where record_key = ${ids[
      2
    ]!} order by id desc limit 1`;
    assertEquals(
      (await steward.post("/undo", { scope: { transaction: gone!["transaction_id"] } })).body.counts.inserted,
      1,
    );
    const [back] = await sql`select created_at::text from public.accounts where id = ${ids[2]!}`;
    assertEquals(back!["created_at"], accounts.find(({ id }) => id === ids[2])!["created_at"]);
  });
});
