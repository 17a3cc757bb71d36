import { assert, assertEquals, assertMatch } from "@std/assert";
import { startFunctionsTrial } from "./functions_trial.ts";

Deno.test("both forms of a function answer, below their own path", async () => {
  await using trial = await startFunctionsTrial();
  const response = await trial.call("echo/deeper?x=1", {
    method: "POST",
    body: "hello",
    headers: { "x-mine": "kept", "accept-encoding": "gzip" },
  });
  const { method, pathname, search, host, body, headers } = await response.json();
  assertEquals({ method, pathname, search, host, body }, {
    method: "POST",
    pathname: "/echo/deeper",
    search: "?x=1",
    host: "127.0.0.1:54321",
    body: "hello",
  });
  assertEquals([headers["x-mine"], headers["accept-encoding"]], ["kept", "gzip"]);
  assertEquals(Object.keys(headers).filter((name) => name.startsWith("x-edge")), []);
  assertEquals(await trial.text("serve"), [200, "served"]);
  assertEquals(await trial.text("serve?throw"), [418, "own error page"]);
});

Deno.test("what is no function is not found", async () => {
  await using trial = await startFunctionsTrial();
  for (const path of ["nothing", "_shared", "switched-off", "..%2Fconfig.toml", ""]) {
    const response = await trial.call(path);
    assertEquals([response.status, response.headers.get("sb-error-code")], [404, "NOT_FOUND"], path);
    await response.body?.cancel();
  }
  assertEquals((await trial.call("echo", { method: "PROPFIND" })).status, 405);
  const names = trial.functions.stats().map(({ name }) => name);
  assert(names.includes("echo") && !names.includes("_shared") && !names.includes("switched-off"));
});

Deno.test("a function has hosted's environment and permissions, and nothing of this machine", async () => {
  await using trial = await startFunctionsTrial();
  const { env, ...permissions } = await (await trial.call("environment")).json();
  assertEquals(env.SUPABASE_URL, "http://127.0.0.1:54321");
  assertEquals(JSON.parse(env.SUPABASE_SECRET_KEYS), { default: "sb_secret_test" });
  assertEquals(env.DOORBELL_TOKEN, "ding-dong");
  assertEquals(env.SUPABASE_FUNCTION_SLUG, "environment");
  assertMatch(env.SB_EXECUTION_ID, /^[0-9a-f-]{36}$/);
  assertEquals(["HOME", "PATH", "USER", "EDGE_TOKEN"].filter((name) => name in env), []);
  assertEquals(permissions, { readOwn: "allowed", readOther: "refused", write: "refused", run: "refused" });
});

Deno.test("verify_jwt lets in users and keys of the project only", async () => {
  await using trial = await startFunctionsTrial();
  const status = async (headers: Record<string, string>, method = "POST") => {
    const response = await trial.call("guarded", { method, headers });
    await response.body?.cancel();
    return [response.status, response.headers.get("sb-error-code")];
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  assertEquals(await status({}), [401, "UNAUTHORIZED_NO_AUTH_HEADER"]);
  assertEquals(await status({ authorization: "Basic abc" }), [401, "UNAUTHORIZED_INVALID_JWT_FORMAT"]);
  assertEquals(await status(bearer("garbage")), [401, "UNAUTHORIZED_INVALID_JWT_FORMAT"]);
  assertEquals(await status(bearer(`${btoa('{"alg":"HS256"}')}.e30.x`)), [401, "UNAUTHORIZED_LEGACY_JWT"]);
  assertEquals(await status(bearer(`${btoa('{"alg":"none"}')}.e30.`)), [
    401,
    "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM",
  ]);
  assertEquals(await status(bearer(await trial.token({ exp: 1 }).then((t) => `${t}x`))), [
    401,
    "UNAUTHORIZED_ASYMMETRIC_JWT",
  ]);
  assertEquals(await status({ apikey: "sb_secret_guessed" }), [401, "UNAUTHORIZED_NO_AUTH_HEADER"]);
  assertEquals(await status(bearer(await trial.token())), [200, null]);
  assertEquals(await status({ apikey: "sb_publishable_test" }), [200, null]);
  assertEquals(await status(bearer("sb_secret_test")), [200, null]);
  assertEquals(await status({}, "OPTIONS"), [200, null], "a browser asks without credentials");
});

Deno.test("background work runs on after the answer, and stopping waits for it", async () => {
  await using trial = await startFunctionsTrial();
  assertEquals(await trial.text("background?ms=150"), [202, ""]);
  assertEquals(await trial.text("background?finished"), [200, '{"finished":0}']);
  assertEquals(trial.functions.stats().find(({ name }) => name === "background")?.busy, 1);
  assert(await trial.functions.idle());
  assertEquals(await trial.text("background?finished"), [200, '{"finished":1}']);
  await trial.text("background?ms=50&fail");
  assert(await trial.functions.idle());
  assertEquals(await trial.text("background?finished"), [200, '{"finished":1}'], "a failure harms nobody");

  await trial.text("background?ms=300");
  await trial.functions.stop();
  const printed = trial.logged.filter(({ kind }) => kind === "console").map(({ message }) => message);
  assertEquals(printed.filter((line) => line === "background finished").length, 2);
  assert(
    printed.indexOf("about to end") < printed.lastIndexOf("background finished"),
    "it is told beforehand",
  );
  assertEquals((await trial.text("background"))[0], 503);
});

Deno.test("bodies are streamed both ways", async () => {
  await using trial = await startFunctionsTrial();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const answer = trial.call("echo/stream", { method: "POST", body: readable });
  await writer.write(new TextEncoder().encode("first"));
  const response = await answer;
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "first", "before the request has ended");
  await writer.write(new TextEncoder().encode("second"));
  await writer.close();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
  assertEquals(rest, "second");
});

Deno.test("several calls of one function run at once", async () => {
  await using trial = await startFunctionsTrial();
  await trial.text("echo");
  const begun = performance.now();
  const calls = Array.from({ length: 10 }, () => trial.text("echo?wait=200"));
  assertEquals((await Promise.all(calls)).map(([status]) => status), Array(10).fill(200));
  assert(performance.now() - begun < 2_000, "one after the other would take longer");
});

Deno.test("hosted serves no pages: an HTML answer to GET becomes plain text", async () => {
  await using trial = await startFunctionsTrial();
  const read = await trial.call("html");
  assertEquals([read.headers.get("content-type"), await read.text()], ["text/plain", "<h1>hello</h1>"]);
  const posted = await trial.call("html", { method: "POST" });
  assertMatch(posted.headers.get("content-type") ?? "", /^text\/html/);
  await posted.body?.cancel();
});
