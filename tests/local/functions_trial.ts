import { fromFileUrl, join } from "@std/path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import {
  type FunctionLimits,
  type FunctionLog,
  type Functions,
  startFunctions,
} from "../../local/functions/mod.ts";

/** The project whose functions misbehave on purpose. */
export const fixtureProject: string = fromFileUrl(new URL("../fixtures/functions", import.meta.url));

/** A functions runtime without a gateway in front of it. */
export interface FunctionsTrial extends AsyncDisposable {
  readonly functions: Functions;
  readonly logged: FunctionLog[];
  /** A copy of the fixture project that the test may change. */
  readonly projectDir: string;
  /** Calls `/functions/v1/<path>`. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Calls and reads the answer. */
  text(path: string, init?: RequestInit): Promise<readonly [status: number, body: string]>;
  /** A token as Auth signs it. */
  token(claims?: Record<string, unknown>): Promise<string>;
  /** Writes a file below `supabase/functions`. */
  write(file: string, text: string): Promise<void>;
}

/** Starts one for a test: `await using trial = await startFunctionsTrial();`. */
export async function startFunctionsTrial(limits: Partial<FunctionLimits> = {}): Promise<FunctionsTrial> {
  const projectDir = await Deno.makeTempDir({ prefix: "functions-test-" });
  await copy(join(fixtureProject, "supabase"), join(projectDir, "supabase"));
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwks = { keys: [{ ...await exportJWK(publicKey), kid: "test", alg: "ES256" }] };
  const logged: FunctionLog[] = [];
  const functions = await startFunctions({
    projectDir,
    env: {
      SUPABASE_URL: "http://127.0.0.1:54321",
      SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_test"}',
      SUPABASE_SECRET_KEYS: '{"default":"sb_secret_test"}',
      SUPABASE_JWKS: JSON.stringify(jwks),
      DOORBELL_TOKEN: "ding-dong",
    },
    limits,
    log: (line) => logged.push(line),
  });
  const call = (path: string, init?: RequestInit) =>
    functions.fetch(new Request(`http://127.0.0.1:54321/functions/v1/${path}`, init));
  return {
    functions,
    logged,
    projectDir,
    call,
    async text(path, init) {
      const response = await call(path, init);
      return [response.status, await response.text()];
    },
    token: (claims = { sub: crypto.randomUUID(), role: "authenticated" }) =>
      new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "test" }).setExpirationTime("1h").sign(
        privateKey,
      ),
    write: (file, text) => Deno.writeTextFile(join(projectDir, "supabase/functions", file), text),
    async [Symbol.asyncDispose]() {
      await functions.stop();
      await Deno.remove(projectDir, { recursive: true });
    },
  };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** Whether a process exists and is not merely waiting to be buried. */
export function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}
