import { assert, assertEquals } from "@std/assert";
import { harborLane, openSql, untilDrained } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { routes } from "../../../supabase/functions/governance-api/routes/mod.ts";
import type { Route } from "../../../supabase/functions/governance-api/http/route.ts";
import { type Answer, apiAs, type ApiClient, apiClient } from "./support.ts";

/** Pseudo-random numbers from a seed, so that a failure can be repeated. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const seed = Number(Deno.env.get("FUZZ_SEED") ?? 7);
const runs = Number(Deno.env.get("FUZZ_RUNS") ?? 4);

/** Values that have broken somebody's parser, cast, index or query. */
const hostile: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  -0,
  9007199254740991,
  0.1,
  "",
  " ",
  "\u0001",
  "\u202e\u200b",
  "'; drop table leads; --",
  "%00",
  "\\",
  "\ud83d\ude00".repeat(500),
  "x".repeat(20_000),
  "NaN",
  "Infinity",
  "-infinity",
  "2026-02-30",
  "0000-00-00",
  "9999999999999999-01-01",
  "24:00:00+99",
  "1e999999",
  "{1,2}",
  "{}",
  "[]",
  "null",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "${jndi:ldap://x}",
  "<script>",
  "$1",
  "{{7*7}}",
  "00000000-0000-4000-8000-00000000a000",
  harborLane,
  "lead",
  "account",
  [],
  [[]],
  [null],
  {},
  { "": "" },
  { __proto__: 1 },
  { constructor: { prototype: {} } },
  { a: { b: { c: [1, "2", null] } } },
  Array.from({ length: 300 }, (_, n) => n),
];

/** Bodies that are not even values. */
const broken: readonly [string, BodyInit][] = [
  ["nothing", ""],
  ["half", '{"a":'],
  ["two values", "{}{}"],
  ["a comment", "/* */{}"],
  ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
  ["binary", crypto.getRandomValues(new Uint8Array(2000))],
  ["nesting", "[".repeat(50_000)],
  ["deep objects", '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000)],
  ["a NUL", '{"a":"\\u0000"}'],
  ["half a pair", '{"a":"\\udc00"}'],
  ["a huge number", '{"a":1' + "0".repeat(400) + "}"],
  ["keys twice", '{"a":1,"a":2}'],
  ["huge", JSON.stringify({ a: "x".repeat(6_000_000) })],
];

interface Shape {
  readonly type?: string;
  readonly properties?: Record<string, Shape>;
  readonly items?: Shape;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly format?: string;
}

/** A value somewhere between what a schema describes and what nobody would send. */
function bend(shape: Shape, random: () => number, example: unknown): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  if (random() < 0.08) return pick(hostile);
  if (Array.isArray(example)) return example.map((item) => bend(shape.items ?? {}, random, item));
  if (typeof example === "object" && example !== null) {
    const bent: [string, unknown][] = Object.entries(example).flatMap(([name, value]) =>
      random() < 0.1 ? [] : [[name, bend(shape.properties?.[name] ?? {}, random, value)] as [string, unknown]]
    );
    if (random() < 0.3) bent.push([String(pick(hostile)).slice(0, 80), pick(hostile)]);
    return Object.fromEntries(bent);
  }
  return random() < 0.25 ? pick(hostile) : example;
}

/** A body as the route's own description has it, for whatever has no example. */
function sample(shape: Shape): unknown {
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return sample(shape.anyOf[0]!);
  if (shape.type === "object") {
    return Object.fromEntries(
      Object.entries(shape.properties ?? {}).map(([name, inner]) => [name, sample(inner)]),
    );
  }
  if (shape.type === "array") return [sample(shape.items ?? {})];
  if (shape.type === "number" || shape.type === "integer") return 1;
  if (shape.type === "boolean") return true;
  return shape.format === "uuid" ? crypto.randomUUID() : "lead";
}

