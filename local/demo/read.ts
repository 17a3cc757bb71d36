import { delay } from "@std/async/delay";

/** The story did not go as it is told. */
export class StoryError extends Error {
  override readonly name = "StoryError";
}

interface Answer<Data> {
  readonly data: Data;
  readonly error: { readonly message: string } | null;
}

/** The data of an answer that should be no error. */
export function dataOf<Data>(what: string, { data, error }: Answer<Data>): NonNullable<Data> {
  if (error) throw new StoryError(`${what}: ${error.message}`);
  if (data === null || data === undefined) throw new StoryError(`${what}: the answer was empty.`);
  return data;
}

const timeoutMs = 30_000;

/** Reads until what is read is as it should be, and returns it. Throws {@linkcode StoryError} after half a minute. */
export async function readUntil<Data>(
  what: string,
  read: () => PromiseLike<Answer<Data>>,
  isSo: (data: NonNullable<Data>) => boolean,
): Promise<NonNullable<Data>> {
  const until = Date.now() + timeoutMs;
  while (true) {
    const data = dataOf(what, await read());
    if (isSo(data)) return data;
    if (Date.now() > until) throw new StoryError(`${what}: still ${JSON.stringify(data)} after 30 seconds.`);
    await delay(100);
  }
}
