import type { Call } from "./call.ts";

/** Adds up the finished calls of one function. */
export class Counters {
  calls = 0;
  failed = 0;
  cpuMs = 0;
  maxCpuMs = 0;
  lastCpuMs = 0;
  overCpu = 0;
  boots = 0;

  add(call: Call, cpuSoftMs: number): void {
    this.calls++;
    if (call.status >= 500 || call.endedBy) this.failed++;
    this.cpuMs += call.cpuMs;
    this.maxCpuMs = Math.max(this.maxCpuMs, call.cpuMs);
    this.lastCpuMs = call.cpuMs;
    if (call.cpuMs > cpuSoftMs) this.overCpu++;
  }
}

/** The log line of a finished call. */
export function describeCall(call: Call): string {
  const background = call.answeredAt === undefined ? 0 : Date.now() - call.answeredAt;
  const parts = [
    `${call.method} ${call.path} ${call.status || "unanswered"}`,
    `${(call.answeredAt ?? Date.now()) - call.startedAt} ms`,
    `CPU ${call.cpuMs.toFixed(1)} ms`,
  ];
  if (background > 50) parts.push(`busy ${background} ms more`);
  if (call.endedBy) parts.push(`ended: ${call.endedBy}`);
  return parts.join(", ");
}
