/** What a started functions runtime offers to the gateway, the tests and the stack. */
export interface Functions {
  /** Answers a request whose path is `/functions/v1/<name>/…`. Never throws. */
  fetch(request: Request): Promise<Response>;
  /** What each function did so far. Functions that were never called or started are listed too. */
  stats(): FunctionStats[];
  /** Waits until no call and no background work is under way, at most `timeoutMs` (default 30 s). False: timed out. */
  idle(timeoutMs?: number): Promise<boolean>;
  /** Starts every function now instead of at its first call; resolves when all have booted or failed. */
  warm(): Promise<void>;
  /** Stops accepting, lets calls and background work finish for `graceMs`, then ends every process. */
  stop(graceMs?: number): Promise<void>;
}

/** Counters of one function since the runtime started. */
export interface FunctionStats {
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  /** Calls, and background work of answered calls, now under way. */
  readonly busy: number;
  readonly cpuMs: number;
  readonly maxCpuMs: number;
  readonly lastCpuMs: number;
  /** Calls above the soft CPU limit that hosted Supabase sets. */
  readonly overCpu: number;
  readonly boots: number;
  readonly pids: readonly number[];
}

/** Hosted Supabase's limits; every one can be lowered for tests. */
export interface FunctionLimits {
  /** No answer for so long: 504. Hosted: 150,000. */
  readonly idleMs: number;
  /** A process older than this takes no new call and is ended. Hosted: 150,000 free, 400,000 paid. */
  readonly wallMs: number;
  /** Heap limit, and limit of what the process grows beyond its size when it was ready, in MB. Hosted: 256. */
  readonly memoryMb: number;
  /** CPU of one call that is reported. Hosted: 2,000. */
  readonly cpuSoftMs: number;
  /** CPU of one call after which its process is ended with 546; 0 for never. */
  readonly cpuHardMs: number;
}

/** Options of {@linkcode startFunctions}. */
export interface FunctionsOptions {
  /** The folder that holds `supabase/`. */
  readonly projectDir: string;
  /** Default `<projectDir>/supabase/config.toml`. */
  readonly configToml?: string;
  /** Default `<projectDir>/supabase/functions`. */
  readonly functionsDir?: string;
  /**
   * What the functions see: SUPABASE_URL, SUPABASE_DB_URL, SUPABASE_PUBLISHABLE_KEYS, SUPABASE_SECRET_KEYS,
   * SUPABASE_JWKS, and secrets such as DOORBELL_TOKEN. The runtime adds SB_REGION, SB_EXECUTION_ID and the like.
   */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: Partial<FunctionLimits>;
  /** Start all functions at once instead of each at its first call. Default false. */
  readonly eager?: boolean;
  /** Reload a function when a file that it imports changes. Default true. */
  readonly watch?: boolean;
  /** One call per finished request, console line of a function, or event of the runtime. Default: standard error. */
  readonly log?: (line: FunctionLog) => void;
}

/** One line of the functions' log. */
export interface FunctionLog {
  readonly function: string;
  readonly level: "info" | "warning" | "error";
  /** `call`: one finished call with its CPU; `console`: what the function printed; `runtime`: boots, reloads, kills. */
  readonly kind: "call" | "console" | "runtime";
  readonly message: string;
}
