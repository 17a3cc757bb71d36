import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import postgres from "postgres";
import { freePort, isPortTaken } from "../../local/postgres/mod.ts";
import { portDir, projectDir } from "../../local/state/mod.ts";
import { eventually } from "./platform.ts";

interface Announcement {
  readonly api_url: string;
  readonly functions_url: string;
  readonly db_url: string;
  readonly publishable_key: string;
  readonly secret_key: string;
  readonly users: { email: string; password: string; role: string; org_id: string }[];
}

/** `deno task start` with these flags, as a user or a program starts it. */
function start(...flags: string[]) {
  return launch(Deno.execPath(), ["task", "--quiet", "start", ...flags]);
}

function launch(command: string, args: string[], env: Record<string, string> = {}) {
  const child = new Deno.Command(command, {
    args,
    cwd: projectDir,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  }).spawn();
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  return {
    pid: child.pid,
    stdout,
    stderr,
    kill: (signal: Deno.Signal) => child.kill(signal),
    ready: () =>
      eventually(async () => {
        if (stdout.text.includes("\n")) return await Promise.resolve(JSON.parse(stdout.text) as Announcement);
        if (stdout.ended) throw new Error(`It ended before it was ready:\n${stderr.text}`);
      }, 60),
    async ended() {
      const { code } = await child.status;
      await Promise.all([stdout.done, stderr.done]);
      return code;
    },
  };
}

function collect(stream: ReadableStream<Uint8Array>) {
  const output = { text: "", ended: false, done: Promise.resolve() };
  output.done = (async () => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output.text += text;
    output.ended = true;
  })();
  return output;
}

const portOf = (url: string) => Number(new URL(url).port);

async function nothingListens(announcement: Announcement): Promise<void> {
  await eventually(() => {
    const busy = [announcement.api_url, announcement.db_url].some((url) => isPortTaken(portOf(url)));
    return Promise.resolve(busy ? undefined : true);
  }, 20);
}

/** A port whose state this test may keep, and which is removed at the end. */
async function keptPort() {
  const port = freePort();
  const dir = await portDir(port);
  return { port, dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }).catch(() => {}) };
}

