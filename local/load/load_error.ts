/** The product could not be reached or would not answer; the files were all right. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** An answer of supabase-js. */
export interface Answer<Data> {
  readonly data: Data;
  readonly error: { readonly message: string; readonly code?: string } | null;
}

/** The data of an answer. Throws {@linkcode LoadError} with what could not be done. */
export function dataOf<Data>(what: string, answer: Answer<Data>): NonNullable<Data> {
  if (answer.error) throw new LoadError(`Could not ${what}: ${answer.error.message}`);
  if (answer.data === null || answer.data === undefined) {
    throw new LoadError(`Could not ${what}: the answer was empty.`);
  }
  return answer.data;
}
