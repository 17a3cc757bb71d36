import type { FunctionLog } from "./types.ts";

/** Writes a log line to standard error, where it does not mix with what a command answers. */
export function printLog(line: FunctionLog): void {
  const mark = line.level === "info" ? "" : `${line.level}: `;
  console.error(`[${line.function}] ${mark}${line.message}`);
}

/** Calls `onLine` for each line of a stream, without its end and without empty lines, until the stream ends. */
export async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  }
  if (rest !== "") onLine(rest);
}
