import type { Call } from "./call.ts";
import { readUsage } from "./usage.ts";

/**
 * Shares out a process's CPU among its calls: what was used since the last look belongs in equal parts to the calls under
 * way meanwhile. Exact for one call at a time; for several at once only their sum is exact.
 */
export class CpuMeter {
  #before = 0;

  constructor(readonly pid: number) {}

  settle(active: Iterable<Call>): void {
    const usage = readUsage(this.pid);
    if (!usage) return;
    const used = Math.max(0, usage.cpuMs - this.#before);
    this.#before = usage.cpuMs;
    const calls = [...active];
    for (const call of calls) call.cpuMs += used / calls.length;
  }
}
