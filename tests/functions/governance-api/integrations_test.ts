import { assert, assertEquals, assertMatch } from "@std/assert";
import { harborLane, kestrel, openSql, untilDrained } from "../../flow/support.ts";
import { startTestStack, type TestStack } from "../../helpers/stack.ts";
import { apiAs, type ApiClient, apiClient } from "./support.ts";

const keyOf = {
  org_id: harborLane,
  source_key: "sync:erp",
  label: "ERP",
  scopes: ["ingest", "validate", "read_issues"],
};

/** A client that calls with a new key of harbor lane. */
async function integrated(stack: TestStack, admin: ApiClient, parts: Record<string, unknown> = {}) {
  const issued = await admin.post("/keys", { ...keyOf, ...parts });
  assertEquals(issued.status, 201, JSON.stringify(issued.body));
  const client = apiClient(stack, { apikey: stack.publishableKey, "x-integration-key": issued.body.key });
  return { client, ...issued.body as { key: string; key_id: string } };
}

const outcomes = (body: { records: { outcome: string }[] }) => body.records.map(({ outcome }) => outcome);

Deno.test("an integration's key is what lets it in, as far as its scopes go and as long as it holds", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const foreign = await apiAs(stack, "admin@kestrel.example.com");
  const { client, key, key_id } = await integrated(stack, admin);

  await t.step("it is shown once and kept as a hash", async () => {
    assertMatch(key, /^sgk_[0-9a-f]{64}$/);
    const [row] = await sql`select to_jsonb(k) as row from governance.integration_keys k`;
    assertEquals(JSON.stringify(row).includes(key.slice(10)), false);
    const { keys } = (await admin.get(`/keys?org_id=${harborLane}`)).body;
    assertEquals([keys.length, keys[0].key_start, "key_hash" in keys[0]], [1, key.slice(0, 10), false]);
  });
  await t.step("only admins issue, see and revoke, and only their own organization's", async () => {
    assertEquals((await steward.post("/keys", keyOf)).status, 403);
    assertEquals((await steward.get(`/keys?org_id=${harborLane}`)).body.keys, []);
    assertEquals((await foreign.get(`/keys?org_id=${harborLane}`)).body.keys, []);
    assertEquals((await foreign.send(`/keys/${key_id}`, { method: "DELETE" })).status, 404);
    const taken = await foreign.post("/keys", { ...keyOf, org_id: kestrel });
    assertEquals(
      [taken.status, taken.body.code],
      [422, "invalid-value"],
      "a source belongs to one organization",
    );
  });
  await t.step("it opens what its scopes name, for its own organization, and shows its use", async () => {
    const call = (org_id: string) => ({
      entity_type: "lead",
      org_id,
      records: [{ fields: { last_name: "Lee", company: "A" } }],
    });
    assertEquals((await client.post("/validate", call(harborLane))).status, 200);
    assertEquals((await client.post("/validate", call(kestrel))).status, 404);
    assertEquals((await client.get("/issues")).status, 200);
    assertEquals((await client.get(`/issues?org_id=${kestrel}`)).status, 404);
    assertEquals((await client.post("/records", call(harborLane))).body.code, "not-allowed");
    const narrow = await integrated(stack, admin, { scopes: ["export"] });
    const refused = await narrow.client.post("/validate", call(harborLane));
    assertEquals([refused.status, refused.body.context], [403, { scope: "validate" }]);
    const { keys } = (await admin.get(`/keys?org_id=${harborLane}`)).body;
    assert(keys.find((one: { key_id: string }) => one.key_id === key_id).last_used_at !== null);
  });
  await t.step("a person cannot ingest, and a key that is none is refused", async () => {
    assertEquals(
      (await admin.post("/ingest", { entity_type: "lead", records: [{}] })).body.code,
      "not-signed-in",
    );
    for (const wrong of ["sgk_" + "0".repeat(64), "sgk_", "x".repeat(5000), "' or 1=1"]) {
      const answer = await apiClient(stack, { "x-integration-key": wrong }).get("/issues");
      assertEquals([answer.status, answer.body.code], [401, "not-signed-in"]);
    }
  });
  await t.step("beyond its rate it is told to wait", async () => {
    const slow = await integrated(stack, admin, { calls_per_minute: 2 });
    const statuses = [];
    for (let call = 0; call < 5; call++) statuses.push(await slow.client.get("/issues"));
    const limited = statuses.filter(({ status }) => status === 429);
    assert(limited.length >= 1, "5 calls span at most two minutes of 2 calls each");
    assert(Number(limited[0]!.headers.get("retry-after")) <= 60);
  });
  await t.step("expired and revoked it opens nothing", async () => {
    const short = await integrated(stack, admin, {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    assertEquals((await short.client.get("/issues")).status, 200);
    await sql`update governance.integration_keys set expires_at = now() where key_id = ${short.key_id}`;
    assertEquals((await short.client.get("/issues")).body.detail, "The key has expired.");
    assertEquals((await admin.send(`/keys/${key_id}`, { method: "DELETE" })).status, 200);
    assertEquals((await client.get("/issues")).body.detail, "The key has been revoked.");
  });
});

Deno.test("what a source sends is written once, in the order of its versions, and none of it is lost", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const { client } = await integrated(stack, admin);
  const send = async (records: unknown[], entity_type = "account") =>
    await client.post("/ingest", { entity_type, records });
  const account = (version: number | string, fields: Record<string, unknown>, external_id = "C-1") => ({
    external_id,
    version,
    fields,
  });
  const stored = async (external_id = "C-1") =>
    (await sql`select a.name, a.city, s.version::text, s.payload, s.unknown_fields, s.status, s.error
      from governance.source_records s left join public.accounts a on a.id::text = s.record_key where s.external_id = ${external_id}`)[
      0
    ]!;

  await t.step("a new record is made, its unknown fields are kept, and audit names the source", async () => {
    const first = await send([account(5, { name: "Acme", erp_group: { code: "A" } })]);
    assertEquals([first.status, outcomes(first.body)], [200, ["inserted"]], JSON.stringify(first.body));
    const { name, payload, unknown_fields, status } = await stored();
    assertEquals([name, payload, unknown_fields, status], [
      "Acme",
      { name: "Acme", erp_group: { code: "A" } },
      ["erp_group"],
      "stored",
    ]);
    const events =
      await sql`select source, cause_kind, actor from governance.audit_events where entity_type = 'account'`;
    assertEquals(events.map((event) => ({ ...event })), [{
      source: "sync:erp",
      cause_kind: "sync",
      actor: null,
    }]);
    assertEquals(Number((await sql`select count(*) from governance_private.write_sources`)[0]!["count"]), 0);
  });
  await t.step("the same again does nothing, an older one neither, a newer one changes", async () => {
    assertEquals(outcomes((await send([account(5, { name: "Acme", erp_group: { code: "A" } })])).body), [
      "repeated",
    ]);
    assertEquals(outcomes((await send([account(4, { name: "Old" })])).body), ["outdated"]);
    const other = await send([account(5, { name: "Other" })]);
    assertEquals([outcomes(other.body), other.body.records[0].error.code], [["refused"], "stale"]);
    assertEquals((await stored())["name"], "Acme");
    assertEquals(outcomes((await send([account(6, { name: "Acme Ltd", city: "Berlin" })])).body), [
      "updated",
    ]);
    assertEquals((await stored())["city"], "Berlin");
  });
  await t.step("of several versions in one call the newest counts, wherever it stands", async () => {
    const { body } = await send([
      account(8, { name: "Eight" }),
      account(9, { name: "Nine" }),
      account(7, { name: "Seven" }),
    ]);
    assertEquals(outcomes(body), ["outdated", "updated", "outdated"]);
    assertEquals([(await stored())["name"], (await stored())["version"]], ["Nine", "9"]);
  });
  await t.step("times are versions too, to the microsecond", async () => {
    const at = (fraction: string, name: string) =>
      account(`2026-01-01T00:00:00.${fraction}Z`, { name }, "C-2");
    assertEquals(outcomes((await send([at("000002", "Two")])).body), ["inserted"]);
    assertEquals(outcomes((await send([at("000001", "One")])).body), ["outdated"]);
    assertEquals(outcomes((await send([at("000003", "Three")])).body), ["updated"]);
    assertEquals((await stored("C-2"))["name"], "Three");
  });
  await t.step("bad records spoil no good one: each is refused with its reason and kept", async () => {
    const { status, body } = await send([
      account(1, { name: "Good" }, "G-1"),
      { external_id: "B-1", version: -1, fields: {} },
      account(1, { name: "Bad", employees: "many" }, "B-2"),
      { external_id: "B-3", version: 1, fields: { name: "x" }, colour: "red" },
      null,
      account(1, { name: "Negative", employees: -4 }, "B-4"),
      account(1, { name: "Good too" }, "G-2"),
    ]);
    assertEquals([status, outcomes(body)], [200, [
      "inserted",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "inserted",
    ]]);
    assertEquals(body.records.map(({ error }: { error: { code: string } | null }) => error?.code ?? null), [
      null,
      "request-invalid",
      "invalid-value",
      "request-invalid",
      "request-invalid",
      "constraint-violated",
      null,
    ]);
    assertEquals(body.records[1].error.faults[0].at, "/body/records/1/version");
    const kept = await sql`select external_id, payload, faults from governance.refused_payloads order by id`;
    assertEquals(kept.map(({ external_id }) => external_id), ["B-1", "B-3", null]);
    assertEquals((await stored("B-2"))["status"], "refused");
    const again = await send([account(1, { name: "Bad", employees: 4 }, "B-2")]);
    assertEquals(outcomes(again.body), ["inserted"], "what was refused may be sent again under its version");
  });
  await t.step("a payload that is no payload answers 422 with paths, and is kept", async () => {
    const before = Number((await sql`select count(*) from governance.refused_payloads`)[0]!["count"]);
    const all = await send([{ external_id: "", version: "yesterday", fields: [] }]);
    assertEquals([all.status, all.body.context.faults.map(({ at }: { at: string }) => at)], [422, [
      "/body/records/0/external_id",
      "/body/records/0/version",
      "/body/records/0/fields",
    ]]);
    const envelope = await client.post("/ingest", { entity: "account", records: [] });
    assertEquals([envelope.status, envelope.body.code], [422, "request-invalid"]);
    assertEquals(
      Number((await sql`select count(*) from governance.refused_payloads`)[0]!["count"]),
      before + 2,
    );
  });
  await t.step("a record that somebody deleted here is not made again", async () => {
    await sql`delete from public.accounts where name = 'Three'`;
    const { body } = await send([account("2026-02-01T00:00:00Z", { name: "Back" }, "C-2")]);
    assertEquals([outcomes(body), body.records[0].error.code], [["refused"], "not-found"]);
  });
  await t.step("another organization's record is out of reach, whatever the payload says", async () => {
    const [own] =
      await sql`insert into public.accounts (org_id, name) values (${kestrel}, 'Theirs') returning id`;
    const { body } = await send([
      { ...account(1, { name: "Mine" }, "X-1"), key: own!["id"] },
      account(1, { name: "Mine", org_id: kestrel }, "X-2"),
    ]);
    assertEquals(outcomes(body), ["refused", "refused"]);
    assertEquals(
      (await sql`select name from public.accounts where id = ${own!["id"]}`)[0]!["name"],
      "Theirs",
    );
  });
  await t.step("two calls at once with the same records write each of them once", async () => {
    const records = Array.from(
      { length: 50 },
      (_, index) => account(1, { name: `Twin ${index}` }, `T-${index}`),
    );
    const answers = await Promise.all([send(records), send(records.toReversed()), send(records)]);
    assertEquals(answers.map(({ status }) => status), [200, 200, 200]);
    const all = answers.flatMap(({ body }) => outcomes(body));
    assertEquals(all.filter((outcome) => outcome === "inserted").length, 50);
    assertEquals(
      Number((await sql`select count(*) from public.accounts where name like 'Twin %'`)[0]!["count"]),
      50,
    );
  });
  await t.step("what came is evaluated like any other write", async () => {
    await send([account(1, { name: "Odd", country: "Philipines" }, "E-1")]);
    await untilDrained(sql);
    const { body } = await client.get("/issues?entity_type=account");
    assert(body.issues.some(({ record_label }: { record_label: string }) => record_label === "Odd"));
  });
});

