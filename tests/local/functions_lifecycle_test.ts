import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { startFunctions } from "../../local/functions/mod.ts";
import { fixtureProject, isAlive, startFunctionsTrial } from "./functions_trial.ts";
import { eventually } from "./platform.ts";

Deno.test("a function is reloaded when a file that it imports changes; calls under way finish on the old code", async () => {
  await using trial = await startFunctionsTrial();
  const version = async (path = "echo") => (await (await trial.call(path)).json()).version;
  assertEquals(await version(), "one");
  // The files are listed after the first start.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const underWay = version("echo?wait=1500");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await trial.write("_shared/version.ts", 'export const version = "two";\n');
  await eventually(async () => await version() === "two" || undefined, 5);
  assertEquals(await underWay, "one");
  assert(await trial.functions.idle());
  await eventually(() => {
    const { pids } = trial.functions.stats().find(({ name }) => name === "echo")!;
    return Promise.resolve(pids.length === 1 || undefined);
  });
});

Deno.test("a new function and a changed setting need no restart", async () => {
  await using trial = await startFunctionsTrial();
  assertEquals((await trial.text("late"))[0], 404);
  await Deno.mkdir(join(trial.projectDir, "supabase/functions/late"));
  await trial.write("late/index.ts", 'export default { fetch: () => new Response("here") };\n');
  assertEquals((await trial.text("late"))[0], 401, "without a setting it asks for a token");
  const configToml = join(trial.projectDir, "supabase/config.toml");
  await Deno.writeTextFile(configToml, "\n[functions.late]\nverify_jwt = false\n", { append: true });
  await eventually(async () => (await trial.text("late"))[1] === "here" || undefined, 5);
});

Deno.test("a mistake in config.toml is logged, and what was valid goes on", async () => {
  await using trial = await startFunctionsTrial();
  assertEquals((await trial.text("echo"))[0], 200);
  await Deno.writeTextFile(join(trial.projectDir, "supabase/config.toml"), "[functions\n", { append: true });
  await eventually(
    () => Promise.resolve(trial.logged.some(({ level }) => level === "error") || undefined),
    5,
  );
  assertEquals((await trial.text("echo"))[0], 200);
});

Deno.test("stopping leaves no process behind", async () => {
  const functions = await startFunctions({ projectDir: fixtureProject, env: {}, log: () => {} });
  const call = (path: string) => functions.fetch(new Request(`http://127.0.0.1:54321/functions/v1/${path}`));
  await (await call("echo")).text();
  const spinning = call("spins");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const pids = functions.stats().flatMap(({ pids }) => pids);
  assertEquals(pids.length, 2);
  await functions.stop(300);
  assertEquals((await spinning).status, 503);
  assertEquals(pids.filter(isAlive), []);
});

Deno.test("functions end with their parent, even when it is killed and they compute without end", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fromFileUrl(new URL("../fixtures/functions/parent.ts", import.meta.url))],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = parent.stdout.getReader();
  const pids: number[] = JSON.parse(new TextDecoder().decode((await reader.read()).value));
  assertNotEquals(pids.length, 0);
  assertEquals(pids.filter(isAlive), pids);
  parent.kill("SIGKILL");
  await parent.status;
  await reader.cancel();
  await eventually(() => Promise.resolve(pids.some(isAlive) ? undefined : true), 5);
});
