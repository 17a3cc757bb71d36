import { type ClassHandler, quoted } from "./class_handler.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** uuid, in lower case as Postgres writes it. */
export const uuidClass: ClassHandler = {
  name: "uuid",
  ordered: false,
  canonicalize(value) {
    if (typeof value !== "string" || !UUID.test(value)) {
      throw new TypeError(`${quoted(value)} is not a UUID.`);
    }
    return value.toLowerCase();
  },
  compare: (left, right) => left === right ? 0 : left < right ? -1 : 1,
};
