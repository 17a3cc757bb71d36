import type { Random } from "../random.ts";
import { ORGS } from "../scene/people.ts";

const NAMES = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ida", "jim", "kim", "lea"];

export function customerId(random: Random): string {
  return `c${random.between(1, 50)}`;
}

export function orderId(random: Random): string {
  return `o${random.between(1, 200)}`;
}

/** A customer as mistakes make them; a small set of values, so that records meet. */
export function customer(random: Random, id = customerId(random)) {
  return {
    id,
    org_id: random.pick(ORGS),
    name: random.pick(NAMES),
    email: random.chance(0.2) ? null : email(random),
    state: random.pick(["Ohio", "Texas", "utah", "Ohoi", "Utha", "Sleeping", null, null]),
    is_active: random.pick([true, true, false, null]),
  };
}

export function email(random: Random): string {
  const address = `${random.pick(NAMES)}${random.between(1, 3)}@x.example`;
  return random.pick([address, address, address.toUpperCase(), ` ${address}`]);
}

export function order(random: Random, id = orderId(random)) {
  return {
    id,
    org_id: random.pick(ORGS),
    customer_id: random.chance(0.3) ? null : customerId(random),
    amount: random.chance(0.2) ? null : String(random.between(1, 900)),
    status: random.pick(["open", "paid", "PAID", null]),
    note: random.chance(0.7) ? null : `N-${random.between(1, 40)}`,
    paid_at: random.chance(0.5) ? null : "2026-11-23T10:00:00Z",
  };
}

/** So many of something, each with its own key: a statement touches no row twice. */
export function several<T extends { id: string }>(count: number, make: () => T): T[] {
  return [...new Map(Array.from({ length: count }, make).map((row) => [row.id, row])).values()];
}
