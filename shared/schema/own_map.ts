import { z } from "zod";

/**
 * A JSON object whose keys are data (column names, values people typed) as a `Map`, so that a key such as
 * `__proto__` or `constructor` is a key like any other.
 */
export function ownMap<T extends z.ZodType>(value: T): z.ZodType<ReadonlyMap<string, z.output<T>>> {
  return z.custom<object>(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
    "expected an object",
  ).transform((input, context) => {
    const map = new Map<string, z.output<T>>();
    for (const [key, raw] of Object.entries(input)) {
      const parsed = value.safeParse(raw);
      if (parsed.success) map.set(key, parsed.data);
      else {context.issues.push(
          ...parsed.error.issues.map((issue) =>
            ({ ...issue, path: [key, ...issue.path], input: raw }) as z.core.$ZodRawIssue
          ),
        );}
    }
    return map;
  }) as unknown as z.ZodType<ReadonlyMap<string, z.output<T>>>;
}
