import { delay } from "@std/async/delay";
import type { Sql } from "postgres";
import { withPatience } from "../patience.ts";
import type { CallFault, Plan } from "../plan.ts";
import type { Random } from "../random.ts";
import { callFunction } from "./calls.ts";
import { Evaluators } from "./evaluators.ts";

/** What one run puts behind the edge. */
export interface Behind {
  readonly sql: Sql;
  readonly plan: Plan;
  readonly random: Random;
  /** Writes to one of these records, as somebody does just then. */
  readonly touch: (entityType: string, keys: readonly string[]) => Promise<void>;
  readonly changeRule: () => Promise<void>;
}

/**
 * Everything that lies between `evaluate` and Postgres, in both directions, and where it goes wrong: the doorbell's way
 * to a process, and the calls' way to the database. It outlives the runs, as its evaluators do.
 */
export class Edge {
  readonly evaluators: Evaluators;
  readonly url: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #behind: Behind | null = null;
  #isCalm = true;
  #kills = 0;
  #under: Set<Promise<unknown>> = new Set();
  /** How often each fault happened in this run. */
  counts: Record<string, number> = {};

  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#serve(request),
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
    this.evaluators = new Evaluators(this.url, 2);
  }

  begin(behind: Behind): void {
    this.#behind = behind;
    this.#isCalm = false;
    this.#kills = 0;
    this.counts = {};
  }

  /** From now on everything arrives, once and at once. */
  calm(): void {
    this.#isCalm = true;
  }

  /** The next run has another database: what is under way ends first. */
  async end(): Promise<void> {
    this.#behind = null;
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  async stop(): Promise<void> {
    await this.evaluators.stop();
    await this.#server.shutdown();
  }

  #serve(request: Request): Promise<Response> {
    const answer = this.#answer(request);
    const settled: Promise<unknown> = answer.catch(() => {}).finally(() => this.#under.delete(settled));
    this.#under.add(settled);
    return answer;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = await request.text();
    const behind = this.#behind;
    if (behind === null) return new Response(null, { status: 503 });
    if (pathname === "/functions/v1/evaluate") return this.#bell(behind);
    const name = pathname.replace(/^\/rest\/v1\/rpc\//, "");
    return await this.#call(behind, name, body, request.headers.get("apikey") ?? "");
  }

  #bell({ plan, random }: Behind): Response {
    const fault = this.#isCalm ? "none" : random.weighted(plan.bells);
    this.#count(`bell ${fault}`);
    const ring = () => this.evaluators.ring((keys) => random.pick(keys));
    if (fault !== "dropped") {
      const later = (async () => {
        if (fault === "delayed") await delay(random.between(50, 800));
        await Promise.all(fault === "doubled" ? [ring(), ring()] : [ring()]);
      })().finally(() => this.#under.delete(later));
      this.#under.add(later);
    }
    return Response.json({ status: "accepted" }, { status: 202 });
  }

  async #call(behind: Behind, name: string, body: string, caller: string): Promise<Response> {
    const { sql, random } = behind;
    const fault = this.#drawFault(behind, name);
    this.#count(`call ${fault}`);
    if (fault === "request-lost") return lost();
    // Longer than the lease at times: it runs out while its holder believes in it.
    if (fault === "slow-before") await delay(random.between(100, 1600));
    if (fault === "killed-before") {
      this.evaluators.kill(caller);
      return lost();
    }
    const answered = withPatience(callFunction(sql, name, body)).catch(() => lost());
    if (fault === "killed-during") {
      await delay(random.between(0, 12));
      this.evaluators.kill(caller);
    }
    const answer = await answered;
    if (fault === "slow-after") await delay(random.between(100, 1600));
    if (fault === "killed-after") this.evaluators.kill(caller);
    if (fault === "answer-lost") {
      await answer.body?.cancel();
      return lost();
    }
    if (fault === "record-touched" && answer.ok) return await this.#touched(behind, answer);
    if (fault === "rule-changed") await withPatience(behind.changeRule(), 5000).catch(() => {});
    return answer;
  }

  async #touched(behind: Behind, answer: Response): Promise<Response> {
    const batch = await answer.json();
    if (batch?.records) {
      await withPatience(
        behind.touch(batch.entity_type, batch.records.map(({ key }: { key: string }) => key)),
        2000,
      ).catch(() => {});
    }
    return Response.json(batch);
  }

  #drawFault({ plan, random }: Behind, name: string): CallFault {
    if (this.#isCalm) return "none";
    const fault = random.weighted(plan.calls);
    if (fault.startsWith("killed") && this.#kills++ >= plan.maxKills) return "none";
    const onlyAfterClaim = fault === "record-touched" || fault === "rule-changed";
    return onlyAfterClaim && name !== "claim_changes" ? "none" : fault;
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

/** As a proxy answers whose other side is gone. */
function lost(): Response {
  return new Response("<html>bad gateway</html>", { status: 502, headers: { "content-type": "text/html" } });
}
