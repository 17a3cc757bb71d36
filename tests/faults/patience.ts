/** The driver lost its connection and says nothing. */
export class DriverSilentError extends Error {
  readonly code = "CONNECTION_SILENT";
}

/**
 * Waits, but not without end: what the server does ends by its own timeouts, so that whoever is still waiting then waits
 * for a driver that missed the end of its connection.
 */
export async function withPatience<T>(work: PromiseLike<T>, milliseconds = 20_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DriverSilentError("The driver is silent.")), milliseconds);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
