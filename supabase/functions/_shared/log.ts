/** What a log line says besides its message; values that JSON can carry. */
export type LogDetails = Readonly<Record<string, unknown>>;

/** Writes structured lines. */
export interface Log {
  info(message: string, details?: LogDetails): void;
  error(message: string, error: unknown, details?: LogDetails): void;
}

/** One JSON object a line on the console, where the platform collects it. */
export function jsonLog(functionName: string): Log {
  const line = (level: string, message: string, details: LogDetails) =>
    JSON.stringify({ level, function: functionName, message, ...details });
  return {
    info: (message, details = {}) => console.log(line("info", message, details)),
    error: (message, error, details = {}) =>
      console.error(line("error", message, { ...details, error: describeError(error) })),
  };
}

/** An error in words, with its cause's. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${describeError(error.cause)})`;
}
