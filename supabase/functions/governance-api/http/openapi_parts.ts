import { ERRORS } from "../../../../shared/errors.ts";
import { IDEMPOTENCY_HEADER } from "./idempotency.ts";

type Json = Record<string, unknown>;

/** The header that every call which writes can carry. */
export const idempotencyParameter: Json = {
  name: IDEMPOTENCY_HEADER,
  in: "header",
  required: false,
  description:
    "The same call again under the same key is done once, for 24 hours: it gets the answer of the first.",
  schema: { type: "string", minLength: 1, maxLength: 200 },
};

/** How every refusal is answered. */
export const problemSchema: Json = {
  type: "object",
  required: ["type", "title", "status", "detail", "code", "hint"],
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: Object.keys(ERRORS) },
    hint: { type: "string" },
    context: { type: "object" },
  },
};
