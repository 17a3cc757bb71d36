import { assert, assertEquals } from "@std/assert";
import { startFunctionsTrial } from "./functions_trial.ts";

async function outcome(answer: Promise<Response>): Promise<readonly [number, string | null]> {
  const response = await answer;
  await response.body?.cancel();
  return [response.status, response.headers.get("sb-error-code")];
}

Deno.test("a function that throws answers 500 and goes on", async () => {
  await using trial = await startFunctionsTrial();
  assertEquals(await outcome(trial.call("throws")), [500, "EDGE_FUNCTION_ERROR"]);
  assertEquals(await outcome(trial.call("throws")), [500, "EDGE_FUNCTION_ERROR"]);
  const stats = trial.functions.stats().find(({ name }) => name === "throws")!;
  assertEquals([stats.calls, stats.failed, stats.boots], [2, 2, 1]);
  assert(trial.logged.some(({ message }) => message.includes("thrown on purpose")));
});

Deno.test("an error that nobody catches ends the process with 500, and the next call has a new one", async () => {
  await using trial = await startFunctionsTrial();
  assertEquals(await outcome(trial.call("crashes")), [500, "WORKER_ERROR"]);
  assertEquals(await outcome(trial.call("crashes")), [500, "WORKER_ERROR"]);
  assertEquals(trial.functions.stats().find(({ name }) => name === "crashes")?.boots, 2);
});

Deno.test("a function that does not load answers 503 until it does", async () => {
  await using trial = await startFunctionsTrial();
  assertEquals(await outcome(trial.call("broken")), [503, "BOOT_ERROR"]);
  assert(trial.logged.some(({ level, message }) => level === "error" && message.includes("nothing.ts")));
  await trial.write("_shared/nothing.ts", 'export const nothing = "something";\n');
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  assertEquals(await trial.text("broken"), [200, "something"]);
});

Deno.test("a call that gives no answer gets 504, and others of the same function are served by a new process", async () => {
  await using trial = await startFunctionsTrial({ idleMs: 500 });
  const hanging = outcome(trial.call("hangs"));
  assertEquals(await trial.text("hangs?quick"), [200, "quick"]);
  assertEquals(await hanging, [504, "IDLE_TIMEOUT"]);
  assertEquals(await trial.text("hangs?quick"), [200, "quick"]);
  assertEquals(trial.functions.stats().find(({ name }) => name === "hangs")?.boots, 2);
});

for (
  const [memory, path] of [["heap", "hungry"], ["memory outside of the heap", "hungry?outside"]] as const
) {
  Deno.test(`using up the ${memory} answers 546 and harms no other function`, async () => {
    await using trial = await startFunctionsTrial({ memoryMb: 128 });
    await trial.text("echo");
    const hungry = outcome(trial.call(path));
    const others = Array.from({ length: 5 }, () => trial.text("echo?wait=50"));
    assertEquals((await Promise.all(others)).map(([status]) => status), [200, 200, 200, 200, 200]);
    assertEquals(await hungry, [546, "WORKER_RESOURCE_LIMIT"]);
    assertEquals((await trial.text("echo"))[0], 200);
  });
}

Deno.test("CPU is measured for each call, and too much of it reported", async () => {
  await using trial = await startFunctionsTrial({ cpuSoftMs: 1_200 });
  await trial.text("echo?wait=300");
  const waited = trial.functions.stats().find(({ name }) => name === "echo")!;
  assert(waited.lastCpuMs < 100, `waiting costs nothing: ${waited.lastCpuMs} ms`);
  await trial.text("spins?ms=400");
  await trial.functions.idle();
  const spun = trial.functions.stats().find(({ name }) => name === "spins")!;
  assert(spun.lastCpuMs > 300 && spun.lastCpuMs < 1_000, `${spun.lastCpuMs} ms`);
  assert(
    trial.logged.some(({ kind, message }) => kind === "call" && /^GET \/spins 200, .*CPU \d/.test(message)),
  );
  await trial.text("spins?ms=2500");
  await trial.functions.idle();
  assertEquals(trial.functions.stats().find(({ name }) => name === "spins")?.overCpu, 1);
  assert(trial.logged.some(({ message }) => message.includes("more than 1200 ms of CPU")));
});

Deno.test("a function that computes without end is ended with 546", async () => {
  await using trial = await startFunctionsTrial({ cpuSoftMs: 100, cpuHardMs: 400 });
  assertEquals(await outcome(trial.call("spins")), [546, "WORKER_RESOURCE_LIMIT"]);
  assertEquals(await trial.text("spins?ms=1"), [200, "done"]);
});

Deno.test("background work is not kept up for longer than the wall clock limit", async () => {
  await using trial = await startFunctionsTrial({ wallMs: 500 });
  assertEquals(await trial.text("background?ms=60000"), [202, ""]);
  assert(await trial.functions.idle(5_000));
  assert(trial.logged.some(({ message }) => message.includes("busy for more than 500 ms")));
});
