import {
  createLocalJWKSet,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import type { JwtKeys } from "./types.ts";

const CACHE_SIZE = 1_000;

/** Why a token was refused. */
export type TokenFault = "malformed" | "algorithm" | "signature" | "expired" | "claims";

/** A verified token of the outside with its twin for `@supabase/lite`, or the reason of its refusal. */
export type TokenResult =
  | { readonly kind: "valid"; readonly internal: string; readonly claims: JWTPayload }
  | { readonly kind: "refused"; readonly fault: TokenFault; readonly algorithm: string | null };

/** What the answer to a sign-in says of its user; hosted's tokens carry these as claims, `@supabase/lite`'s do not. */
export interface TokenUser {
  readonly phone?: string | null;
  readonly app_metadata?: Record<string, unknown>;
  readonly user_metadata?: Record<string, unknown>;
  readonly is_anonymous?: boolean;
}

/** Translates user tokens between the outside (ES256 with a `kid`) and `@supabase/lite` (HS256). */
export interface Tokens {
  /** Verifies a token of the outside. Only ES256 by a published key passes: neither HS256, nor `none`. */
  verify(token: string): Promise<TokenResult>;
  /** Signs a token of `@supabase/lite` for the outside; anything that it did not sign comes back as it is. */
  publish(internal: string, user?: TokenUser): Promise<string>;
}

function algorithmOf(token: string): string | null {
  try {
    const header = new TextDecoder().decode(
      Uint8Array.fromBase64(token.split(".")[0] ?? "", { alphabet: "base64url" }),
    );
    const alg: unknown = JSON.parse(header).alg;
    return typeof alg === "string" ? alg : null;
  } catch {
    return null;
  }
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) return "claims";
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return "algorithm";
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return "signature";
  }
  return "malformed";
}

/** Makes the translator; `issuer` is what hosted writes as `iss`: `<api url>/auth/v1`. */
export async function createTokens(keys: JwtKeys, issuer: string): Promise<Tokens> {
  const privateKey = await importJWK(keys.privateJwk, "ES256");
  const published = createLocalJWKSet(keys.jwks as JSONWebKeySet);
  const secret = new TextEncoder().encode(keys.internalSecret);
  // Verifying and signing costs about a millisecond, and a client sends one token for an hour.
  const cache = new Map<string, { readonly result: TokenResult; readonly expires: number }>();

  async function verifyUncached(token: string): Promise<TokenResult> {
    const algorithm = algorithmOf(token);
    if (token.split(".").length !== 3 || algorithm === null) {
      return { kind: "refused", fault: "malformed", algorithm };
    }
    if (algorithm !== "ES256") return { kind: "refused", fault: "algorithm", algorithm };
    try {
      const { payload } = await jwtVerify(token, published, { algorithms: ["ES256"] });
      const internal = await new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(
        secret,
      );
      return { kind: "valid", internal, claims: payload };
    } catch (error) {
      return { kind: "refused", fault: faultOf(error), algorithm };
    }
  }

  return {
    async verify(token) {
      const known = cache.get(token);
      if (known && known.expires > Date.now()) return known.result;
      const result = await verifyUncached(token);
      cache.delete(token);
      if (result.kind === "valid") {
        const oldest = cache.keys().next().value;
        if (cache.size >= CACHE_SIZE && oldest !== undefined) cache.delete(oldest);
        cache.set(token, { result, expires: (result.claims.exp ?? Infinity) * 1000 });
      }
      return result;
    },
    async publish(internal, user) {
      try {
        const { payload } = await jwtVerify(internal, secret, { algorithms: ["HS256"] });
        const header = { alg: "ES256", kid: keys.privateJwk.kid, typ: "JWT" };
        const claims = {
          ...payload,
          iss: issuer,
          phone: user?.phone ?? "",
          app_metadata: user?.app_metadata ?? {},
          user_metadata: user?.user_metadata ?? {},
          aal: "aal1",
          is_anonymous: user?.is_anonymous ?? false,
        };
        return await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
      } catch {
        return internal;
      }
    },
  };
}
