import { join } from "@std/path";
import { giveTo, type OsUser } from "../process/mod.ts";
import { bootstrapHash, runBootstrap } from "./bootstrap.ts";
import { buildOnce } from "./build_once.ts";
import { hostBasedAuthentication, postgresConfig } from "./config.ts";
import { freePort } from "./free_port.ts";
import { hashOf } from "./hash.ts";
import type { PostgresRuntime } from "./runtime.ts";
import { startServer } from "./server.ts";

/** A superuser that is not `postgres`, as on hosted Supabase. */
export const superuser = "supabase_admin";
/** Only until a cluster gets passwords of its own. */
export const templatePassword = "template";

/**
 * Creates `dir/data`: a fresh cluster with hosted Supabase's roles, schemas and grants.
 *
 * It is copied from a template that is made once and kept under `stateRoot`, named after everything that it was made
 * from: the Postgres release, the extensions, the bootstrap SQL.
 */
export async function createCluster(
  dir: string,
  options: { runtime: PostgresRuntime; stateRoot: string; user: OsUser | undefined },
): Promise<void> {
  const { runtime, stateRoot, user } = options;
  const hash = await hashOf([runtime.hash, await bootstrapHash(), initdbArgs().join(" "), user?.name ?? ""]);
  const template = join(stateRoot, "template", `cluster-${runtime.version}-${hash}`);
  await buildOnce(template, (target) => buildTemplate(target, runtime, user));
  await copyAs(join(template, "data"), join(dir, "data"), user);
}

async function buildTemplate(
  target: string,
  runtime: PostgresRuntime,
  user: OsUser | undefined,
): Promise<void> {
  await Deno.mkdir(target);
  await Deno.chmod(target, 0o755);
  await giveTo(target, user);
  const passwordFile = join(target, "password");
  await Deno.writeTextFile(passwordFile, templatePassword);
  await giveTo(passwordFile, user);
  await run(join(runtime.dir, "bin/initdb"), [
    ...initdbArgs(),
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    `--pgdata=${join(target, "data")}`,
  ], user);
  await Deno.remove(passwordFile);
  await Deno.writeTextFile(join(target, "data/pg_hba.conf"), hostBasedAuthentication);
  await Deno.writeTextFile(join(target, "data/postgresql.auto.conf"), postgresConfig({ durable: false }));

  const port = freePort();
  const server = await startServer({ runtime, dir: target, port, user });
  try {
    await runBootstrap(`postgres://${superuser}:${templatePassword}@127.0.0.1:${port}/postgres`);
  } finally {
    await server.stop();
  }
}

function initdbArgs(): string[] {
  // every Linux has C.UTF-8, macOS does not
  const locale = Deno.build.os === "darwin" ? "en_US.UTF-8" : "C.UTF-8";
  return ["--encoding=UTF8", `--locale=${locale}`, "--auth=scram-sha-256", "--no-sync", "--no-instructions"];
}

/** Writes the settings of one start. The file is read after postgresql.conf, so that one stays as initdb made it. */
export async function configureCluster(dir: string, durable: boolean): Promise<void> {
  await Deno.writeTextFile(join(dir, "data/postgresql.auto.conf"), postgresConfig({ durable }));
}

async function copyAs(from: string, to: string, user: OsUser | undefined): Promise<void> {
  await run("/bin/cp", ["-Rp", from, to], user);
}

async function run(command: string, args: string[], user: OsUser | undefined): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: "/",
    env: { LC_ALL: "C", TZ: "UTC" },
    ...(user && { uid: user.uid, gid: user.gid }),
  }).output();
  if (success) return;
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim()).join("\n");
  throw new Error(`${command} failed:\n${text}`);
}
