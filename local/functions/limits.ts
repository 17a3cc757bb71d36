import type { FunctionProcess } from "./function_process.ts";
import type { FunctionLimits } from "./types.ts";

/** Hosted's limits. The hard CPU limit is wider than hosted's 2 s: a laptop that is busy with a build is no server. */
export const HOSTED_LIMITS: FunctionLimits = {
  idleMs: 150_000,
  wallMs: 150_000,
  memoryMb: 256,
  cpuSoftMs: 2_000,
  cpuHardMs: 10_000,
};

/** Looks at a busy process and ends what uses too much. */
export function enforceLimits(
  process: FunctionProcess,
  limits: FunctionLimits,
  warn: (message: string) => void,
): void {
  const { memoryBytes } = process.sample();
  if (memoryBytes > limits.memoryMb * 1024 * 1024) {
    warn(`memory limit of ${limits.memoryMb} MB passed`);
    return process.kill("memory");
  }
  for (const call of process.calls.values()) {
    if (call.cpuMs > limits.cpuSoftMs && !call.overSoftCpu) {
      call.overSoftCpu = true;
      warn(
        `${call.method} ${call.path} has used more than ${limits.cpuSoftMs} ms of CPU, hosted Supabase would end it`,
      );
    }
    if (limits.cpuHardMs > 0 && call.cpuMs > limits.cpuHardMs) {
      warn(`${call.method} ${call.path} has used ${Math.round(call.cpuMs)} ms of CPU`);
      return process.kill("cpu");
    }
    if (Date.now() - call.startedAt > limits.wallMs && !call.condemned) {
      warn(`${call.method} ${call.path} has been busy for more than ${limits.wallMs} ms`);
      process.condemn(call);
    }
  }
}
