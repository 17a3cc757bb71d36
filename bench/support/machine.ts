/** The machine in a few words: cores, memory, processor, system. */
export async function describeMachine(): Promise<string> {
  const cpu = await Deno.readTextFile("/proc/cpuinfo").then(
    (text) => /^model name\s*: (.*)$/m.exec(text)?.[1] ?? null,
    () => null,
  );
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const cores = navigator.hardwareConcurrency;
  return `${cores} cores, ${memory} GB, ${cpu ?? Deno.build.arch}, ${Deno.build.os}`;
}