Deno.test("a write through the API answers with its receipt, and all or nothing means that", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const rep = await apiAs(stack, "rep@harbor-lane.example.com");
  const write = (records: unknown[], parts: Record<string, unknown> = {}) =>
    rep.post("/records", { entity_type: "lead", org_id: harborLane, records, ...parts });
  const good = {
    fields: { first_name: "Ann", last_name: "Lee", company: "Acme", email: " ANN@EXAMPLE.COM " },
  };
  const bad = { fields: { status: "new" } };
  const count = async () => Number((await sql`select count(*) from public.leads`)[0]!["count"]);

  await t.step("one that is refused keeps all from being written", async () => {
    const answer = await write([good, bad]);
    assertEquals([answer.status, answer.body.code], [422, "records-refused"]);
    assertEquals(
      answer.body.context.records.map(({ n, verdict }: { n: number; verdict: string }) => [n, verdict]),
      [[1, "blocked"]],
    );
    assertEquals(await count(), 0);
  });
  await t.step("unless the others are wanted", async () => {
    const answer = await write([good, bad], { all_or_nothing: false });
    assertEquals(answer.body.records.map(({ verdict }: { verdict: string }) => verdict), [
      "fixed",
      "blocked",
    ]);
    assertEquals(await count(), 1);
  });
  await t.step("the receipt's corrections and issues are those that come", async () => {
    const [receipt] =
      (await write([{ fields: { ...good.fields, last_name: "Roe", country: "Philipines" } }])).body.records;
    assertEquals(receipt.operation, "insert");
    await untilDrained(sql);
    const issues =
      await sql`select rule_key from governance.data_quality_issues where record_key = ${receipt.key} and status = 'open' order by 1`;
    const fixes =
      await sql`select rule_key from governance.fixes where record_key = ${receipt.key} order by 1`;
    const keys = (list: { rule_key: string }[]) => list.map(({ rule_key }) => rule_key).sort();
    assertEquals([keys(receipt.issues), keys(receipt.fixes)], [
      keys([...issues] as never),
      keys([...fixes] as never),
    ]);
    assert(receipt.fixes.length > 0);
    const [changed] = (await write([{ key: receipt.key, fields: { title: "CEO" } }])).body.records;
    assertEquals([changed.operation, changed.key], ["update", receipt.key]);
  });
});