Deno.test(`hostile requests to every address: never a 5xx, never a partial write (seed ${seed})`, async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const random = mulberry(seed);
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const issued = await admin.post("/keys", {
    org_id: harborLane,
    source_key: "sync:fuzz",
    label: "Fuzz",
    scopes: ["ingest", "validate", "read_issues", "import"],
    calls_per_minute: 100_000,
  });
  const key = apiClient(stack, { "x-integration-key": issued.body.key });
  const nobody = apiClient(stack);
  const { body: description } = await nobody.get("/openapi.json");
  // Ids only: evaluate corrects what an earlier call has written.
  const stateNow = async () =>
    JSON.stringify(
      await sql`
    select (select jsonb_agg(id order by id) from public.leads) as leads, (select count(*) from public.accounts) as accounts,
      (select count(*) from governance.imports) as imports, (select count(*) from governance.import_rows) as import_rows,
      (select jsonb_agg(jsonb_build_array(id, version) order by id) from governance.data_quality_rules) as rules,
      (select jsonb_agg(jsonb_build_array(id, revoked_at) order by id) from governance.waivers) as waivers,
      (select count(*) from governance.integration_keys) as keys, (select count(*) from governance.webhook_endpoints) as webhooks`,
    );

  const callers = (route: Route): readonly ApiClient[] =>
    route.audience === "integration"
      ? [key, admin, nobody]
      : route.scope
      ? [admin, key, nobody]
      : [admin, nobody];
  const address = (route: Route) =>
    route.path.replaceAll(
      /\{\w+\}/g,
      () =>
        random() < 0.5
          ? crypto.randomUUID()
          : encodeURIComponent(String(hostile[Math.floor(random() * hostile.length)]).slice(0, 200) || "x"),
    );
  let calls = 0;
  let written = 0;
  const check = async (client: ApiClient, route: Route, what: string, init: RequestInit, query = "") => {
    const answer = await client.send(address(route) + query, { method: route.method, ...init });
    calls++;
    const said = `${route.method} ${route.path}${query.slice(0, 80)}: ${what}: ${
      JSON.stringify(answer.body).slice(0, 300)
    }`;
    assert(answer.status < 500, `${answer.status} ${said}`);
    if (answer.status >= 400) {
      assertEquals(answer.type, "application/problem+json", said);
      assert(typeof answer.body.code === "string" && answer.body.status === answer.status, said);
      assert(
        !/\bat .*\.ts:\d+|node_modules|sb_secret|eyJhbGci/.test(JSON.stringify(answer.body)),
        `it tells of its inside: ${said}`,
      );
    }
    return answer;
  };

  for (const route of routes) {
    await t.step(`${route.method} ${route.path}`, async () => {
      for (const client of callers(route)) {
        if (route.query || route.method === "GET") {
          for (let run = 0; run < runs; run++) {
            const names = [...Object.keys(route.query?.shape ?? {}), "x"];
            const query = names.filter(() => random() < 0.5).map((name) =>
              `${name}=${
                encodeURIComponent(String(hostile[Math.floor(random() * hostile.length)]).slice(0, 2000))
              }`
            );
            await check(client, route, "query", {}, `?${query.join("&")}`);
          }
          await check(client, route, "broken escape", {}, "?cursor=%E0%A4%A&limit=%");
        }
        if (!route.body) {
          for (let run = 0; run < runs; run++) await check(client, route, "path", {});
          const body = { ...(route.method !== "GET" && { body: "x".repeat(100_000) }) };
          await check(client, route, "a body that nobody asked for", body);
          continue;
        }
        const headers = { "content-type": "application/json" };
        for (const [name, body] of broken) {
          const before = await stateNow();
          const answer = await check(client, route, name, { body, headers });
          assert(answer.status >= 400, name);
          assertEquals(await stateNow(), before, `${name} wrote something`);
        }
        for (
          const type of ["text/csv", "application/x-www-form-urlencoded", "application/json-but-not", ""]
        ) {
          assert(
            (await check(client, route, `content type ${type}`, {
              body: "{}",
              headers: { "content-type": type },
            })).status >= 400,
          );
        }
        const shape = description.paths[route.path][route.method.toLowerCase()].requestBody
          .content["application/json"].schema as Shape;
        const example = route.example?.body ?? sample(shape);
        for (let run = 0; run < runs * 3; run++) {
          const before = await stateNow();
          const body = JSON.stringify(bend(shape, random, example));
          const answer = await check(client, route, body.slice(0, 400), { body, headers });
          if (answer.status >= 400) {
            assertEquals(
              await stateNow(),
              before,
              `refused, and yet something was written: ${body.slice(0, 400)}`,
            );
          }
        }
      }
    });
  }

  for (const entity of ["lead", "account", "deal", "contact", "invoice"]) {
    await t.step(
      `every column of ${entity} with hostile values: what is said to be written is, and nothing else`,
      async () => {
        const columns =
          (await sql`select column_name as name from governance_private.entity_columns(${entity}) order by 1`)
            .map(({ name }) => name as string);
        const [named] = await sql`select governance_private.entity_table(${entity}) as name`;
        const count = async () =>
          Number((await sql.unsafe(`select count(*) from ${named!["name"]}`))[0]!["count"]);
        const post = (path: string, client: ApiClient, body: unknown) =>
          check(client, routes.find((route) => route.path === path)!, entity, {
            body: JSON.stringify(body),
            headers: { "content-type": "application/json" },
          });
        const tally = ({ status, body }: Answer, isInsert: (one: Record<string, unknown>) => boolean) =>
          status === 200 ? body.records.filter(isInsert).length : 0;
        const receipt = (answer: Answer) => tally(answer, ({ operation }) => operation === "insert");
        const taken = (answer: Answer) => tally(answer, ({ outcome }) => outcome === "inserted");
        for (let run = 0; run < runs; run++) {
          const records = Array.from({ length: 40 }, () => ({
            fields: Object.fromEntries(
              columns.filter(() => random() < 0.15)
                .map((name) => [name, hostile[Math.floor(random() * hostile.length)]]),
            ),
          }));
          const call = { entity_type: entity, org_id: harborLane, records };
          let expected = await count();
          await post("/validate", admin, call);
          assertEquals(await count(), expected, "validate writes nothing");
          expected += receipt(await post("/records", admin, call));
          expected += receipt(await post("/records", admin, { ...call, all_or_nothing: false }));
          assertEquals(await count(), expected);
          const sent = records.map(({ fields }, n) => ({
            external_id: `${entity}-${run}-${n}`,
            version: 1,
            fields,
          }));
          expected += taken(await post("/ingest", key, { entity_type: entity, records: sent }));
          assertEquals(await count(), expected);
          assertEquals(taken(await post("/ingest", key, { entity_type: entity, records: sent })), 0);
          written += expected;
        }
      },
    );
  }

  await t.step(
    "what was written by the way is whole: each lead has its audit, and the queue empties",
    async () => {
      await untilDrained(sql);
      const [row] = await sql`select count(*) as unaudited from public.leads l where not exists (
      select from governance.audit_events e where e.entity_type = 'lead' and e.record_key = l.id::text and e.operation = 'insert')`;
      assertEquals(Number(row!["unaudited"]), 0);
      assert(calls > routes.length * runs && written > 0);
      console.log(`      ${calls} calls`);
    },
  );
});
