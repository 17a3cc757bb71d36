import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseCallError } from "../../../supabase/functions/_shared/database_call_error.ts";
import { PlanStore } from "../../../supabase/functions/_shared/plan_store.ts";
import { batch, drainFake, failure, FakeGovernance, record } from "./build.ts";

const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

Deno.test("drain() goes on until there is nothing to claim", async () => {
  const governance = new FakeGovernance([batch(["a", "b"]), batch(["c"], { rules: null, classes: null })]);
  const report = await drainFake(governance);
  assertEquals(governance.applied, [["a", "b"], ["c"]]);
  assertEquals([report.claimed, report.failed, report.isMoreLeft], [3, 0, false]);
});

Deno.test("drain() says which rules it knows, and plans them once", async () => {
  const governance = new FakeGovernance([batch(["a"]), batch(["b"], { rules: null, classes: null })]);
  await drainFake(governance);
  assertEquals(governance.known, [{}, { lead: "1" }, { lead: "1" }]);
});

Deno.test("drain() stops when its records are used, and says that more is left", async () => {
  const governance = new FakeGovernance([batch(["a", "b"]), batch(["c", "d"]), batch(["e"])]);
  const report = await drainFake(governance, {
    batchSize: 3,
    budget: { records: 4, wallMs: 1000, busyMs: 1000 },
  });
  assertEquals(governance.limits, [3, 2]);
  assertEquals(report.isMoreLeft, true);
});

Deno.test("drain() stops when its time is used", async () => {
  let clock = 0;
  const governance = new FakeGovernance([batch(["a"]), batch(["b"]), batch(["c"])]);
  governance.onApply = () => {
    clock += 600;
    return {};
  };
  const report = await drainFake(governance, {
    now: () => clock,
    budget: { records: 100, wallMs: 1000, busyMs: 1000 },
  });
  assertEquals(governance.applied, [["a"], ["b"]]);
  assertEquals(report.isMoreLeft, true);
});

Deno.test("drain() claims nothing more when the platform ends the process", async () => {
  const governance = new FakeGovernance([batch(["a"])]);
  const report = await drainFake(governance, { isEnding: () => true });
  assertEquals([governance.limits, report.isMoreLeft], [[], true]);
});

Deno.test("drain() halves what is refused until the record that is refused alone is known", async () => {
  const governance = new FakeGovernance([batch(KEYS)]);
  governance.onApply = (keys) => {
    if (keys.includes("c")) throw failure("refused");
    return { applied: keys.length };
  };
  const report = await drainFake(governance);
  assertEquals(governance.failed, ["c"]);
  assertEquals(governance.applied.flat().toSorted(), ["a", "b", "d", "e", "f", "g"]);
  assertEquals([report.failed, report.counts], [1, { applied: 6 }]);
});

Deno.test("drain() reports every record when each is refused", async () => {
  const governance = new FakeGovernance([batch(KEYS)]);
  governance.onApply = () => {
    throw failure("refused");
  };
  const report = await drainFake(governance);
  assertEquals([governance.failed, report.failed], [KEYS, KEYS.length]);
});

Deno.test("drain() reports a record whose evaluation breaks, and applies the others", async () => {
  const governance = new FakeGovernance([
    batch([], {
      records: [record("good"), record("broken", { name: "x", born: "yesterday" }), {
        ...record("odd") as object,
        token: "no number",
      }, record("fine")],
      rules: [{
        id: "r",
        rule_key: "born",
        version: 1,
        org_id: null,
        enforcement: "issue",
        severity: "low",
        status: "active",
        condition: { combinator: "and", rules: [{ field: "born", operator: "<", value: "2026-01-01" }] },
        message: "",
      }],
    }),
  ]);
  const report = await drainFake(governance);
  assertEquals(governance.failed, ["broken", "odd"]);
  assertEquals(governance.applied, [["good", "fine"]]);
  assertEquals(report.failed, 2);
});

