import { Hono } from "hono";
import { cors } from "hono/cors";
import { ConfigurationMissingError } from "../_shared/env.ts";
import type { Log } from "../_shared/log.ts";
import { problem } from "../_shared/problem.ts";
import { answerRoute } from "./http/answer_route.ts";
import { ApiProblem } from "./http/api_problem.ts";
import type { Route } from "./http/route.ts";
import { createServices, type Services } from "./http/services.ts";

/** What the outside calls this function; everything before and including it is not part of a route's path. */
const NAME = "/governance-api";

/** The API as a web handler. */
export function createApp(routes: readonly Route[], log: Log): Hono {
  let services: Services | null = null;
  const app = new Hono({ getPath: ({ url }) => pathInside(url) });
  app.use(cors({
    origin: "*",
    allowHeaders: [
      "authorization",
      "apikey",
      "content-type",
      "idempotency-key",
      "x-client-info",
      "x-request-id",
    ],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: 3600,
  }));
  for (const route of routes) {
    app.on(
      route.method,
      toHonoPath(route.path),
      (c) => answerRoute(route, c.req.raw, c.req.param(), services ??= createServices(log)),
    );
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = [...new Set(routes.filter((route) => route.path === path).map((route) => route.method))]
      .join(", ");
    app.all(toHonoPath(path), () => problem("method-not-allowed", { allow }));
  }
  app.notFound((c) =>
    problem("not-found", {}, {
      detail: `There is no address "${pathInside(c.req.url).slice(0, 200)}".`,
      hint: "GET /openapi.json lists all addresses.",
    })
  );
  app.onError((error) => {
    const refusal = toProblem(error);
    if (refusal.code === "internal" || refusal.code === "configuration-missing") {
      log.error("A request broke.", refusal.cause ?? refusal);
    }
    return problem(refusal.code, refusal.headers, refusal.details);
  });
  return app;
}

function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(error instanceof ConfigurationMissingError ? error.code : "internal", {}, {}, error);
}

function pathInside(url: string): string {
  const { pathname } = new URL(url);
  const at = pathname.indexOf(NAME);
  return at < 0 ? pathname : pathname.slice(at + NAME.length) || "/";
}

function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
