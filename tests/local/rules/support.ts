import { join } from "@std/path";
import { projectDir } from "../../../local/state/mod.ts";
import { startTestStack, type TestStack } from "../../helpers/stack.ts";

/** How a command line ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A product, a folder for its rules, and the command line in between. */
export interface Desk extends AsyncDisposable {
  readonly stack: TestStack;
  readonly dir: string;
  /** `deno task rules` with these words, by default with the product's secret key from the environment. */
  rules(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  edit(file: string, what: string | RegExp, by: string): Promise<void>;
  /** Every file of the folder, hidden ones as well. */
  list(): Promise<string[]>;
}

export async function openDesk(): Promise<Desk> {
  const stack = await startTestStack();
  const root = await Deno.makeTempDir({ prefix: "rules-" });
  const dir = join(root, "rules");
  const read = (file: string) => Deno.readTextFile(join(dir, file));
  const write = async (file: string, text: string) => {
    await Deno.mkdir(join(dir, file, ".."), { recursive: true });
    await Deno.writeTextFile(join(dir, file), text);
  };
  return {
    stack,
    dir,
    rules: (args, env = { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey }) =>
      runRules([...args, "--dir", dir], env),
    read,
    write,
    edit: async (file, what, by) => await write(file, (await read(file)).replace(what, by)),
    list: () => listFiles(dir),
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
      await stack.stop();
    },
  };
}

/** Runs the command line as CI does: no terminal, and nothing in the environment but what is given. */
export async function runRules(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "local/rules/main.ts", ...args],
    cwd: projectDir,
    stdin: "null",
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH")!, HOME: Deno.env.get("HOME")!, NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function listFiles(dir: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(dir, below))) {
    found.push(...isDirectory ? await listFiles(dir, join(below, name)) : [join(below, name)]);
  }
  return found.sort();
}
