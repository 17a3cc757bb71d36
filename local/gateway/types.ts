import type { JWK } from "jose";

/** The ES256 key pair that signs user tokens towards the outside, and its public half as SUPABASE_JWKS. */
export interface JwtKeys {
  /** Private key as JWK with `kid`, kept with the project's local data so that tokens outlive a restart. */
  readonly privateJwk: JWK & { readonly kid: string };
  /** What `/auth/v1/.well-known/jwks.json` answers. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** HS256 secret between the gateway and `@supabase/lite`; it never leaves the process. */
  readonly internalSecret: string;
}

/** The project's API keys, as in `SUPABASE_PUBLISHABLE_KEYS` and `SUPABASE_SECRET_KEYS`. */
export interface ApiKeys {
  readonly publishable: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
}

/** Options of {@linkcode startGateway}. */
export interface GatewayOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Connection of the REST API as role `authenticator` (noinherit, member of anon, authenticated, service_role). */
  readonly dbUrl: string;
  /** Connection of Auth: the owner of schema `auth` (hosted: `supabase_auth_admin`). */
  readonly authDbUrl: string;
  /** A role that sees the whole catalog (superuser), for the schema cache only: no request runs on it. */
  readonly adminDbUrl: string;
  /** Exposed schemas; default `[api].schemas` of `configToml`, the first being the default schema. */
  readonly schemas?: readonly string[];
  /** Path of `supabase/config.toml`: `[api]` and `[auth]` are taken from it. */
  readonly configToml: string;
  readonly jwtKeys: JwtKeys;
  readonly keys: ApiKeys;
  /** The function runtime; without it `/functions/v1` answers 404. */
  readonly functions?: { fetch(request: Request): Promise<Response> };
  /** Largest request body in bytes; default 50 MB. */
  readonly maxBodyBytes?: number;
  /** Database connections of the REST API; default 10. */
  readonly poolSize?: number;
  /** One line per failed request and event; default: nothing. */
  readonly log?: (message: string) => void;
}

/** A running gateway. */
export interface Gateway {
  /** `http://127.0.0.1:<port>`, what `SUPABASE_URL` is. */
  readonly url: string;
  readonly port: number;
  /** Forgets the cached schema; also happens on `NOTIFY pgrst, 'reload schema'`. */
  schemaChanged(): Promise<void>;
  /** Stops accepting, finishes what is under way, closes the database connections. */
  stop(): Promise<void>;
}
