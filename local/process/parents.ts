import { basename } from "@std/path";

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

interface ProcessInfo extends ProcessIdentity {
  readonly ppid: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly zombie: boolean;
}

const launchers = /^(node|npm|npx|deno|bun)$/;
const shells = /^(sh|dash|bash|zsh|busybox)$/;

/**
 * The processes whose death must end this one: its parent, and what started that as a mere launcher: `npx deno task
 * start` puts three or four processes in between, and a launcher that is killed with -9 does not take them along.
 *
 * A shell in which somebody types or a script that started us in the background may end without us.
 */
export async function launchersOfThisProcess(): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  let held: ProcessInfo[] = []; // shells count only between two launchers
  for (let pid = Deno.ppid; pid > 1;) {
    const info = await describeProcess(pid);
    if (!info) break;
    if (launchers.test(info.program)) {
      found.push(...held, info);
      held = [];
    } else if (shells.test(info.program)) {
      if (!info.args.includes("-c")) break;
      held.push(info);
    } else {
      if (found.length === 0) found.push(...held, info);
      break;
    }
    pid = info.ppid;
  }
  return found;
}

/** Whether the very same process still runs. */
export async function isRunning({ pid, started }: ProcessIdentity): Promise<boolean> {
  const info = await describeProcess(pid);
  return info !== undefined && info.started === started && !info.zombie;
}

async function describeProcess(pid: number): Promise<ProcessInfo | undefined> {
  return Deno.build.os === "linux" ? await fromProc(pid) : await fromPs(pid);
}

async function fromProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // the name, in brackets, may itself contain brackets and blanks
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const args = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0");
    const program = await Deno.readLink(`/proc/${pid}/exe`).catch(() => args[0] ?? "");
    return {
      pid,
      ppid: Number(fields[1]),
      started: fields[19] ?? "",
      program: basename(program.replace(/ \(deleted\)$/, "")),
      args,
      zombie: fields[0] === "Z" || fields[0] === "X",
    };
  } catch {
    return undefined;
  }
}

async function fromPs(pid: number): Promise<ProcessInfo | undefined> {
  const ask = async (column: string) => {
    const { stdout } = await new Deno.Command("ps", { args: ["-o", `${column}=`, "-p", String(pid)] })
      .output();
    return new TextDecoder().decode(stdout).trim();
  };
  const [ppid, started, state, command] = await Promise.all(["ppid", "lstart", "state", "command"].map(ask));
  if (!ppid) return undefined;
  const args = (command ?? "").split(" ");
  return {
    pid,
    ppid: Number(ppid),
    started: started ?? "",
    program: basename(args[0] ?? ""),
    args,
    zombie: state?.startsWith("Z") ?? false,
  };
}
