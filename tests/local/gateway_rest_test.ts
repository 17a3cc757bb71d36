import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually } from "./platform.ts";
import { notesTable, startTrial } from "./gateway_trial.ts";

Deno.test("a security definer trigger knows the caller's role, claims and request", async () => {
  await using trial = await startTrial();
  await trial.migrate(`${notesTable}
    create table public.seen (who jsonb);
    create function public.look() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      insert into public.seen values (jsonb_build_object('session_user', session_user, 'current_user', current_user,
        'role', current_setting('role'), 'uid', auth.uid(), 'jwt_role', auth.jwt() ->> 'role',
        'method', current_setting('request.method', true), 'path', current_setting('request.path', true),
        'source', current_setting('request.headers', true)::jsonb ->> 'x-source',
        'timeout', current_setting('statement_timeout')));
      return null;
    end $$;
    alter function public.look() owner to postgres;
    grant insert on public.seen to postgres;
    create trigger look after insert on public.notes for each statement execute function public.look();`);
  const user = await trial.user();
  const { id } = (await user.auth.getUser()).data.user!;
  await user.from("notes").insert({ body: "x" }).setHeader("x-source", "import");
  await trial.service().from("notes").insert({ body: "y", owner: id });
  const seen = await trial.platform.admin`select who from public.seen`;
  const same = { session_user: "authenticator", current_user: "postgres", method: "POST", path: "/notes" };
  assertEquals(seen.map(({ who }) => who), [
    { ...same, role: "authenticated", uid: id, jwt_role: "authenticated", source: "import", timeout: "8s" },
    { ...same, role: "service_role", uid: null, jwt_role: "service_role", source: null, timeout: "8s" },
  ]);
});

Deno.test("errors that SQL raises for people arrive with their status, detail and hint", async () => {
  await using trial = await startTrial();
  await trial.migrate(`
    create function public.refuse() returns void language plpgsql as $$
    begin
      raise sqlstate 'PT422' using message = 'refused', detail = '{"code":"violated"}', hint = 'Repair it.';
    end $$;
    create function public.slow_down() returns void language plpgsql as $$
    begin
      raise sqlstate 'PGRST' using message = '{"code":"429","message":"too fast"}',
        detail = '{"status":429,"headers":{"Retry-After":"7"}}';
    end $$;
    create function public.fail() returns void language plpgsql as $$ begin raise exception 'plainly'; end $$;
    create function public.wait_long() returns void language sql as $$ select pg_sleep(5) $$;
    grant execute on all functions in schema public to anon;`);
  const anon = trial.client();
  const refused = await anon.rpc("refuse");
  assertEquals(refused.status, 422);
  assertEquals(
    { code: refused.error!.code, message: refused.error!.message, hint: refused.error!.hint },
    { code: "PT422", message: "refused", hint: "Repair it." },
  );
  assertEquals(refused.error!.details, '{"code":"violated"}');
  const slowed = await trial.fetch("/rest/v1/rpc/slow_down", { key: "publishable", method: "POST" });
  assertEquals([slowed.status, slowed.headers.get("retry-after"), (await slowed.json()).code], [
    429,
    "7",
    "429",
  ]);
  const failed = await anon.rpc("fail");
  assertEquals([failed.status, failed.error?.code, failed.error?.message], [400, "P0001", "plainly"]);
  const started = Date.now();
  const late = await anon.rpc("wait_long");
  assertEquals([late.status, late.error?.code], [500, "57014"]);
  assert(Date.now() - started < 4_500, "anon has three seconds");
});

Deno.test("an UPDATE or DELETE without a filter is refused", async () => {
  await using trial = await startTrial();
  await trial.migrate(notesTable);
  for (const method of ["PATCH", "DELETE"]) {
    const response = await trial.fetch("/rest/v1/notes", {
      method,
      key: "secret",
      headers: { "content-type": "application/json" },
      ...(method === "PATCH" && { body: '{"body":"x"}' }),
    });
    assertEquals([response.status, (await response.json()).code], [400, "21000"]);
  }
});

