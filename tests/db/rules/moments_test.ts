import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Sql } from "postgres";
import {
  addOrders,
  and,
  claimed,
  createWorld,
  is,
  outcomes,
  quiet,
  refused,
  saveBlock,
  saveRule,
} from "../support/mod.ts";

/** A moment at a given now, as Postgres computes it. */
async function momentAt(sql: Sql, text: string, now: string, zone = "UTC", of = "instant"): Promise<string> {
  const [row] =
    await sql`select governance_private.moment_sql(${text}, ${of}, ${`'${zone}'`}, ${`timestamptz '${now}'`}) as expression`;
  const [value] = await sql.unsafe(
    of === "date"
      ? `select (${row!.expression})::text as at`
      : `select governance_private.instant_text((${row!.expression}) at time zone 'UTC') as at`,
  );
  return value!.at;
}

Deno.test("moments move months in one step clamped to the month's end, then days, then hours", async () => {
  await using world = await createWorld();
  const table: [moment: string, now: string, at: string, zone?: string][] = [
    ["now", "2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00.123456Z"],
    ["now-PT1H", "2026-11-23T10:00:00.123456Z", "2026-11-23T09:00:00.123456Z"],
    ["now-P1M", "2026-03-31T10:00:00Z", "2026-02-28T10:00:00.000000Z"],
    ["now-P1M", "2024-03-31T10:00:00Z", "2024-02-29T10:00:00.000000Z"],
    ["now+P1M", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00.000000Z"],
    ["now-P1Y", "2024-02-29T12:00:00Z", "2023-02-28T12:00:00.000000Z"],
    // One step of fourteen months: over February, a year and then two months would end on the 28th.
    ["now-P1Y2M", "2024-04-30T00:00:00Z", "2023-02-28T00:00:00.000000Z"],
    ["now+P1Y1M", "2023-01-31T00:00:00Z", "2024-02-29T00:00:00.000000Z"],
    // Months first, then days: 31 March, 28 February, 27 February.
    ["now-P1M1D", "2026-03-31T00:00:00Z", "2026-02-27T00:00:00.000000Z"],
    ["now+P2W1DT1H30M15S", "2026-01-01T00:00:00Z", "2026-01-16T01:30:15.000000Z"],
    ["today", "2026-11-23T23:30:00Z", "2026-11-23T00:00:00.000000Z"],
    ["today", "2026-11-23T23:30:00Z", "2026-11-23T23:00:00.000000Z", "Europe/Berlin"],
    ["today", "2026-11-23T03:00:00Z", "2026-11-22T05:00:00.000000Z", "America/New_York"],
    ["today+P1D", "2026-11-23T03:00:00Z", "2026-11-23T10:00:00.000000Z", "Pacific/Kiritimati"],
    // The clock goes forward in the night to 29 March: that day has 23 hours, and a day is still a day.
    ["now-P1D", "2026-03-29T12:00:00Z", "2026-03-28T13:00:00.000000Z", "Europe/Berlin"],
    ["now-PT24H", "2026-03-29T12:00:00Z", "2026-03-28T12:00:00.000000Z", "Europe/Berlin"],
    ["today+P1D", "2026-03-29T12:00:00Z", "2026-03-29T22:00:00.000000Z", "Europe/Berlin"],
    // 02:30 does not exist on that day: it is 03:30.
    ["now+P1D", "2026-03-28T01:30:00Z", "2026-03-29T01:30:00.000000Z", "Europe/Berlin"],
    // Both 02:30 of 25 October stay themselves.
    ["now", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00.000000Z", "Europe/Berlin"],
    ["now-PT1H", "2026-10-25T01:30:00Z", "2026-10-25T00:30:00.000000Z", "Europe/Berlin"],
    // A day that begins at one o'clock.
    ["today", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00.000000Z", "America/Sao_Paulo"],
  ];
  for (const [moment, now, at, zone] of table) {
    assertEquals(await momentAt(world.sql, moment, now, zone), at, `${moment} at ${now} in ${zone}`);
  }
  const dates: [moment: string, now: string, at: string, zone: string][] = [
    ["today", "2026-11-23T23:30:00Z", "2026-11-24", "Europe/Berlin"],
    ["today", "2026-11-23T23:30:00Z", "2026-11-23", "America/New_York"],
    ["today-P30D", "2026-11-23T12:00:00Z", "2026-10-24", "UTC"],
    ["today+P1M", "2026-01-30T23:30:00Z", "2026-02-28", "Europe/Berlin"],
    ["today-P1Y2M", "2026-04-30T12:00:00Z", "2025-02-28", "UTC"],
    ["today-P1W", "2026-01-03T12:00:00Z", "2025-12-27", "UTC"],
  ];
  for (const [moment, now, at, zone] of dates) {
    assertEquals(await momentAt(world.sql, moment, now, zone, "date"), at, `${moment} at ${now} in ${zone}`);
  }
});

Deno.test("a moment that cannot be is refused when the rule is saved", async () => {
  await using world = await createWorld();
  const wrong: [field: string, value: unknown, words: string][] = [
    ["due_on", "tomorrow", "not a moment"],
    ["due_on", "today-30D", "not a moment"],
    ["due_on", "today-P", "not a moment"],
    ["due_on", "today-P1DT", "not a moment"],
    ["due_on", "today-P1.5M", "not a moment"],
    ["due_on", "today -P1D", "not a moment"],
    ["due_on", "now", 'compared with "today"'],
    ["due_on", "today-PT1H", "by hours"],
    ["paid_at", "now-P1001Y", "1,000 years"],
    ["paid_at", "now+P999999999Y", "1,000 years"],
    ["paid_at", "Now", "not a moment"],
    ["paid_at", "now'::text", "not a moment"],
  ];
  for (const [field, value, words] of wrong) {
    const refusal = await refused(saveRule(world.sql, { condition: and(is(field, "<", value)) }));
    const message = refusal.detail.faults[0].message;
    assert(message.includes(words) || /is not a (date|moment) like/.test(message), `${value}: ${message}`);
    assertEquals(refusal.detail.faults[0].at, "/condition/rules/0/value");
  }
  const reversed = await refused(
    saveRule(world.sql, { condition: and(is("due_on", "between", ["today", "today-P30D"])) }),
  );
  assertStringIncludes(reversed.message, "reversed");
  await saveRule(world.sql, { condition: and(is("due_on", "between", ["today-P1M", "today-P30D"])) });
});

Deno.test("a text that reads like a moment is a text", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "a", note: "now" }, { id: "b", note: "later" });
  const { sql, typescript } = await outcomes(world, "purchase", and(is("note", "=", "now")));
  assertEquals(sql, { a: true, b: false });
  assertEquals(typescript, sql);
});

