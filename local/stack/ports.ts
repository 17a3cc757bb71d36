import { freePort, isPortTaken } from "../postgres/mod.ts";
import { StartRefused } from "./start_refused.ts";

/** The ports of one start. */
export interface Ports {
  readonly api: number;
  readonly database: number;
}

/**
 * Base port for the API, as on a hosted project everything else is behind it, and the next one for Postgres. Where that
 * is taken, Postgres gets a free one: its port is printed and nothing relies on it.
 *
 * @throws {StartRefused} where somebody else listens on the base port.
 */
export function choosePorts(base: number): Ports {
  if (base === 0) return { api: freePort(), database: freePort() };
  if (isPortTaken(base)) {
    throw new StartRefused(
      `Something else already listens on port ${base}. Choose another base port with --port.`,
    );
  }
  return { api: base, database: base < 65_535 && !isPortTaken(base + 1) ? base + 1 : freePort() };
}
