import { exportJWK, generateKeyPair } from "jose";
import type { ApiKeys, JwtKeys } from "./types.ts";

function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Makes an ES256 key pair as a hosted project has one. Keep it, or every signed-in user is signed out. */
export async function createJwtKeys(): Promise<JwtKeys> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const kid = crypto.randomUUID();
  const shared = { kid, alg: "ES256", use: "sig" };
  return {
    privateJwk: { ...await exportJWK(privateKey), ...shared },
    jwks: { keys: [{ ...await exportJWK(publicKey), ...shared, key_ops: ["verify"] }] },
    internalSecret: randomText(48),
  };
}

/** Makes one publishable and one secret key in hosted Supabase's form. */
export function createApiKeys(): ApiKeys {
  return {
    publishable: { default: `sb_publishable_${randomText(16)}_${randomText(6)}` },
    secret: { default: `sb_secret_${randomText(16)}_${randomText(6)}` },
  };
}
