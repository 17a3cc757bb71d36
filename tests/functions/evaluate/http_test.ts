import { assertEquals } from "@std/assert";
import { backgroundSettled } from "../../../supabase/functions/_shared/background.ts";
import evaluate from "../../../supabase/functions/evaluate/index.ts";

const call = (method: string, headers: Record<string, string> = {}) =>
  evaluate.fetch(new Request("http://localhost/functions/v1/evaluate", { method, headers }));

// One process answers all of them, so the order matters: first without its settings, then with them.
Deno.test("evaluate answers a doorbell at once, and refuses everybody else", async (t) => {
  const printed: string[] = [];
  const { error, log } = console;
  console.error = (line: string) => printed.push(line);
  console.log = (line: string) => printed.push(line);
  try {
    await t.step("a missing variable is named in the log, not in the answer", async () => {
      const response = await call("POST");
      assertEquals([response.status, (await response.json()).code], [500, "configuration-missing"]);
      assertEquals(
        JSON.parse(printed.at(-1) ?? "{}").error,
        "The environment variable SUPABASE_URL is not set.",
      );
    });
    // Nobody listens on port 1: the drain in the background finds no database, and only says so.
    Deno.env.set("SUPABASE_URL", "http://127.0.0.1:1");
    Deno.env.set("SUPABASE_SECRET_KEYS", '{"default":"sb_secret_test"}');
    Deno.env.set("DOORBELL_TOKEN", "right");
    await t.step("only POST is answered", async () => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const response = await call(method, { "x-doorbell-token": "right" });
        await response.body?.cancel();
        assertEquals([response.status, response.headers.get("allow")], [405, "POST"], method);
      }
    });
    await t.step("a wrong or missing token rings nothing", async () => {
      for (const token of ["wrong", "", "righ", "rightt", "RIGHT"]) {
        const response = await call("POST", { "x-doorbell-token": token });
        assertEquals([response.status, (await response.json()).code], [401, "not-signed-in"], token);
      }
      const response = await call("POST", { authorization: "Bearer right" });
      await response.body?.cancel();
      assertEquals(response.status, 401);
    });
    await t.step("the right token is answered before the work is done", async () => {
      const before = performance.now();
      const response = await call("POST", { "x-doorbell-token": "right" });
      assertEquals([response.status, await response.json()], [202, { status: "accepted" }]);
      assertEquals(performance.now() - before < 1000, true);
      await backgroundSettled();
      assertEquals(JSON.parse(printed.at(-1) ?? "{}").message, "The drain stopped.");
    });
  } finally {
    Object.assign(console, { error, log });
    for (const name of ["SUPABASE_URL", "SUPABASE_SECRET_KEYS", "DOORBELL_TOKEN"]) Deno.env.delete(name);
  }
});
