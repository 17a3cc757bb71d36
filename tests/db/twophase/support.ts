import type { Sql, TransactionSql } from "postgres";
import type { Caller, World } from "../support/mod.ts";

export interface PolicyInput {
  policy_key?: string;
  org_id?: string | null;
  entity_type?: string;
  mode?: "divert" | "refuse" | "review";
  operations?: string[] | null;
  guarded_fields?: string[];
  condition?: unknown;
  approver_role?: string;
  approvals_needed?: number;
  four_eyes?: boolean;
  amount_field?: string | null;
  amount_bands?: unknown[];
  expires_after?: string;
  holds_for_fixes?: boolean;
  message?: string;
  status?: string;
}

/** Saves an active policy that diverts every change of an order's amount, with what is given in place of its parts. */
export async function savePolicy(sql: Sql | TransactionSql, policy: PolicyInput = {}): Promise<string> {
  const whole = {
    policy_key: "order-amount",
    org_id: null,
    entity_type: "purchase",
    mode: "divert",
    operations: null,
    guarded_fields: ["amount"],
    condition: null,
    approver_role: "steward",
    approvals_needed: 1,
    four_eyes: true,
    amount_field: null,
    amount_bands: [],
    expires_after: "14 days",
    holds_for_fixes: true,
    message: "The amount takes approval.",
    status: "active",
    ...policy,
  };
  const [row] = await sql`
    insert into governance.change_policies (policy_key, org_id, entity_type, mode, operations, guarded_fields, condition, approver_role,
      approvals_needed, four_eyes, amount_field, amount_bands, expires_after, holds_for_fixes, message, status)
    select p.policy_key, p.org_id, p.entity_type, p.mode, p.operations, p.guarded_fields, p.condition, p.approver_role,
      p.approvals_needed, p.four_eyes, p.amount_field, p.amount_bands, p.expires_after, p.holds_for_fixes, p.message, p.status
    from jsonb_populate_record(null::governance.change_policies, ${sql.json(whole as never)}) p
    returning id`;
  return row!["id"];
}

export interface Answer {
  request_id: string;
  status: string;
  // deno-lint-ignore no-explicit-any -- an answer is as free as JSON is
  [name: string]: any;
}

/** Calls a function about a change request as somebody. */
export async function act(
  world: World,
  caller: Caller,
  verb: "validate" | "approve" | "reject" | "request" | "withdraw" | "commit" | "revise",
  id: string,
  more: { reason?: string; commit?: boolean; changes?: unknown } = {},
): Promise<Answer> {
  return await world.as(caller, async (sql) => {
    const reason = more.reason ?? "because";
    const [row] = await {
      validate: () => sql`select governance.validate_change(${id}) as answer`,
      approve: () =>
        sql`select governance.approve_change(${id}, ${reason}, ${more.commit ?? false}) as answer`,
      reject: () => sql`select governance.reject_change(${id}, ${reason}) as answer`,
      request: () => sql`select governance.request_changes(${id}, ${reason}) as answer`,
      withdraw: () => sql`select governance.withdraw_change(${id}, ${reason}) as answer`,
      commit: () => sql`select governance.commit_change(${id}) as answer`,
      revise: () =>
        more.changes === undefined
          ? sql`select governance.revise_change(${id}) as answer`
          : sql`select governance.revise_change(${id}, ${sql.json(more.changes as never)}) as answer`,
    }[verb]();
    return row!["answer"];
  });
}

/** Proposes values of one order. */
export async function propose(
  world: World,
  caller: Caller,
  key: string,
  values: Record<string, unknown>,
  entity = "purchase",
): Promise<Answer> {
  return await world.as(caller, async (sql) => {
    const [row] = await sql`
      select governance.propose_change(${entity}, ${key}, ${sql.json(values as never)}, 'because') as answer`;
    return row!["answer"];
  });
}

export interface Request {
  id: string;
  status: string;
  origin: string;
  policy_key: string | null;
  proposed_by: string | null;
  record_count: number;
  records: Record<string, [before: unknown, after: unknown]>;
}

/** Every request with its records, in order; each record as the one field's value before and after. */
export async function requests(sql: Sql | TransactionSql, field = "amount"): Promise<Request[]> {
  const rows = await sql`
    select q.id, q.status, q.origin, q.policy_key, q.proposed_by, q.record_count,
      (select jsonb_object_agg(r.record_key, jsonb_build_array(r.before -> ${field}::text, r.after -> ${field}::text))
       from governance.change_request_records r where r.request_id = q.id) as records
    from governance.change_requests q order by q.place`;
  return rows.map((row) => ({ ...row })) as unknown as Request[];
}

export async function order(sql: Sql, id: string): Promise<Record<string, unknown>> {
  const [row] = await sql`select amount, status, note from shop.orders where id = ${id}`;
  return { ...row };
}

/** Sets an order's columns as somebody; returns how many rows were updated. */
export async function edit(
  world: World,
  caller: Caller,
  id: string,
  values: Record<string, string | null>,
): Promise<number> {
  return await world.as(
    caller,
    async (sql) => (await sql`update shop.orders set ${sql(values)} where id = ${id}`).count,
  );
}
