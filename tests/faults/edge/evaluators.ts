import { fromFileUrl } from "@std/path";
import { TextLineStream } from "./lines.ts";

/** The token that the doorbell carries. */
export const DOORBELL_TOKEN = "a-token-for-the-doorbell";

interface Evaluator {
  readonly key: string;
  readonly port: number;
  readonly process: Deno.ChildProcess;
}

/** A few processes of `evaluate`; one that is killed is replaced. */
export class Evaluators {
  readonly #living = new Map<string, Evaluator>();
  readonly #starting = new Set<Promise<void>>();
  #count = 0;
  #stopping = false;
  /** What the evaluators wrote on standard error: a fault that they did not expect. */
  readonly complaints: string[] = [];
  kills = 0;

  /** @param url where the database answers: the edge */
  constructor(readonly url: string, readonly size: number) {}

  async start(): Promise<void> {
    for (let n = 0; n < this.size; n++) this.#replace();
    await this.ready();
  }

  /** Resolves when all that were asked for can be rung. */
  async ready(): Promise<void> {
    while (this.#starting.size > 0) await Promise.all(this.#starting);
  }

  /** Ends the process that holds this key as `kill -9` does, wherever it is, and starts another. */
  kill(key: string): void {
    const evaluator = this.#living.get(key);
    if (evaluator === undefined) return;
    this.#living.delete(key);
    this.kills++;
    end(evaluator.process);
    this.#replace();
  }

  keys(): string[] {
    return [...this.#living.keys()];
  }

  /** Rings one of them, as the platform routes a call to any worker. */
  async ring(choose: (keys: readonly string[]) => string): Promise<void> {
    const keys = this.keys();
    if (keys.length === 0) return;
    const { port } = this.#living.get(choose(keys))!;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/evaluate`, {
        method: "POST",
        headers: { "x-doorbell-token": DOORBELL_TOKEN, "content-type": "application/json" },
        body: "{}",
      });
      await answer.body?.cancel();
    } catch {
      // It is gone: a doorbell that nobody hears.
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.ready();
    await Promise.all([...this.#living.values()].map(async ({ process }) => {
      end(process);
      await process.status;
    }));
  }

  #replace(): void {
    if (this.#stopping) return;
    const started = this.#spawn().finally(() => this.#starting.delete(started));
    this.#starting.add(started);
  }

  async #spawn(): Promise<void> {
    const key = `evaluator-${++this.#count}`;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", fromFileUrl(new URL("./evaluator.ts", import.meta.url))],
      env: {
        SUPABASE_URL: this.url,
        SUPABASE_SECRET_KEYS: JSON.stringify({ default: key }),
        DOORBELL_TOKEN,
        // Small, so that a run has many batches to be interrupted in, and calls that end before the queue does.
        EVALUATE_BATCH_SIZE: "20",
        EVALUATE_RECORDS_PER_CALL: "200",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    const reader = lines.getReader();
    const { value } = await reader.read();
    if (value === undefined) throw new Error("An evaluator did not start.");
    this.#living.set(key, { key, port: JSON.parse(value).port, process });
    (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
  }
}

function end(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // gone already
  }
}