Deno.test("--json prints one line that says all a program needs, and SIGTERM leaves nothing behind", async () => {
  const TMPDIR = await Deno.makeTempDir();
  await Deno.chmod(TMPDIR, 0o711);
  const run = launch(Deno.execPath(), ["task", "--quiet", "start", "--port", "0", "--ephemeral", "--json"], {
    TMPDIR,
  });
  const stack = await run.ready();
  assertEquals(Object.keys(stack), [
    "api_url",
    "functions_url",
    "db_url",
    "publishable_key",
    "secret_key",
    "users",
  ]);
  assertEquals(stack.functions_url, `${stack.api_url}/functions/v1`);
  assertEquals(
    new Set(stack.users.map(({ role }) => role)),
    new Set(["viewer", "member", "steward", "admin"]),
  );

  const { email, password } = stack.users[0]!;
  const signIn = await fetch(`${stack.api_url}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: stack.publishable_key, "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  assertEquals(signIn.status, 200, await signIn.text());

  run.kill("SIGTERM");
  await run.ended();
  await nothingListens(stack);
  assertEquals(run.stdout.text.split("\n").length, 2, "one line and nothing else");
  assertEquals((await Array.fromAsync(Deno.readDir(TMPDIR))).map(({ name }) => name), []);
  await Deno.remove(TMPDIR);
});

Deno.test("kill -9 of the process that runs the stack leaves no Postgres", async () => {
  const run = launch(Deno.execPath(), [
    "run",
    "-A",
    "local/start.ts",
    "--port",
    "0",
    "--ephemeral",
    "--json",
  ]);
  const stack = await run.ready();
  run.kill("SIGKILL");
  await run.ended();
  await nothingListens(stack);
});

Deno.test("kill -9 of a launcher stops the stack that it launched", async () => {
  // deno task in a shell in node, as npx has it
  const script = `require("child_process").spawn("sh", ["-c", ${
    JSON.stringify(`"${Deno.execPath()}" task --quiet start --port 0 --ephemeral --json; true`)
  }], { stdio: "inherit" })`;
  const run = launch("node", ["-e", script]);
  const stack = await run.ready();
  run.kill("SIGKILL");
  await nothingListens(stack);
  await run.ended();
});

Deno.test("a second start on the same port says that the first one runs, and does not disturb it", async () => {
  await using kept = await keptPort();
  const first = start("--port", String(kept.port), "--no-seed", "--json");
  const stack = await first.ready();

  const second = start("--port", String(kept.port), "--json");
  assertEquals(await second.ended(), 1);
  assertEquals(second.stdout.text, "");
  assertStringIncludes(second.stderr.text, `already runs on port ${kept.port}`);

  const beside = start("--port", "0", "--ephemeral", "--no-seed", "--json");
  const other = await beside.ready();
  for (const { db_url } of [stack, other]) {
    const sql = postgres(db_url, { max: 1 });
    assertEquals((await sql`select 1 as one`)[0]?.["one"], 1);
    await sql.end();
  }
  for (const run of [first, beside]) run.kill("SIGINT");
  await Promise.all([first.ended(), beside.ended()]);
  await nothingListens(stack);
});

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "the next start continues with the data, even after everything was killed at once",
  onLinux,
  async () => {
    await using kept = await keptPort();
    const flags = ["--port", String(kept.port), "--no-seed", "--json"];
    const first = start(...flags);
    const before = await first.ready();
    const sql = postgres(before.db_url, { max: 1 });
    await sql`create table public.kept (n int)`;
    await sql`insert into public.kept values (7)`;
    await sql.end();

    // nobody is left to clean up: the launcher, the stack, the guard and Postgres at once
    const [postmaster] = (await Deno.readTextFile(join(kept.dir, "cluster/data/postmaster.pid"))).split("\n");
    const guard = (await Deno.readTextFile(`/proc/${postmaster}/stat`)).split(") ")[1]!.split(" ")[1];
    const [stackPid] = (await Deno.readTextFile(join(kept.dir, "lock"))).split(" ");
    for (const pid of [first.pid, Number(guard), Number(stackPid), Number(postmaster)]) {
      Deno.kill(pid, "SIGKILL");
    }
    await first.ended();
    assert(await Deno.stat(join(kept.dir, "cluster/data/postmaster.pid")), "a crash leaves its pid file");

    const second = start(...flags);
    const after = await second.ready();
    assertEquals([after.publishable_key, after.db_url], [before.publishable_key, before.db_url]);
    const again = postgres(after.db_url, { max: 1 });
    assertEquals((await again`select n from public.kept`)[0]?.["n"], 7);
    await again.end();
    second.kill("SIGINT");
    await second.ended();
  },
);

Deno.test("a start after an applied migration has changed names it and --reset, and changes nothing", async () => {
  await using kept = await keptPort();
  const flags = ["--port", String(kept.port), "--no-seed", "--json"];
  const first = start(...flags);
  const { db_url } = await first.ready();
  const sql = postgres(db_url, { max: 1 });
  await sql`create table public.kept (n int)`;
  // as if the file had said something else when it was applied
  const [changed] = await sql`
    update supabase_migrations.schema_migrations set statements = statements || '{select 1}'
    where version = (select min(version) from supabase_migrations.schema_migrations)
    returning version, name`;
  await sql.end();
  first.kill("SIGINT");
  await first.ended();

  const second = start(...flags);
  assertEquals(await second.ended(), 1);
  assertEquals(second.stdout.text, "");
  assertStringIncludes(second.stderr.text, `${changed?.["version"]}_${changed?.["name"]}.sql`);
  assertStringIncludes(second.stderr.text, "--reset");

  const third = start(...flags, "--reset");
  const stack = await third.ready();
  const anew = postgres(stack.db_url, { max: 1 });
  assertEquals((await anew`select to_regclass('public.kept') as kept`)[0]?.["kept"], null);
  await anew.end();
  third.kill("SIGINT");
  await third.ended();
});

Deno.test("a start right after Ctrl-C waits for the end of the one before", async () => {
  await using kept = await keptPort();
  const flags = ["--port", String(kept.port), "--no-seed", "--json"];
  const first = start(...flags);
  await first.ready();
  const [stackPid] = (await Deno.readTextFile(join(kept.dir, "lock"))).split(" ");
  Deno.kill(Number(stackPid), "SIGINT");
  const second = start(...flags);
  await second.ready();
  second.kill("SIGINT");
  await Promise.all([first.ended(), second.ended()]);
});

Deno.test("an unknown flag is named, and nothing is started", async () => {
  const run = start("--ephemerall", "--port", "0");
  assertEquals(await run.ended(), 2);
  assertStringIncludes(run.stderr.text, `"--ephemerall"`);
  const badPort = start("--port", "http");
  assertEquals(await badPort.ended(), 2);
  assertStringIncludes(badPort.stderr.text, `not "http"`);
});