Deno.test("values keep every digit in both directions", async () => {
  await using trial = await startTrial();
  await trial.migrate(
    `create table public.exact (n numeric, i bigint, j jsonb, t timestamptz, a text[], plain text);
    create function public.same(n numeric, j jsonb) returns jsonb language sql
      as $$ select jsonb_build_object('n', n, 'j', j) $$;
    grant all on public.exact to service_role; grant execute on function public.same to service_role;`,
  );
  const row = '{"n":12345678901234567890.10,"i":9007199254740993,"j":{"k":[1.50,9007199254740993]},' +
    '"t":"2026-01-01T12:00:00.123456+00:00","a":["x","y, \\"z\\""],"plain":"12.50"}';
  const headers = { "content-type": "application/json", prefer: "return=representation" };
  const created = await trial.fetch("/rest/v1/exact", { method: "POST", key: "secret", headers, body: row });
  assertEquals(created.status, 201);
  assertEquals(await created.text(), `[${row}]`);
  const read = await trial.fetch("/rest/v1/exact?select=n,i,j,t,a,plain", { key: "secret" });
  assertEquals(await read.text(), `[${row}]`);
  const patched = await trial.fetch("/rest/v1/exact?plain=eq.12.50&select=n", {
    method: "PATCH",
    key: "secret",
    headers,
    body: '{"n":0.10000000000000000001}',
  });
  assertEquals(await patched.text(), '[{"n":0.10000000000000000001}]');
  const args = '{"n":12345678901234567890.10,"j":{"k":9007199254740993}}';
  const called = await trial.fetch("/rest/v1/rpc/same", {
    method: "POST",
    key: "secret",
    headers,
    body: args,
  });
  assertEquals(
    JSON.stringify(await called.text()).replaceAll("\\", ""),
    `"{"j":{"k":9007199254740993},"n":12345678901234567890.10}"`,
  );
});

Deno.test("filters compare what was sent, whatever it looks like", async () => {
  await using trial = await startTrial();
  await trial.migrate(
    `create table public.texts (v text, n numeric, i bigint, b boolean, a text[], j jsonb, d date);
    grant all on public.texts to service_role;
    create function public.said(v text, n numeric) returns text language sql as $$ select v || '|' || n $$;
    grant execute on function public.said to service_role;`,
  );
  const client = trial.service();
  const values = ["12.50", "007", "null", "true", " padded ", 'a "quoted" one', "a,b", "x(y)", "1e3", ""];
  await client.from("texts").insert(values.map((v) => ({ v })));
  for (const v of values) {
    const found = await client.from("texts").select("v").eq("v", v);
    assertEquals(found.data, [{ v }], `eq ${JSON.stringify(v)}`);
    const listed = await client.from("texts").select("v").in("v", [v, "other"]);
    assertEquals(listed.data, [{ v }], `in ${JSON.stringify(v)}`);
  }
  const others = await client.from("texts").select("v").not("v", "in", '("12.50",007,null)').neq("v", "true");
  assertEquals(others.data?.length, values.length - 4);
  const either = await client.from("texts").select("v").or(
    "v.eq.12.50,and(v.eq.007,n.is.null),v.in.(null,true)",
  );
  assertEquals(either.data?.map(({ v }) => v), ["12.50", "007", "null", "true"]);

  await client.from("texts").delete().not("v", "is", null);
  await client.from("texts").insert({ n: 1.5, i: 7, b: true, a: ["x", "y"], j: { k: 1 }, d: "2026-01-31" });
  const filters = [
    "n=eq.1.50",
    "i=gte.7",
    "b=eq.true",
    "b=is.true",
    "a=eq.{x,y}",
    "a=cs.{x}",
    'j=cs.{"k":1}',
  ];
  for (const filter of [...filters, "d=lt.2026-02-01", "j->>k=eq.1", "or=(b.eq.true,n.gt.5)", "v=is.null"]) {
    const response = await trial.fetch(`/rest/v1/texts?select=i&${filter}`, { key: "secret" });
    assertEquals(await response.text(), '[{"i":7}]', filter);
  }
  const called = await trial.fetch("/rest/v1/rpc/said?v=1.50&n=1.50", { key: "secret" });
  assertEquals(await called.json(), "1.50|1.50");
});

Deno.test("one request inserts thousands of wide rows as one statement", async () => {
  await using trial = await startTrial();
  const columns = Array.from({ length: 20 }, (_, i) => `c${i}`);
  await trial.migrate(
    `create table public.wide (id int primary key, ${columns.map((c) => `${c} text`).join()});
    create table public.statements (rows int);
    create function public.count_rows() returns trigger language plpgsql security definer as $$
    begin insert into public.statements select count(*) from new_rows; return null; end $$;
    create trigger count_rows after insert on public.wide referencing new table as new_rows
      for each statement execute function public.count_rows();
    grant all on public.wide to service_role;`,
  );
  const rows = Array.from({ length: 5_000 }, (_, id) => ({
    id,
    ...Object.fromEntries(columns.map((column) => [column, `${column} of ${id}`])),
  }));
  const client = trial.service();
  assertEquals((await client.from("wide").insert(rows)).error, null);
  assertEquals([...await trial.platform.admin`select * from public.statements`], [{ rows: 5_000 }]);
  const upserted = await client.from("wide").upsert(rows.map((row) => ({ ...row, c0: "changed" })));
  assertEquals(upserted.error, null);
  const { count } = await client.from("wide").select("*", { count: "exact", head: true }).eq("c0", "changed");
  assertEquals(count, 5_000);
});

