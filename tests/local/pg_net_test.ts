import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { startNetWorker } from "../../local/pg_net/mod.ts";
import { freePort } from "../../local/postgres/mod.ts";
import { eventually, startPlatform } from "./platform.ts";

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

function startReceiver(
  answer: (request: Received) => Response | Promise<Response> = () => new Response("ok"),
) {
  const received: Received[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const entry = {
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: await request.text(),
    };
    received.push(entry);
    return await answer(entry);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    received,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function startWorker(url: string, options: { pauseMs?: number; batchSize?: number } = {}) {
  const worker = startNetWorker({ adminUrl: url, ...options });
  await delay(0);
  return { [Symbol.asyncDispose]: () => worker.stop() };
}

Deno.test("a request leaves when its transaction has committed, and not before", async () => {
  await using platform = await startPlatform();
  await using receiver = startReceiver();
  await using _worker = await startWorker(platform.server.url("supabase_admin"));
  await platform.sql`select net.wait_until_running()`;
  await delay(1200); // until the worker sleeps: what wakes it must be the commit

  let sentInside = -1;
  const committed = await platform.sql.begin(async (sql) => {
    await sql`select net.http_post(${receiver.url} || '/hook', '{"a": 1}', headers => '{"x-token": "t"}')`;
    await delay(500);
    sentInside = receiver.received.length;
    return performance.now();
  });
  const request = await eventually(() => Promise.resolve(receiver.received[0]));
  assertEquals(sentInside, 0);
  assert(performance.now() - committed < 500, "a committed request waits for nothing");
  assertEquals([request.method, request.path, request.body], ["POST", "/hook", '{"a": 1}']);
  assertEquals(request.headers.get("x-token"), "t");
  assertEquals(request.headers.get("content-type"), "application/json");
});

Deno.test("a request that was rolled back never leaves", async () => {
  await using platform = await startPlatform();
  await using receiver = startReceiver();
  await using _worker = await startWorker(platform.server.url("supabase_admin"));
  await platform.sql.begin(async (sql) => {
    await sql`select net.http_get(${receiver.url} || '/never')`;
    throw new Error("rolled back");
  }).catch(() => {});
  await platform.sql`select net.http_get(${receiver.url} || '/after', params => '{"q": "a b"}')`;
  await eventually(() => Promise.resolve(receiver.received[0]));
  assertEquals(receiver.received.map(({ path }) => path), ["/after?q=a%20b"]);
});

Deno.test("the answer lands in net._http_response, whatever its status", async () => {
  await using platform = await startPlatform();
  await using receiver = startReceiver(({ path }) =>
    Response.json({ path }, { status: path === "/bad" ? 500 : 200 })
  );
  await using _worker = await startWorker(platform.server.url("supabase_admin"));
  const { sql } = platform;
  await sql`select net.http_post(${receiver.url} || '/good'), net.http_delete(${receiver.url} || '/bad')`;
  const answers = await eventually(async () => {
    const rows = await sql`
      select status_code, content_type, content::jsonb ->> 'path' as path, timed_out, error_msg
      from net._http_response order by id`;
    return rows.length === 2 ? rows.map((row) => ({ ...row })) : undefined;
  });
  const expected = { content_type: "application/json", timed_out: false, error_msg: null };
  assertEquals(answers, [
    { ...expected, status_code: 200, path: "/good" },
    { ...expected, status_code: 500, path: "/bad" },
  ]);
  const [result] = await sql`select (net._http_collect_response(1)).status`;
  assertEquals(result?.["status"], "SUCCESS");
});

Deno.test("a request that fails is recorded and not sent again", async () => {
  await using platform = await startPlatform();
  let dropped = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of listener) {
      dropped += 1;
      connection.close();
    }
  })();
  await using _worker = await startWorker(platform.server.url("supabase_admin"), { pauseMs: 50 });
  const { sql } = platform;
  const { port } = listener.addr as Deno.NetAddr;
  await sql`select net.http_get(${`http://127.0.0.1:${port}/`}), net.http_get(${`http://127.0.0.1:${freePort()}/`})`;
  const answers = await eventually(async () => {
    const rows = await sql`select status_code, timed_out, error_msg from net._http_response order by id`;
    return rows.length === 2 ? rows : undefined;
  });
  assertEquals(answers.map((row) => [row["status_code"], row["timed_out"]]), [[null, false], [null, false]]);
  assertEquals(answers[1]?.["error_msg"], "Couldn't connect to server");
  await delay(500);
  assertEquals(dropped, 1);
  assertEquals((await sql`select * from net.http_request_queue`).length, 0);
  listener.close();
  await accepting;
});

