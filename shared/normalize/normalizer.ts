/** What a normalizer may know besides the value. */
export interface NormalizerContext {
  /** ISO 3166-1 alpha-2 code of the country that a value without one belongs to. */
  readonly country: string | null;
}

/**
 * Brings text into one form. Total (any text gives a result), pure, and idempotent; one that is not sure returns its
 * input.
 */
export type Normalizer = (value: string, context: NormalizerContext) => string | null;
