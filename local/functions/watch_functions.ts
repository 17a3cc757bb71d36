import { dirname } from "@std/path";
import { fingerprint, localFiles } from "./module_graph.ts";
import type { FunctionConfig } from "./read_config.ts";

const DEBOUNCE_MS = 100;

/** Tells when a file that a function is made of, or `config.toml`, has changed. */
export class FunctionWatcher {
  readonly #configToml: string;
  readonly #onChange: (name: string) => void;
  readonly #onConfig: () => void;
  readonly #files = new Map<string, { readonly files: readonly string[]; readonly print: string }>();
  #configPrint: string;
  #watcher: Deno.FsWatcher | undefined;
  #watched = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(configToml: string, onChange: (name: string) => void, onConfig: () => void) {
    this.#configToml = configToml;
    this.#configPrint = fingerprint([configToml]);
    this.#onChange = onChange;
    this.#onConfig = onConfig;
    this.#rewatch();
  }

  /** Follows a function that starts now. What changes while its files are being listed counts as changed. */
  async follow(config: FunctionConfig): Promise<void> {
    const begun = Date.now();
    const files = await localFiles(config);
    if (this.#closed) return;
    this.#files.set(config.name, { files, print: fingerprint(files) });
    this.#rewatch();
    if (files.some((file) => changedSince(file, begun))) this.#onChange(config.name);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #check(): void {
    const configPrint = fingerprint([this.#configToml]);
    if (configPrint !== this.#configPrint) {
      this.#configPrint = configPrint;
      this.#onConfig();
    }
    for (const [name, { files, print }] of this.#files) {
      const now = fingerprint(files);
      if (now === print) continue;
      this.#files.set(name, { files, print: now });
      this.#onChange(name);
    }
  }

  /** Watches folders, not files: editors replace a file rather than write into it. */
  #rewatch(): void {
    const files = [...this.#files.values()].flatMap(({ files }) => files);
    const folders = [...new Set([this.#configToml, ...files].map((file): string => dirname(file)))].filter(
      isFolder,
    ).toSorted();
    const key = folders.join("\n");
    if (key === this.#watched) return;
    this.#watched = key;
    this.#watcher?.close();
    const watcher = Deno.watchFs(folders, { recursive: false });
    this.#watcher = watcher;
    void (async () => {
      for await (const event of watcher) {
        if (event.kind === "access") continue;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#check(), DEBOUNCE_MS);
      }
    })();
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function changedSince(file: string, time: number): boolean {
  try {
    return (Deno.statSync(file).mtime?.getTime() ?? 0) > time;
  } catch {
    return false;
  }
}
