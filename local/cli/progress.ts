import { bold, dim, green } from "@std/fmt/colors";
import type { Progress } from "../stack/types.ts";

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const encoder = new TextEncoder();

/** Progress on standard error, so that standard output stays what a program can read. */
export interface ProgressDisplay extends Progress {
  /** Prints a line without disturbing a step that is under way. */
  line(text: string): void;
  /** Ends the display of a step that will not be done. */
  end(): void;
}

/** One line per step; a step that is under way spins where somebody watches. */
export function showProgress(): ProgressDisplay {
  const watched = Deno.stderr.isTerminal();
  let current: { name: string; started: number } | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let frame = 0;

  const draw = () => {
    if (current && watched) write(`\r\x1b[2K${frames[frame++ % frames.length]} ${current.name} …`);
  };
  const clear = () => {
    if (current && watched) write("\r\x1b[2K");
  };
  const stop = () => {
    clearInterval(timer);
    clear();
    current = undefined;
  };
  return {
    begin(name) {
      stop();
      current = { name, started: performance.now() };
      if (!watched) return;
      draw();
      timer = setInterval(draw, 90);
      Deno.unrefTimer(timer);
    },
    done(name, detail) {
      const seconds = current ? (performance.now() - current.started) / 1000 : 0;
      stop();
      write(`${green("✓")} ${bold(name.padEnd(16))} ${detail} ${dim(`${seconds.toFixed(1)} s`)}\n`);
    },
    line(text) {
      clear();
      write(`${text}\n`);
      draw();
    },
    end: stop,
  };
}

function write(text: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(text));
  } catch {
    // whoever read it is gone; the parent watch sees to the rest
  }
}
