import { z } from "zod";
import { type ErrorCode, ERRORS } from "../../../../shared/errors.ts";
import { KEY_HEADER } from "./caller.ts";
import { idempotencyParameter, problemSchema } from "./openapi_parts.ts";
import type { Route } from "./route.ts";

type Json = Record<string, unknown>;

/** Refusals that every address can answer. */
const COMMON: readonly ErrorCode[] = ["internal", "unavailable"];

/** The OpenAPI 3.1 document of the routes: made of the schemas that check the requests. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "The self-governing CRM",
      version: "1",
      description: "What people and integrations ask of the governing layer.",
    },
    servers: [{ url: "/functions/v1/governance-api" }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      parameters: { IdempotencyKey: idempotencyParameter },
      securitySchemes: {
        person: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        integration: {
          type: "apiKey",
          in: "header",
          name: KEY_HEADER,
          description: "An integration key; the operation names the scope that it needs.",
        },
      },
    },
  };
}

function operation(route: Route): Json {
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.tag],
    security: security(route),
    ...parameters(route),
    ...(route.body && {
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: jsonSchema(route.body, "input"),
            ...(route.example && {
              examples: { example: { summary: route.example.summary, value: route.example.body } },
            }),
          },
        },
      },
    }),
    ...(route.rawBody && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          route.rawBody.map((type) => [type, { schema: { type: "string", format: "binary" } }]),
        ),
      },
    }),
    responses: {
      [String(route.status ?? 200)]: {
        description: "Done.",
        content: { "application/json": { schema: jsonSchema(route.answer, "output") } },
      },
      ...refusals(route),
    },
  };
}

function security(route: Route): Json[] {
  if (route.audience === "anybody") return [];
  return [
    ...(route.audience === "integration" ? [] : [{ person: [] }]),
    ...(route.scope ? [{ integration: [route.scope] }] : []),
  ];
}

function parameters(route: Route): Json {
  const isOnce = route.audience !== "anybody" && ["POST", "PATCH"].includes(route.method);
  const all: Json[] = [
    ...Object.entries(route.params?.shape ?? {}).map(([name, schema]) => parameter("path", name, schema)),
    ...Object.entries(route.query?.shape ?? {}).map(([name, schema]) => parameter("query", name, schema)),
    ...(isOnce ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
  ];
  return all.length === 0 ? {} : { parameters: all };
}

function parameter(place: "path" | "query", name: string, schema: z.core.$ZodType): Json {
  const required = place === "path" || !z.safeParse(schema, undefined).success;
  const description = (schema as z.ZodType).description;
  return {
    name,
    in: place,
    required,
    ...(description !== undefined && { description }),
    schema: jsonSchema(schema, "input"),
  };
}

function refusals(route: Route): Json {
  const codes = new Set<ErrorCode>([...COMMON, ...(route.errors ?? [])]);
  if (route.audience !== "anybody") codes.add("not-signed-in");
  if (route.scope) codes.add("not-allowed").add("too-many-calls");
  if (route.params || route.query || route.body) codes.add("request-invalid");
  if (route.rawBody) codes.add("unreadable").add("too-large").add("media-type-unsupported");
  if (route.body) {
    for (const code of ["unreadable", "too-large", "media-type-unsupported"] as const) codes.add(code);
  }
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].sort(([a], [b]) => a - b).map(([status, of]) => [String(status), {
      description: of.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join(" "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    }]),
  );
}

function jsonSchema(schema: z.core.$ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
