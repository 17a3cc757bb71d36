const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
[ "$pids" = ' ' ] && exit 0
sleep 1
for pid in $pids; do
  if [ -r "/proc/$pid/cmdline" ]; then command=$(tr '\\0' ' ' < "/proc/$pid/cmdline"); else command=$(ps -o args= -p "$pid"); fi
  case $command in *"$MARK"*) kill -9 "$pid" ;; esac
done
`;

/**
 * Ends what outlives this process. Functions end by themselves when their standard input closes, but one that computes
 * without end never sees it. A shell costs a megabyte and holds the list; when its own input closes, it kills the rest.
 */
export class Reaper {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();

  /** `mark` is part of the command line of every process that may be killed: pids are used again. */
  constructor(mark: string) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", SCRIPT],
      env: { MARK: mark },
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
  }

  add(pid: number): void {
    this.#send(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    this.#send(`- ${pid}\n`);
  }

  /** Call it when all processes have ended: any that is still listed is killed. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
  }

  #send(line: string): void {
    this.#writer.write(this.#encoder.encode(line)).catch(() => {});
  }
}
