import postgres, { type Sql } from "postgres";

/** The functions that `evaluate` calls through REST, with the types that REST would read from the catalog. */
const PARAMETERS: Readonly<Record<string, string>> = {
  claim_changes: "p_limit integer, p_known_versions jsonb",
  heartbeat: "p_lease_id uuid",
  apply_verdicts: "p_lease_id uuid, p_entity_type text, p_rules_version text, p_verdicts jsonb",
  fail_changes: "p_lease_id uuid, p_keys text[], p_error text",
  release_changes: "p_lease_id uuid",
  ring_doorbell: "",
};

/** Calls one of them as REST does for the secret key: one transaction, role and timeout of `service_role`. */
export async function callFunction(sql: Sql, name: string, given: string): Promise<Response> {
  const parameters = PARAMETERS[name];
  if (parameters === undefined) return Response.json({ code: "PGRST202", message: name }, { status: 404 });
  const names = parameters === "" ? [] : parameters.split(", ").map((p) => p.split(" ")[0]!);
  const from = names.length === 0 ? "" : ` from jsonb_to_record($1::text::jsonb) as x(${parameters})`;
  const call = `select governance.${name}(${names.map((n) => `${n} => x.${n}`).join(", ")}) as answer${from}`;
  try {
    const [row] = await sql.begin(async (own) => {
      await own`select set_config('request.jwt.claims', '{"role": "service_role"}', true),
        set_config('statement_timeout', '8s', true), set_config('role', 'service_role', true)`;
      return await own.unsafe(call, names.length === 0 ? [] : [given]);
    }) as [{ answer: unknown }];
    return Response.json(row.answer ?? null);
  } catch (error) {
    if (error instanceof postgres.PostgresError) {
      const status = /^PT\d{3}$/.test(error.code)
        ? Number(error.code.slice(2))
        : error.code.startsWith("P0")
        ? 400
        : 500;
      return Response.json({
        code: error.code,
        message: error.message,
        details: error.detail,
        hint: error.hint,
      }, { status });
    }
    return Response.json({ code: "PGRST000", message: String(error) }, { status: 503 });
  }
}
