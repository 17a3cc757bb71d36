import * as fc from "fast-check";

/** Keeps generated values together with what shrinking them needs. */
class Kept<T> extends fc.Arbitrary<fc.Value<T>> {
  constructor(readonly inner: fc.Arbitrary<T>) {
    super();
  }
  override generate(random: fc.Random, bias: number | undefined): fc.Value<fc.Value<T>> {
    return new fc.Value(this.inner.generate(random, bias), undefined);
  }
  override canShrinkWithoutContext(_value: unknown): _value is fc.Value<T> {
    return false;
  }
  override shrink(): fc.Stream<fc.Value<fc.Value<T>>> {
    return fc.Stream.nil();
  }
}

/** Values that can be shrunk, always the same for a seed. */
export function sample<T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): readonly fc.Value<T>[] {
  return fc.sample(new Kept(arbitrary), { numRuns: count, seed });
}
