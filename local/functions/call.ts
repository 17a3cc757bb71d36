/** Why a process ended. */
export type EndReason = "memory" | "cpu" | "hung" | "error" | "stopped";

/** One request to a function, from its arrival until its answer is sent and its background work has settled. */
export interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly startedAt: number;
  cpuMs: number;
  status: number;
  answeredAt: number | undefined;
  bodyDone: boolean;
  workDone: boolean;
  /** It was answered 504, or lives too long; its process ends without waiting for it. */
  condemned: boolean;
  overSoftCpu: boolean;
  /** Set when the process ended before the call did. */
  endedBy: EndReason | undefined;
}

/** A call that has just arrived. */
export function newCall(method: string, path: string): Call {
  return {
    id: crypto.randomUUID(),
    method,
    path,
    startedAt: Date.now(),
    cpuMs: 0,
    status: 0,
    answeredAt: undefined,
    bodyDone: false,
    workDone: false,
    condemned: false,
    overSoftCpu: false,
    endedBy: undefined,
  };
}
