import { assert, assertEquals } from "@std/assert";
import { openApiPath, openApiText } from "../../../local/tasks/openapi.ts";
import { routes } from "../../../supabase/functions/governance-api/routes/mod.ts";
import { harborLane, openSql, untilDrained } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs, apiClient } from "./support.ts";

Deno.test("docs/openapi.json is what the routes say now: deno task openapi writes it", async () => {
  assertEquals(await Deno.readTextFile(openApiPath), openApiText());
});

Deno.test("every operation has a name of its own, and every reference leads somewhere", () => {
  const text = openApiText();
  const names = routes.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const [, place = ""] of text.matchAll(/"\$ref": "#\/([^"]+)"/g)) {
    const target = place.split("/").reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step],
      JSON.parse(text),
    );
    assert(target !== undefined, place);
  }
});

Deno.test("the examples of the description are answered, each as the description has it", async () => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`insert into public.leads ${
    sql({ org_id: harborLane, first_name: "Ann", last_name: "Lee", company: "A", email: "no address" })
  }`;
  await untilDrained(sql);
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const issued = await admin.post("/keys", {
    org_id: harborLane,
    source_key: "sync:examples",
    label: "Examples",
    scopes: ["ingest"],
  });
  const integration = apiClient(stack, { "x-integration-key": issued.body.key });
  const [issue] = (await admin.get("/issues?limit=1")).body.issues;
  const known: Record<string, string> = { issue_id: issue.id };
  let answered = 0;
  for (const route of routes) {
    if (route.example === undefined) continue;
    const client = route.audience === "integration" ? integration : admin;
    const address = route.path.replaceAll(/\{(\w+)\}/g, (_, name) => known[name] ?? crypto.randomUUID());
    const { status, body } = await client.send(address, {
      method: route.method,
      body: JSON.stringify(route.example.body),
      headers: { "content-type": "application/json" },
    });
    // An example about something that only its own tests can make says so by its code.
    if (!/\{(?!issue_id)/.test(route.path)) {
      assertEquals(status, route.status ?? 200, `${route.method} ${route.path}: ${JSON.stringify(body)}`);
      assert(route.answer.safeParse(body).success, `${route.method} ${route.path}`);
    }
    answered++;
  }
  assert(answered >= 6);
});
