import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  classifyFailure,
  DatabaseCallError,
} from "../../../supabase/functions/_shared/database_call_error.ts";
import { ConfigurationMissingError, Environment } from "../../../supabase/functions/_shared/env.ts";
import { GovernanceClient } from "../../../supabase/functions/_shared/governance_client.ts";
import { batch } from "./build.ts";

/** A client whose requests are answered by a function. */
function clientOf(answer: (request: Request) => Response | Promise<Response>): GovernanceClient {
  return new GovernanceClient({
    url: "http://localhost",
    secretKey: "sb_secret_test",
    fetch: (input, init) => Promise.resolve(answer(new Request(input, init))),
  });
}

Deno.test("the client calls the SQL functions of schema governance with the key in apikey alone", async () => {
  const seen: { path: string; body: unknown; headers: Headers }[] = [];
  const client = clientOf(async (request) => {
    seen.push({ path: new URL(request.url).pathname, body: await request.json(), headers: request.headers });
    return Response.json(
      seen.at(-1)?.path.endsWith("heartbeat")
        ? true
        : seen.at(-1)?.path.endsWith("claim_changes")
        ? null
        : {},
    );
  });
  await client.claimChanges(10, { lead: "3" });
  await client.heartbeat("l");
  await client.applyVerdicts(batch(["a"]), []);
  await client.failChanges("l", ["a"], "why");
  await client.releaseChanges("l");
  await client.ringDoorbell();
  assertEquals(seen.map(({ path, body }) => [path, body]), [
    ["/rest/v1/rpc/claim_changes", { p_limit: 10, p_known_versions: { lead: "3" } }],
    ["/rest/v1/rpc/heartbeat", { p_lease_id: "l" }],
    ["/rest/v1/rpc/apply_verdicts", {
      p_lease_id: "lease",
      p_entity_type: "lead",
      p_rules_version: "1",
      p_verdicts: [],
    }],
    ["/rest/v1/rpc/fail_changes", { p_lease_id: "l", p_keys: ["a"], p_error: "why" }],
    ["/rest/v1/rpc/release_changes", { p_lease_id: "l" }],
    ["/rest/v1/rpc/ring_doorbell", {}],
  ]);
  for (const { headers } of seen) {
    assertEquals([headers.get("apikey"), headers.get("authorization"), headers.get("content-profile")], [
      "sb_secret_test",
      null,
      "governance",
    ]);
  }
});

Deno.test("the client tells what was refused from what was not reached", async () => {
  const rows: [() => Response, string][] = [
    [() => Response.json({ code: "22P02", message: "no uuid" }, { status: 400 }), "refused"],
    [() => Response.json({ code: "PT422", message: "violated" }, { status: 422 }), "refused"],
    [() => Response.json({ code: "XX000", message: "internal" }, { status: 500 }), "refused"],
    [() => Response.json({ code: "PGRST202", message: "no function" }, { status: 404 }), "refused"],
    [() => Response.json({ code: "40001", message: "serialization" }, { status: 500 }), "unreachable"],
    [() => Response.json({ code: "57014", message: "timeout" }, { status: 500 }), "unreachable"],
    [() => Response.json({ code: "PGRST003", message: "no connection" }, { status: 504 }), "unreachable"],
    [() => new Response("bad gateway", { status: 502 }), "unreachable"],
    [() => {
      throw new TypeError("connection refused");
    }, "unreachable"],
    [() => Response.json("yes"), "refused"],
  ];
  for (const [answer, kind] of rows) {
    const error = await assertRejects(() => clientOf(answer).heartbeat("l"), DatabaseCallError);
    assertEquals(error.failure, kind, error.message);
  }
});

Deno.test("a failure without SQLSTATE is judged by its status", () => {
  assertEquals(
    [0, 408, 429, 500, 503].map((status) => classifyFailure(status, "")),
    Array(5).fill("unreachable"),
  );
  assertEquals(
    [400, 401, 403, 404, 422].map((status) => classifyFailure(status, "")),
    Array(5).fill("refused"),
  );
});

Deno.test("settings that are missing or unreadable are named", () => {
  const read = (values: Record<string, string>) => new Environment((name) => values[name]);
  const named = (values: Record<string, string>, use: (environment: Environment) => unknown) =>
    assertThrows(() => use(read(values)), ConfigurationMissingError).variable;
  assertEquals(named({}, (environment) => environment.require("A")), "A");
  assertEquals(named({ A: "" }, (environment) => environment.require("A")), "A");
  for (const keys of ["", "not json", "null", '{"a":"1","b":"2"}', "{}"]) {
    assertEquals(
      named({ SUPABASE_SECRET_KEYS: keys }, (environment) => environment.secretKey()),
      "SUPABASE_SECRET_KEYS",
    );
  }
  for (const number of ["0", "-1", "1.5", "many", "9999999999"]) {
    assertEquals(named({ N: number }, (environment) => environment.positiveInteger("N", 5)), "N");
  }
  assertEquals(read({ SUPABASE_SECRET_KEYS: '{"other":"1"}' }).secretKey(), "1");
  assertEquals(read({ SUPABASE_SECRET_KEYS: '{"other":"1","default":"2"}' }).secretKey(), "2");
  assertEquals([read({}).positiveInteger("N", 5), read({ N: "7" }).positiveInteger("N", 5)], [5, 7]);
});
