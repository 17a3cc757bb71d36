import { fromFileUrl, join } from "@std/path";
import { canTraverse, postgresOsUser } from "../process/mod.ts";
import { hashOf } from "./hash.ts";

/** The project's folder. */
export const projectDir: string = fromFileUrl(new URL("../../", import.meta.url)).replace(/\/$/, "");

/**
 * Where this project keeps its local state: `.local` in the project, ignored by git.
 *
 * Started by root in a place that the account Postgres runs as cannot reach (as under /root), it lies in /var/tmp.
 */
export async function stateRoot(): Promise<string> {
  const dir = join(projectDir, ".local");
  const user = await postgresOsUser();
  if (!user || await canTraverse(dir, user)) return await ownDir(dir);
  return await ownDir(join("/var/tmp", `self-governing-crm-${await hashOf([projectDir])}`));
}

/** State of the start with this base port. */
export async function portDir(port: number): Promise<string> {
  return join(await stateRoot(), String(port));
}

/** A new folder for a database that is thrown away. */
export async function ephemeralDir(): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "self-governing-crm-" });
  await Deno.chmod(dir, 0o711);
  return dir;
}

/** A folder that nobody else prepared for us: /var/tmp is everybody's. */
async function ownDir(dir: string): Promise<string> {
  await Deno.mkdir(dir, { recursive: true, mode: 0o755 });
  const { uid } = await Deno.stat(dir);
  if (uid !== null && uid !== Deno.uid()) throw new Error(`The folder ${dir} belongs to another user.`);
  return dir;
}
