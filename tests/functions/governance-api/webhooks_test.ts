import { assert, assertEquals, assertMatch } from "@std/assert";
import { signMessage } from "../../../supabase/functions/governance-api/webhooks/sign_message.ts";
import { harborLane, openSql, until, untilDrained } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { apiAs, apiClient } from "./support.ts";

interface Received {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string;
}

/** A receiver on this machine; `answer` says what it answers. */
function receive(answer: (count: number) => Response | Promise<Response>) {
  const received: Received[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const header = (name: string) => request.headers.get(name) ?? "";
    received.push({
      id: header("webhook-id"),
      timestamp: header("webhook-timestamp"),
      signature: header("webhook-signature"),
      body: await request.text(),
    });
    return await answer(received.length);
  });
  return {
    received,
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("the signature is that of Standard Webhooks", async () => {
  // The example of the specification's reference libraries.
  const signature = await signMessage(
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    '{"test": 2432232314}',
  );
  assertEquals(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

Deno.test("webhooks are told of what happened, signed, until they have it or it is a dead letter", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql`select cron.schedule('governance-wake-webhooks', '1 seconds', 'select governance_private.wake_webhooks()')`;
  const admin = await apiAs(stack, "admin@harbor-lane.example.com");
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const hook = {
    org_id: harborLane,
    label: "Chat",
    events: ["issue.opened", "issue.assigned", "issue.resolved"],
  };
  const add = async (url: string, parts: Record<string, unknown> = {}) => {
    const { status, body } = await admin.post("/webhooks", { ...hook, url, ...parts });
    assertEquals(status, 201, JSON.stringify(body));
    return body as { endpoint_id: string; secret: string };
  };
  const addLead = async (name: string) => {
    const [lead] = await sql`insert into public.leads ${
      sql({ org_id: harborLane, first_name: "Ann", last_name: name, company: "A", email: "no address" })
    } returning id`;
    await untilDrained(sql);
    return lead!["id"] as string;
  };

  await t.step("an address inside the own network is none, and only admins have webhooks", async () => {
    for (
      const url of [
        "http://hooks.acme.com/",
        "https://127.0.0.1/",
        "https://localhost/x",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://db.internal/",
        "ftp://acme.com",
        "https://u:p@acme.com/",
        "https://169.254.169.254/latest",
        "x",
      ]
    ) {
      const { status, body } = await admin.post("/webhooks", { ...hook, url });
      assertEquals([url, status, body.code], [url, 422, "invalid-value"]);
    }
    assertEquals((await steward.post("/webhooks", { ...hook, url: "https://hooks.acme.com/" })).status, 403);
    assertEquals((await apiClient(stack).send("/webhooks/deliver", { method: "POST" })).status, 401);
  });
  await sql`update governance_private.queue_settings set allow_private_webhooks = true`;

  await using good = receive(() => new Response("ok"));
  const { endpoint_id, secret } = await add(good.url);
  await t.step(
    "an issue that opens, is assigned and is resolved is three messages without any value",
    async () => {
      const lead = await addLead("Lee");
      await until("the opening is told", 15_000, () => Promise.resolve(good.received.length >= 1));
      const { id, timestamp, signature, body } = good.received[0]!;
      assertEquals(signature, await signMessage(secret, id, Number(timestamp), body));
      const told = JSON.parse(body);
      assertEquals([told.type, told.data.record_key, told.data.org_id], ["issue.opened", lead, harborLane]);
      assertEquals(/no address|Lee/.test(body), false);
      const count = good.received.length;
      const user_id = stack.users.find(({ role }) => role === "member")!.id;
      assertEquals((await steward.post(`/issues/${told.data.issue_id}/assign`, { user_id })).status, 200);
      await sql`update public.leads set email = 'ann@example.com' where id = ${lead}`;
      await untilDrained(sql);
      const types = () => good.received.slice(count).map((message) => JSON.parse(message.body).type);
      await until("the rest is told", 15_000, () => Promise.resolve(types().includes("issue.resolved")));
      assert(types().includes("issue.assigned"));
      assertEquals(new Set(good.received.map((message) => message.id)).size, good.received.length);
    },
  );
  await t.step(
    "an endpoint that fails is tried again with the same message, and the others do not wait for it",
    async () => {
      await using bad = receive((count) =>
        count < 3 ? new Response("no", { status: 500 }) : new Response(null, { status: 204 })
      );
      await add(bad.url, { events: ["issue.opened"] });
      const before = good.received.length;
      await addLead("Roe");
      await until("the other is told", 15_000, () => Promise.resolve(good.received.length > before));
      for (const tries of [1, 2, 3]) {
        await until(`try ${tries}`, 15_000, () => Promise.resolve(bad.received.length >= tries));
        if (tries === 3) break;
        await until("the result is noted", 15_000, async () =>
          (await sql`
        update governance.webhook_deliveries set next_attempt_at = now()
        where last_status = 500 and attempts = ${tries} and status = 'waiting'`).count > 0);
      }
      assertEquals(
        new Set(bad.received.map(({ id, body }) => id + body)).size,
        1,
        "the same id and bytes each time",
      );
      await until(
        "it is delivered",
        15_000,
        async () =>
          (await sql`select from governance.webhook_deliveries where attempts = 3 and status = 'delivered'`)
            .length === 1,
      );
    },
  );
  await t.step("what nobody takes ends as a dead letter with an issue, and can be sent again", async () => {
    let isUp = false;
    await using down = receive(() =>
      isUp ? new Response("ok") : Response.redirect("http://127.0.0.1:1/", 302)
    );
    // A lead may have several issues, each with a message of its own.
    const dead = await add(down.url, { events: ["issue.opened"], label: "Down" });
    await addLead("Poe");
    await until("the first try fails", 15_000, () => Promise.resolve(down.received.length >= 1));
    await until("it gives up", 20_000, async () => {
      await sql`update governance.webhook_deliveries set attempts = 10, next_attempt_at = now()
        where endpoint_id = ${dead.endpoint_id} and status = 'waiting' and last_status is not null and attempts < 10`;
      const open =
        await sql`select attempts, last_status, last_error, next_attempt_at::text from governance.webhook_deliveries where endpoint_id = ${dead.endpoint_id} and status <> 'dead'`;
      if (open.length > 0) throw new Error(JSON.stringify(open));
      return true;
    });
    const { deliveries } = (await admin.get(`/webhook-deliveries?org_id=${harborLane}&status=dead`)).body;
    assertEquals([deliveries.length >= 1, deliveries[0].last_status], [true, 302]);
    const [issue] =
      await sql`select message from governance.data_quality_issues where rule_key = 'system-webhook-dead'`;
    assertMatch(
      issue!["message"],
      /^The webhook "Down" gave up on \d+ deliveries: The receiver answered 302\.$/,
    );
    isUp = true;
    assertEquals((await steward.post(`/webhook-deliveries/${deliveries[0].delivery_id}/retry`)).status, 404);
    assertEquals((await admin.post(`/webhook-deliveries/${deliveries[0].delivery_id}/retry`)).status, 200);
    await until(
      "it is delivered",
      15_000,
      async () =>
        (await sql`select from governance.webhook_deliveries where endpoint_id = ${dead.endpoint_id} and status = 'delivered'`)
          .length === 1,
    );
  });
  await t.step(
    "a receiver that is gone is disabled; one that is removed takes its secret with it",
    async () => {
      await using gone = receive(() => new Response(null, { status: 410 }));
      const { endpoint_id: goneId } = await add(gone.url, { events: ["issue.opened"] });
      await addLead("Doe");
      await until(
        "it is disabled",
        15_000,
        async () =>
          (await sql`select from governance.webhook_endpoints where endpoint_id = ${goneId} and disabled_at is not null`)
            .length === 1,
      );
      assertEquals((await admin.send(`/webhooks/${endpoint_id}`, { method: "DELETE" })).status, 200);
      assertEquals((await sql`select from vault.secrets where name = ${"webhook_" + endpoint_id}`).length, 0);
    },
  );
  await t.step("an issue that falls overdue and a run that ends are told once", async () => {
    await using all = receive(() => new Response("ok"));
    await add(all.url, { events: ["issue.overdue", "run.finished"] });
    await sql`update governance.webhook_endpoints set created_at = now() - interval '2 hours'`;
    const [issue] = await sql`update governance.data_quality_issues set due_date = now() - interval '1 hour'
      where id = (select id from governance.data_quality_issues where status = 'open' and record_key <> '' limit 1) returning id`;
    await sql`select governance_private.tell_overdue_issues(), governance_private.tell_overdue_issues()`;
    await sql`insert into governance.runs (job, reason, status, org_id) values ('test', 'test', 'running', ${harborLane})`;
    await sql`update governance.runs set status = 'succeeded' where job = 'test'`;
    await sql`update governance.runs set summary = 'x' where job = 'test'`;
    await until("both are told", 15_000, () => Promise.resolve(all.received.length >= 2));
    const told = all.received.map(({ body }) => JSON.parse(body));
    assertEquals(told.map(({ type }) => type).sort(), ["issue.overdue", "run.finished"]);
    assertEquals(told.find(({ type }) => type === "issue.overdue").data.issue_id, issue!["id"]);
  });
});