Deno.test("both executions agree on moments, in compare, between and lists, at their very edges", async () => {
  await using world = await createWorld();
  const { sql } = world;
  // Organizations on either side of the date line: their todays are never the same.
  await sql`update governance.organizations set time_zone = 'Pacific/Kiritimati' where org_id = 'acme'`;
  await sql`update governance.organizations set time_zone = 'Pacific/Pago_Pago' where org_id = 'globex'`;
  for (const org_id of ["acme", "globex"]) {
    const [zone] = await sql`select time_zone from governance.organizations where org_id = ${org_id}`;
    const [days] = await sql`select (now() at time zone ${zone!.time_zone})::date::text as today,
      ((now() at time zone ${zone!.time_zone})::date - 1)::text as before,
      ((now() at time zone ${zone!.time_zone})::date + 1)::text as after`;
    await addOrders(
      sql,
      { id: `${org_id}-today`, org_id, due_on: days!.today },
      { id: `${org_id}-before`, org_id, due_on: days!.before },
      { id: `${org_id}-after`, org_id, due_on: days!.after },
      { id: `${org_id}-ever`, org_id, due_on: "infinity", paid_at: "infinity" },
      { id: `${org_id}-never`, org_id, due_on: "-infinity", paid_at: "-infinity" },
      { id: `${org_id}-null`, org_id },
    );
  }
  const cases: [unknown, (id: string) => boolean | null][] = [
    [is("due_on", "=", "today"), (id) => id.includes("null") ? null : id.includes("today")],
    [is("due_on", "<", "today"), (id) => id.includes("null") ? null : /before|never/.test(id)],
    [is("due_on", ">=", "today+P1D"), (id) => id.includes("null") ? null : /after|-ever/.test(id)],
    [
      is("due_on", "between", ["today-P1D", "today+P1D"]),
      (id) => id.includes("null") ? null : !/ever|never/.test(id),
    ],
    [is("due_on", "in", ["today", "2001-01-01"]), (id) => id.includes("null") ? null : id.includes("today")],
    [is("due_on", "notIn", ["today"]), (id) => id.includes("null") ? null : !id.includes("today")],
    [is("paid_at", "<", "now"), (id) => id.includes("-ever") ? false : id.includes("never") ? true : null],
  ];
  for (const [comparison, expected] of cases) {
    const both = await outcomes(world, "purchase", and(comparison));
    assertEquals(both.typescript, both.sql, JSON.stringify(comparison));
    for (const [id, outcome] of Object.entries(both.sql)) {
      assertEquals(outcome, expected(id), `${id}: ${JSON.stringify(comparison)}`);
    }
  }
});

Deno.test("moments are delivered for each organization of a batch, to the microsecond", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { condition: and(is("paid_at", "<=", "now"), is("due_on", ">", "today-P1M")) });
  await quiet(sql);
  await addOrders(sql, { id: "1" }, { id: "2", org_id: "globex" }, { id: "3", org_id: "initech" });
  const batch = await claimed(world) as unknown as {
    now: string;
    moments: Record<string, Record<string, string | null>>;
  };
  assertEquals(Object.keys(batch.moments).sort(), ["acme", "globex", "initech"]);
  assertEquals(batch.moments["acme"]!["instant:now"], batch.now);
  assertMatch(batch.now, /\.\d{6}Z$/);
  assertMatch(batch.moments["globex"]!["date:today-P1M"]!, /^\d{4}-\d\d-\d\d$/);
  // An organization that governance does not know has no calendar.
  assertEquals(batch.moments["initech"]!["date:today-P1M"], null);
});

Deno.test("a block rule judges a moment by the organization's day", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { condition: and(is("due_on", ">=", "today")), message: "{due_on} is past." });
  await quiet(sql);
  await addOrders(sql, { id: "1", due_on: "2999-01-01" });
  const refusal = await refused(addOrders(sql, { id: "2", due_on: "2001-01-01" }));
  assertEquals(refusal.detail.violations[0].message, "2001-01-01 is past.");
});
