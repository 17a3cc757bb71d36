import { join } from "@std/path";
import { giveTo, type OsUser } from "../process/mod.ts";
import { bootstrapHash, runBootstrap } from "./bootstrap.ts";
import { hostBasedAuthentication, postgresConfig } from "./config.ts";
import { freePort } from "./free_port.ts";
import { buildOnce, hashOf } from "../state/mod.ts";
import type { PostgresRuntime } from "./runtime.ts";
import { startServer } from "./server.ts";

/** A template is in use only while it is copied; every change of a migration makes another one of 50 MB. */
export const templateKeepHours = 2;
/** A superuser that is not `postgres`, as on hosted Supabase. */
export const superuser = "supabase_admin";
/** Only until a cluster gets passwords of its own. */
export const templatePassword = "template";

/** Names the clusters that {@linkcode bareTemplate} makes: the Postgres release, the extensions, the bootstrap SQL. */
export async function bareHash(runtimeHash: string, user: OsUser | undefined): Promise<string> {
  return await hashOf([runtimeHash, await bootstrapHash(), initdbArgs().join(" "), user?.name ?? ""]);
}

/** A stopped cluster with hosted Supabase's roles, schemas and grants; made once and kept under `stateRoot`. */
export async function bareTemplate(
  stateRoot: string,
  runtime: PostgresRuntime,
  user: OsUser | undefined,
): Promise<string> {
  const dir = join(stateRoot, "template", `bare-${runtime.version}-${await bareHash(runtime.hash, user)}`);
  await buildOnce(dir, templateKeepHours, (target) => buildTemplate(target, runtime, user));
  return dir;
}

/** Makes `dir` a cluster of its own by copying a stopped one. */
export async function copyCluster(template: string, dir: string, user: OsUser | undefined): Promise<void> {
  for (const name of ["vault.key", "data"]) {
    await run("/bin/cp", ["-Rp", join(template, name), join(dir, name)], user);
  }
}

async function buildTemplate(
  target: string,
  runtime: PostgresRuntime,
  user: OsUser | undefined,
): Promise<void> {
  await Deno.mkdir(target);
  await Deno.chmod(target, 0o755);
  await giveTo(target, user);
  const keyFile = join(target, "vault.key");
  await Deno.writeFile(keyFile, crypto.getRandomValues(new Uint8Array(32)), { mode: 0o400 });
  await giveTo(keyFile, user);
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
