/** What a process has used so far. */
export interface Usage {
  /** Of the thread that runs JavaScript, as hosted counts it: not the collector's and the compiler's helpers. */
  readonly cpuMs: number;
  /** Memory of its own, without the program text that all processes share. */
  readonly memoryBytes: number;
}

/** Reads the usage of a process; null when it is gone. Exact on Linux, coarser (`ps`) elsewhere. */
export function readUsage(pid: number): Usage | null {
  if (Deno.build.os !== "linux") return readFromPs(pid);
  try {
    const [onCpuNs] = Deno.readTextFileSync(`/proc/${pid}/schedstat`).split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? "0";
    return { cpuMs: Number(onCpuNs) / 1e6, memoryBytes: Number(kilobytes) * 1024 };
  } catch {
    return readFromStat(pid);
  }
}

/** Kernels without scheduler statistics: ticks of 10 ms, of all threads. */
function readFromStat(pid: number): Usage | null {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The second field is the command in parentheses and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: ticks * 10, memoryBytes: Number(fields[21]) * 4096 };
  } catch {
    return null;
  }
}

function readFromPs(pid: number): Usage | null {
  const { success, stdout } = new Deno.Command("ps", {
    args: ["-o", "rss=,time=", "-p", String(pid)],
    stderr: "null",
  }).outputSync();
  if (!success) return null;
  const [rss, time] = new TextDecoder().decode(stdout).trim().split(/\s+/);
  const seconds = (time ?? "0").split(/[-:]/).reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuMs: seconds * 1000, memoryBytes: Number(rss) * 1024 };
}
