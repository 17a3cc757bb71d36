/** An operating system account. */
export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that Postgres runs as: none of its own for an ordinary user, an unprivileged one for root, because
 * Postgres refuses to run as root.
 *
 * @throws {Error} where this is root and the machine has neither an account `postgres` nor `nobody`.
 */
export async function postgresOsUser(): Promise<OsUser | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const accounts = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "_postgres", "nobody"]) {
    const account = accounts.find((fields) => fields[0] === name);
    const [uid, gid] = [Number(account?.[2]), Number(account?.[3])];
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid > 0) return { name, uid, gid };
  }
  throw new Error(
    'Postgres does not run as root, and this machine has no account "postgres" or "nobody" to run it as. ' +
      "Start as an ordinary user, or create one: useradd --system postgres",
  );
}

/** Whether `user` can reach files below `path`: every folder on the way lets it pass. */
export async function canTraverse(path: string, user: OsUser): Promise<boolean> {
  for (let dir = path; dir !== "/"; dir = dir.slice(0, dir.lastIndexOf("/")) || "/") {
    const info = await Deno.stat(dir).catch(() => undefined);
    if (info === undefined) continue; // not created yet
    const mode = info.mode ?? 0;
    const passes = info.uid === user.uid ? mode & 0o100 : info.gid === user.gid ? mode & 0o010 : mode & 0o001;
    if (!passes) return false;
  }
  return true;
}

/** Gives a file or folder to the account that Postgres runs as; nothing to do for an ordinary user. */
export async function giveTo(path: string, user: OsUser | undefined): Promise<void> {
  if (user) await Deno.chown(path, user.uid, user.gid);
}
