import type { Normalizer } from "./normalizer.ts";

const ADDRESS =
  /^(?:(https?):\/\/)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})(?::(\d{1,5}))?([/?#]\S*)?$/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/**
 * A web address with its scheme, the host in lower case, without a default port and an empty path:
 * `Example.COM/` → `https://example.com`. Other schemes, sign-in data, bare words and international hosts stay.
 */
export const url: Normalizer = (value) => {
  const match = ADDRESS.exec(value.trim());
  if (match === null) return value;
  const [, scheme = "https", host = "", port, rest = ""] = match;
  const name = scheme.toLowerCase();
  const shownPort = port === undefined || port === DEFAULT_PORTS[name] ? "" : `:${port}`;
  return `${name}://${host.toLowerCase()}${shownPort}${rest === "/" ? "" : rest}`;
};