Deno.test("drain() tries again when the database is not reached for a moment", async () => {
  const governance = new FakeGovernance([batch(["a"])]);
  let tries = 0;
  governance.onApply = () => {
    tries++;
    if (tries < 3) throw failure("unreachable");
    return {};
  };
  await drainFake(governance);
  assertEquals([tries, governance.applied, governance.failed], [3, [["a"]], []]);
});

Deno.test("drain() leaves the lease to expire when the database stays away", async () => {
  const governance = new FakeGovernance([batch(["a", "b"]), batch(["c"])]);
  let tries = 0;
  governance.onApply = () => {
    tries++;
    throw failure("unreachable");
  };
  await assertRejects(() => drainFake(governance), DatabaseCallError);
  // Neither halved nor failed nor released: nobody can tell what has been applied.
  assertEquals([tries, governance.failed, governance.released, governance.batches.length], [3, [], [], 1]);
});

Deno.test("drain() gives a batch back when the rules changed meanwhile, and claims again without known rules", async () => {
  const governance = new FakeGovernance([batch(["a"]), batch(["a"], { rules_version: "2" })]);
  governance.onApply = () => governance.released.length === 0 ? { outdated: true } : { applied: 1 };
  const report = await drainFake(governance);
  assertEquals(governance.released, ["lease"]);
  assertEquals(governance.known, [{}, {}, { lead: "2" }]);
  assertEquals(report.counts, { applied: 1 });
});

Deno.test("drain() ends although every claim is outdated", async () => {
  const governance = new FakeGovernance(Array.from({ length: 50 }, () => batch(["a"])));
  governance.onApply = () => ({ outdated: true });
  const report = await drainFake(governance, { budget: { records: 5, wallMs: 60_000, busyMs: 60_000 } });
  assertEquals([report.isMoreLeft, governance.released.length], [true, 5]);
});

Deno.test("drain() gives a batch back that came without rules it does not know", async () => {
  const governance = new FakeGovernance([batch(["a"], { rules: null, classes: null })]);
  await drainFake(governance);
  assertEquals([governance.released, governance.applied], [["lease"], []]);
});

Deno.test("drain() applies nothing more of a batch whose lease is lost", async () => {
  const governance = new FakeGovernance([batch(KEYS, { lease_seconds: 0.03 }), batch(["z"])]);
  governance.onApply = async (keys) => {
    if (keys.includes("z")) return {};
    governance.isLeaseHeld = false;
    await new Promise((resolve) => setTimeout(resolve, 60));
    throw failure("refused");
  };
  await drainFake(governance);
  assertEquals(governance.applied, [["z"]]);
  assertEquals(governance.failed, []);
});

Deno.test("drain() keeps its lease while it works, and no longer", async () => {
  const governance = new FakeGovernance([batch(["a"], { lease_seconds: 0.03 })]);
  governance.onApply = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return {};
  };
  await drainFake(governance);
  const beats = governance.heartbeats;
  await new Promise((resolve) => setTimeout(resolve, 40));
  assertEquals([beats >= 2, governance.heartbeats], [true, beats]);
});

Deno.test("drain() goes on when one heartbeat fails", async () => {
  const governance = new FakeGovernance([batch(["a"], { lease_seconds: 0.03 })]);
  governance.heartbeat = () => Promise.reject(failure("unreachable", "heartbeat"));
  governance.onApply = async () => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return {};
  };
  await drainFake(governance);
  assertEquals(governance.applied, [["a"]]);
});

Deno.test("a rule that cannot run is told once per version, and the others run", async () => {
  const told: string[] = [];
  const broken = {
    id: "bad",
    rule_key: "bad",
    version: 1,
    org_id: null,
    enforcement: "issue",
    severity: "low",
    status: "active",
    condition: null,
    message: "",
  };
  const rules = [broken, { no: "rule at all" }];
  const governance = new FakeGovernance([
    batch(["a"], { rules }),
    batch(["b"], { rules: null, classes: null }),
  ]);
  await drainFake(governance, { plans: new PlanStore((fault) => told.push(fault.rule_id)) });
  assertEquals(told, ["bad", ""]);
  assertEquals(governance.applied, [["a"], ["b"]]);
});
