import { join } from "@std/path";
import { buildOnce, hashOf } from "../state/mod.ts";
import { type PostgresPackage, type PostgresVersion, resolvePostgresPackage } from "./package.ts";

/** A copy of the Postgres binaries that also has this project's extensions. */
export interface PostgresRuntime {
  readonly version: PostgresVersion;
  readonly dir: string;
  /** Changes with the Postgres release and with every extension file. */
  readonly hash: string;
}

// a server may run from its copy for days
const keepHours = 14 * 24;
const extensionsDir = new URL("./extensions/", import.meta.url);

/**
 * Extensions that hosted Supabase lets the role `postgres` create (through supautils); here their control files say
 * `trusted`, which has the same effect in stock Postgres.
 */
const allowedToPostgres = [
  "autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance fuzzystrmatch hstore",
  "insert_username intarray isn ltree moddatetime pg_prewarm pg_stat_statements pg_trgm pg_walinspect pgcrypto",
  "pgrowlocks pgstattuple postgres_fdw refint seg sslinfo tablefunc tcn tsm_system_rows tsm_system_time unaccent",
  "uuid-ossp",
].join(" ").split(" ");

/**
 * Makes, once per content, a copy of the npm package with our extensions added.
 *
 * Postgres looks for extensions only beside its own binary, and the package folder belongs to npm: two checkouts or two
 * starts may share it, so it is never written to.
 */
export async function preparePostgresRuntime(
  stateRoot: string,
  version: PostgresVersion,
): Promise<PostgresRuntime> {
  const source = await resolvePostgresPackage(version);
  const extensions = await readExtensions();
  const hash = await hashRuntime(source, extensions);
  const dir = join(stateRoot, "runtime", `postgres-${source.release}-${hash}`);
  await buildOnce(dir, keepHours, (target) => copyPackage(source, extensions, target));
  return { version, dir, hash };
}

/** Names what {@linkcode preparePostgresRuntime} makes, without making it. */
export async function runtimeHash(version: PostgresVersion): Promise<string> {
  return await hashRuntime(await resolvePostgresPackage(version), await readExtensions());
}

function hashRuntime(source: PostgresPackage, extensions: Record<string, string>): Promise<string> {
  return hashOf([source.release, allowedToPostgres.join(), JSON.stringify(extensions)]);
}

async function copyPackage(
  source: PostgresPackage,
  extensions: Record<string, string>,
  target: string,
): Promise<void> {
  await copyTree(source.nativeDir, target);
  await restoreSymlinks(source.nativeDir, target);
  const share = join(target, "share/postgresql/extension");
  for (const name of allowedToPostgres) {
    const control = join(share, `${name}.control`);
    const text = await Deno.readTextFile(control).catch(() => undefined);
    if (text === undefined || /^trusted\s*=\s*true/m.test(text)) continue;
    await Deno.writeTextFile(control, `${text.trimEnd()}\ntrusted = true\n`);
  }
  for (const [name, text] of Object.entries(extensions)) {
    await Deno.writeTextFile(join(share, name), text, { mode: 0o644 });
  }
}

/** Everything readable by the account that Postgres runs as, whatever the umask was when npm unpacked it. */
async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyTree(source, target);
    else if (entry.isSymlink) await Deno.symlink(await Deno.readLink(source), target);
    else {
      await Deno.copyFile(source, target);
      await Deno.chmod(target, /\/bin$/.test(from) || /\.(so|dylib)\b/.test(entry.name) ? 0o755 : 0o644);
    }
  }
}

/** npm drops symbolic links; the package's install script restores them, here it is done without it too. */
async function restoreSymlinks(from: string, to: string): Promise<void> {
  const text = await Deno.readTextFile(join(from, "pg-symlinks.json")).catch(() => "[]");
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const path = join(to, target.replace(/^native\//, ""));
    if (await Deno.lstat(path).catch(() => undefined)) continue;
    await Deno.symlink(source.slice(source.lastIndexOf("/") + 1), path);
  }
}

async function readExtensions(): Promise<Record<string, string>> {
  const names = [];
  for await (const { name } of Deno.readDir(extensionsDir)) names.push(name);
  const texts = names.sort().map(async (
    name,
  ) => [name, await Deno.readTextFile(new URL(name, extensionsDir))]);
  return Object.fromEntries(await Promise.all(texts));
}
