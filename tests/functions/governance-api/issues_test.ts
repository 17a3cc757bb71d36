import { assertEquals } from "@std/assert";
import { startTestStack } from "../../helpers/stack.ts";
import { harborLane, openSql, until, untilDrained } from "../../flow/support.ts";
import { apiAs, apiClient } from "./support.ts";

Deno.test("issues are listed, worked on and undone through the API with the caller's own rights", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`insert into public.leads ${
    sql(Array.from({ length: 5 }, (_, index) => ({
      org_id: harborLane,
      first_name: "Ann",
      last_name: `Lee ${index}`,
      company: "Acme",
      email: "not an address",
      country: "Philipines",
    })))
  }`;
  await untilDrained(sql);
  const open = async () =>
    Number(
      (await sql`select count(*) from governance.data_quality_issues where status = 'open'`)[0]!["count"],
    );
  await until("there are issues", 20_000, async () => await open() >= 5);
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const viewer = await apiAs(stack, "viewer@harbor-lane.example.com");
  const outsider = await apiAs(stack, "admin@kestrel.example.com");

  await t.step("page by page, every issue comes exactly once and most urgent first", async () => {
    const seen: { id: string; severity: string }[] = [];
    let cursor = "";
    for (let page = 0; page < 50; page++) {
      const { status, body } = await steward.get(`/issues?limit=2${cursor}`);
      assertEquals(status, 200);
      seen.push(...body.issues);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    assertEquals(seen.length, await open());
    assertEquals(new Set(seen.map(({ id }) => id)).size, seen.length);
    const ranks = seen.map(({ severity }) => ["critical", "high", "medium", "low"].indexOf(severity));
    assertEquals(ranks, ranks.toSorted());
  });

  await t.step("nobody sees another organization's issues, and a stranger none", async () => {
    assertEquals((await outsider.get("/issues")).body.issues, []);
    const answer = await apiClient(stack, { apikey: stack.publishableKey }).get("/issues");
    assertEquals([answer.status, answer.type, answer.body.code], [
      401,
      "application/problem+json",
      "not-signed-in",
    ]);
    const forged = await apiClient(stack, { authorization: "Bearer e30.e30.e30" }).get("/issues");
    assertEquals([forged.status, forged.body.code], [401, "not-signed-in"]);
  });

  const [issue] = (await steward.get("/issues?limit=1")).body.issues;
  await t.step("what SQL refuses arrives as a problem with SQL's words", async () => {
    const refused = await viewer.post(`/issues/${issue.id}/ignore`, { reason: "x" });
    assertEquals([refused.status, refused.body.code], [403, "not-allowed"]);
    assertEquals(
      refused.body.detail,
      "You cannot ignore this issue: that takes the role steward in this organization.",
    );
    const hidden = await outsider.post(`/issues/${issue.id}/ignore`, { reason: "x" });
    assertEquals([hidden.status, hidden.body.code], [404, "not-found"]);
  });

  await t.step("a steward ignores, reopens and assigns", async () => {
    const reason = "Agreed with the customer.";
    assertEquals((await steward.post(`/issues/${issue.id}/ignore`, { reason })).status, 200);
    assertEquals(
      (await steward.get(`/issues?status=ignored`)).body.issues.map(({ id }: { id: string }) => id),
      [
        issue.id,
      ],
    );
    assertEquals((await steward.post(`/issues/${issue.id}/reopen`, {})).status, 200);
    const user_id = stack.users.find(({ role }) => role === "member")!.id;
    assertEquals((await steward.post(`/issues/${issue.id}/assign`, { user_id })).status, 200);
    const mine = await steward.get(`/issues?owner_user_id=${user_id}`);
    assertEquals(mine.body.issues.some(({ id }: { id: string }) => id === issue.id), true);
  });

  await t.step("a suggestion is accepted, and its batch undone", async () => {
    const suggested = (await steward.get("/issues?limit=200")).body.issues
      .find(({ suggested_fix }: { suggested_fix: unknown }) => suggested_fix !== null);
    const accepted = await steward.post(`/issues/${suggested.id}/accept`);
    assertEquals(accepted.status, 200);
    const undone = await steward.post(`/fix-batches/${accepted.body.batch_id}/undo`);
    assertEquals([undone.status, undone.body.records], [200, 1]);
    const again = await steward.post(`/fix-batches/${accepted.body.batch_id}/undo`);
    assertEquals([again.status, again.body.code], [404, "not-found"]);
  });
});

Deno.test("what is not as the interface describes it is refused with its place, and never breaks anything", async (t) => {
  await using stack = await startTestStack();
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const address = `/issues/${crypto.randomUUID()}/ignore`;
  const json = { "content-type": "application/json" };
  const send = (body: BodyInit, headers: Record<string, string> = json) =>
    steward.send(address, { method: "POST", body, headers });

  await t.step("the description names every address and is the one that checks", async () => {
    const { status, body } = await apiClient(stack).get("/openapi.json");
    assertEquals([status, body.openapi], [200, "3.1.0"]);
    assertEquals(Object.keys(body.paths["/issues/{issue_id}/ignore"]), ["post"]);
    const { schema } = body.paths["/issues/{issue_id}/ignore"].post.requestBody.content["application/json"];
    assertEquals([schema.type, schema.required], ["object", ["reason"]]);
  });
  await t.step("an unknown address, method or parameter", async () => {
    assertEquals((await steward.get("/nothing")).body.code, "not-found");
    const wrong = await steward.send("/issues", { method: "DELETE" });
    assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET"]);
    const unknown = await steward.get("/issues?colour=red&limit=9999");
    assertEquals(unknown.status, 422);
    assertEquals(unknown.body.context.faults.map(({ at }: { at: string }) => at).sort(), [
      "/query",
      "/query/limit",
    ]);
    assertEquals((await steward.get("/issues?cursor=bm8")).body.context.faults[0].at, "/query/cursor");
  });
  for (
    const [name, body, headers, status, code] of [
      ["text instead of JSON", "x", { "content-type": "text/plain" }, 415, "media-type-unsupported"],
      ["broken JSON", '{"reason": ', json, 400, "unreadable"],
      ["wrong encoding", new Uint8Array([0x22, 0xff, 0x22]), json, 400, "unreadable"],
      ["a NUL", '{"reason": "a\\u0000b"}', json, 422, "request-invalid"],
      ["half a surrogate pair", '{"reason": "\\ud800"}', json, 422, "request-invalid"],
      ["nesting", "[".repeat(30_000) + "]".repeat(30_000), json, 422, "request-invalid"],
      ["a number that no double holds", '{"reason": 12345678901234567890}', json, 422, "request-invalid"],
      ["infinity", '{"reason": 1e999}', json, 422, "request-invalid"],
      ["no body", "", json, 400, "unreadable"],
      ["a body that is too large", JSON.stringify({ reason: "x".repeat(70_000) }), json, 413, "too-large"],
      ["the wrong shape", '{"reason": "", "colour": 1}', json, 422, "request-invalid"],
    ] as const
  ) {
    await t.step(name, async () => {
      const answer = await send(body, headers);
      assertEquals([answer.status, answer.body.code, answer.type], [
        status,
        code,
        "application/problem+json",
      ]);
    });
  }
});