Deno.test("columns that some rows lack are null, or their default where the client asks for it", async () => {
  await using trial = await startTrial();
  await trial.migrate(`create table public.partly (id int, status text default 'new');
    grant all on public.partly to service_role;`);
  const client = trial.service();
  const rows = [{ id: 1 }, { id: 2, status: "old" }];
  const nulls = await client.from("partly").insert(rows).select();
  assertEquals(nulls.data, [{ id: 1, status: null }, { id: 2, status: "old" }]);
  const defaults = await client.from("partly").insert(rows, { defaultToNull: false }).select();
  assertEquals(defaults.data, [{ id: 1, status: "new" }, { id: 2, status: "old" }]);
});

Deno.test("functions take JSON arguments as JSON", async () => {
  await using trial = await startTrial();
  await trial.migrate(
    `create function public.kind(j jsonb) returns text language sql as $$ select jsonb_typeof(j) $$;
    grant execute on function public.kind to service_role;`,
  );
  const client = trial.service();
  const kinds = [];
  for (const j of [{ a: 1 }, [1], "text", 1, true]) kinds.push((await client.rpc("kind", { j })).data);
  assertEquals(kinds, ["object", "array", "string", "number", "boolean"]);
});

Deno.test("a new table is served as soon as somebody says NOTIFY pgrst", async () => {
  await using trial = await startTrial();
  const client = trial.service();
  assertEquals((await client.from("late").select()).status, 404);
  await trial.platform.admin.unsafe(
    "create table public.late (id int); grant all on public.late to service_role",
  );
  await trial.platform.admin`notify pgrst, 'reload schema'`;
  await eventually(async () => (await client.from("late").select()).status === 200 || undefined);
});

Deno.test("a table that changed its shape is served as it is now", async () => {
  await using trial = await startTrial();
  await trial.migrate("create table public.shaped (id int); grant all on public.shaped to service_role");
  const client = trial.service();
  const shapes = [];
  for (
    const statement of [
      "select",
      "alter table public.shaped add column n int",
      "alter table public.shaped alter n type text",
    ]
  ) {
    if (statement !== "select") await trial.migrate(statement);
    shapes.push((await client.from("shaped").insert({ id: 1 }).select("*").single()).data);
    await client.from("shaped").delete().eq("id", 1);
    await Promise.all(Array.from({ length: 5 }, () => client.from("shaped").select("*")));
  }
  assertEquals(shapes, [{ id: 1 }, { id: 1, n: null }, { id: 1, n: null }]);
});

Deno.test("only the configured schemas are exposed", async () => {
  await using trial = await startTrial();
  const { status, error } = await trial.service().schema("auth").from("users").select();
  assertEquals([status, error?.code], [406, "PGRST106"]);
});

Deno.test("the REST API answers 503 while Postgres is away and recovers by itself", async () => {
  await using trial = await startTrial();
  await trial.migrate(notesTable);
  const client = trial.service();
  assertEquals((await client.from("notes").select()).status, 200);
  const restart = trial.platform.server.restart("immediate");
  const statuses = new Set<number>();
  await eventually(async () => {
    const { status } = await client.from("notes").select().retry(false);
    statuses.add(status);
    return status === 200 && statuses.size > 1 ? true : undefined;
  }, 20);
  await restart;
  assertEquals([...statuses].toSorted(), [200, 503]);
});

Deno.test("browsers may call from any origin, and too long a body is refused", async () => {
  await using trial = await startTrial();
  const preflight = await trial.fetch("/rest/v1/notes", {
    method: "OPTIONS",
    headers: {
      origin: "https://app.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "apikey, x-mine",
    },
  });
  assertEquals([preflight.status, preflight.headers.get("access-control-allow-origin")], [200, "*"]);
  assertMatch(preflight.headers.get("access-control-allow-headers") ?? "", /x-mine/);
  const long = await trial.fetch("/rest/v1/notes", {
    method: "POST",
    key: "secret",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ body: "x".repeat(11_000_000) }),
  });
  assertEquals(long.status, 413);
  await long.body?.cancel();
  const nowhere = await trial.fetch("/nowhere");
  assertEquals(nowhere.status, 404);
  await nowhere.body?.cancel();
});
