import { problem } from "./problem.ts";
import { tokensMatch } from "./tokens_match.ts";

/** The header that carries the doorbell's token; the token allows nothing but ringing. */
export const DOORBELL_HEADER = "x-doorbell-token";

/** Refuses what is no valid ring: null lets it pass. */
export async function refuseUnlessDoorbell(request: Request, token: string): Promise<Response | null> {
  if (request.method !== "POST") return problem("method-not-allowed", { allow: "POST" });
  const given = request.headers.get(DOORBELL_HEADER);
  if (given === null || !await tokensMatch(given, token)) return problem("not-signed-in");
  return null;
}
