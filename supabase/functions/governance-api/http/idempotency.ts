import { z } from "zod";
import { ERRORS } from "../../../../shared/errors.ts";
import type { Json } from "../../../../shared/schema/database.ts";
import { ask } from "../gateways/ask.ts";
import { ApiProblem, requestInvalid } from "./api_problem.ts";
import type { Caller } from "./caller.ts";
import type { Route } from "./route.ts";
import type { Services } from "./services.ts";

/** The header by which a client says that a call is the same as an earlier one. */
export const IDEMPOTENCY_HEADER = "idempotency-key";

/** An answer longer than this is not kept. */
const MAX_KEPT = 1_000_000;

const begunSchema = z.object({ is_new: z.boolean(), answer: z.unknown() });

/**
 * Runs a call once for each idempotency key of its caller: the same call again gets the answer of the first. A call
 * that is refused has done nothing and frees its key; one that broke keeps it, because nobody knows what it has done.
 *
 * @throws {ApiProblem} key-reused for another request under the same key, call-unfinished while the first one runs
 */
export async function answerOnce(
  route: Route,
  request: Request,
  body: unknown,
  caller: Caller,
  { system, log }: Services,
  handle: () => Promise<unknown>,
): Promise<unknown> {
  const key = request.headers.get(IDEMPOTENCY_HEADER);
  const p_caller = caller.integration?.key_id ?? caller.userId;
  if (key === null || p_caller === null || !["POST", "PATCH"].includes(route.method)) return await handle();
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    const message = "The key is 1 to 200 visible ASCII characters.";
    throw requestInvalid([{ at: `/header/${IDEMPOTENCY_HEADER}`, message }]);
  }
  const { pathname, search } = new URL(request.url);
  const call = { p_caller, p_key_hash: await sha256(key) };
  const p_request_hash = await sha256(JSON.stringify([route.method, pathname, search, body ?? null]));
  const begun = await ask(system.rpc("begin_idempotent_call", { ...call, p_request_hash }), begunSchema);
  if (!begun.is_new) return begun.answer;
  const finish = async (parts: { p_status?: number; p_answer?: Json }) => {
    const { error } = await system.rpc("finish_idempotent_call", { ...call, ...parts });
    if (error !== null) log.error("The answer of a call could not be kept.", error);
  };
  try {
    const answer = await handle();
    const isKept = !route.answerIsSecret && JSON.stringify(answer).length <= MAX_KEPT;
    await finish({ p_status: route.status ?? 200, ...(isKept && { p_answer: answer as Json }) });
    return answer;
  } catch (error) {
    if (error instanceof ApiProblem && ERRORS[error.code].status < 500) await finish({});
    throw error;
  }
}

async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
