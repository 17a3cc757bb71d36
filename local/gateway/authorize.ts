import type { JWTPayload } from "jose";
import { keyIsNoToken } from "./answers.ts";
import type { TokenFault, Tokens } from "./tokens.ts";

/** The headers without `Authorization`, and what it proved; or the answer that refuses the request. */
export type Authorized =
  | {
    readonly headers: Headers;
    readonly user: { readonly internal: string; readonly claims: JWTPayload } | null;
  }
  | { readonly refused: Response };

/**
 * Takes the user's token out of a request and verifies it. What the outside sends never reaches `@supabase/lite`, or the
 * HS256 secret between the gateway and it would be worth guessing.
 */
export async function authorize(
  request: Request,
  tokens: Tokens,
  refuse: (fault: TokenFault) => Response,
): Promise<Authorized> {
  const headers = new Headers(request.headers);
  const authorization = request.headers.get("authorization");
  if (authorization === null) return { headers, user: null };
  headers.delete("authorization");
  const token = /^bearer\s+(.+)$/i.exec(authorization)?.[1]?.trim();
  if (token === undefined) return { headers, user: null };
  if (token.startsWith("sb_")) {
    const apikey = request.headers.get("apikey") ?? new URL(request.url).searchParams.get("apikey");
    return token === apikey ? { headers, user: null } : { refused: keyIsNoToken() };
  }
  const result = await tokens.verify(token);
  if (result.kind === "refused") return { refused: refuse(result.fault) };
  return { headers, user: result };
}
