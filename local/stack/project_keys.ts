import { encodeBase32, encodeBase64Url } from "@std/encoding";
import { join } from "@std/path";
import { type ApiKeys, createApiKeys, createJwtKeys, type JwtKeys } from "../gateway/mod.ts";

/** The secrets of one local project, and what was decided when it was created. */
export interface ProjectKeys {
  readonly jwt: JwtKeys;
  readonly api: ApiKeys;
  /** Rings the functions, and nothing else. */
  readonly doorbellToken: string;
  /** Of all demo users. */
  readonly demoPassword: string;
  /** Whether the database gets the seed: asked once, when it is new. */
  readonly seed: boolean;
}

const fileName = "project.json";

/** Generates the secrets of a new project. */
export async function createProjectKeys(seed: boolean): Promise<ProjectKeys> {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  return {
    jwt: await createJwtKeys(),
    api: createApiKeys(),
    doorbellToken: encodeBase64Url(random(32)),
    demoPassword: `demo-${encodeBase32(random(5)).toLowerCase()}`,
    seed,
  };
}

/** The secrets that belong to the data in `dir`, generated where there are none; only their owner can read the file. */
export async function ensureProjectKeys(dir: string, seed: boolean): Promise<ProjectKeys> {
  const file = join(dir, fileName);
  try {
    return JSON.parse(await Deno.readTextFile(file)) as ProjectKeys;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const keys = await createProjectKeys(seed);
  await Deno.writeTextFile(`${file}.new`, JSON.stringify(keys, null, 2), { mode: 0o600 });
  await Deno.rename(`${file}.new`, file);
  return keys;
}