Deno.test("a request ends at its timeout, and one slow answer holds up its batch and everybody behind it", async () => {
  await using platform = await startPlatform();
  await using receiver = startReceiver(async ({ path }) => {
    if (path === "/slow") await delay(2000);
    return new Response("ok");
  });
  await using _worker = await startWorker(platform.server.url("supabase_admin"), { pauseMs: 50 });
  const { sql } = platform;
  const started = performance.now();
  await sql`select net.http_get(${receiver.url} || '/slow', timeout_milliseconds => 700)`;
  await eventually(() => Promise.resolve(receiver.received[0]));
  await sql`select net.http_get(${receiver.url} || '/quick')`;
  await eventually(() => Promise.resolve(receiver.received[1]));
  const waited = performance.now() - started;
  assert(waited > 700, `the quick one left after ${waited} ms, before the slow one had timed out`);
  const [slow] = await eventually(async () => {
    const rows = await sql`select timed_out, error_msg, status_code from net._http_response where id = 1`;
    return rows.length === 1 ? rows : undefined;
  });
  assertEquals([slow?.["timed_out"], slow?.["status_code"]], [true, null]);
  assertStringIncludes(slow?.["error_msg"], "Timeout of 700 ms reached");
  await delay(1500); // the receiver's slow handler must be done before it is shut down
});

Deno.test("each batch is a transaction of its own", async () => {
  await using platform = await startPlatform();
  await using receiver = startReceiver();
  await using _worker = await startWorker(platform.server.url("supabase_admin"), {
    batchSize: 10,
    pauseMs: 50,
  });
  await platform.sql`select net.http_get(${receiver.url}) from generate_series(1, 25)`;
  const batches = await eventually(async () => {
    const rows = await platform.sql`
      select count(*)::integer as answers from net._http_response group by created order by created`;
    return rows.reduce((sum, { answers }) => sum + answers, 0) === 25 ? rows : undefined;
  });
  assertEquals(batches.map(({ answers }) => answers), [10, 10, 5]);
  assertEquals(receiver.received.length, 25);
});

Deno.test("the worker goes on after Postgres has crashed", async () => {
  await using platform = await startPlatform();
  await using receiver = startReceiver();
  await using _worker = await startWorker(platform.server.url("supabase_admin"));
  await platform.server.restart("immediate");
  await eventually(async () => {
    await platform.sql`select net.http_get(${receiver.url} || '/after')`.catch(() => {});
    return receiver.received[0];
  });
  assertEquals(receiver.received[0]?.path, "/after");
});

Deno.test("every SQL user may queue a request, and nobody may put a trigger on the queue", async () => {
  await using platform = await startPlatform();
  await platform.sql.begin(async (sql) => {
    await sql`set local role anon`;
    await sql`select net.http_get('http://127.0.0.1:1/')`;
    assertEquals((await sql`select * from net.http_request_queue`).length, 1);
  });
  const error = await platform.sql`
    create trigger mine after insert on net.http_request_queue
    execute function suppress_redundant_updates_trigger()`.catch((error) => error.message);
  assertStringIncludes(error, "permission denied");
});
