import { bodyTooLarge, notFound, unexpected } from "./answers.ts";
import { copyRequest } from "./copy_request.ts";
import { limitBody } from "./limit_body.ts";

type Handler = (request: Request) => Promise<Response>;

/** The services behind the one host. */
export interface Routes {
  readonly rest: Handler;
  readonly auth: Handler;
  readonly functions: { fetch: Handler } | undefined;
  readonly maxBodyBytes: number;
  readonly ping: () => Promise<boolean>;
  readonly log: (message: string) => void;
}

const METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS";

/** The gateway answers the browser's question itself for REST and Auth; functions answer it themselves, as on hosted. */
function preflight(request: Request): Response {
  return new Response(null, {
    status: 200,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "*",
      "access-control-max-age": "3600",
      "vary": "Access-Control-Request-Headers",
    },
  });
}

function forwarded(request: Request, peer: string): Request {
  const url = new URL(request.url);
  const headers = new Headers(request.headers);
  const before = headers.get("x-forwarded-for");
  headers.set("x-forwarded-for", before ? `${before}, ${peer}` : peer);
  headers.set("x-forwarded-host", url.hostname);
  headers.set("x-forwarded-port", url.port);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  headers.set("sb-request-id", crypto.randomUUID());
  return copyRequest(request, { headers });
}

/** Sends each request to its service. */
export function createRouter(
  routes: Routes,
): (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => Promise<Response> {
  async function route(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/functions/v1" || pathname.startsWith("/functions/v1/")) {
      return await routes.functions?.fetch(request) ?? notFound();
    }
    const isRest = pathname.startsWith("/rest/v1/") || pathname === "/rest/v1";
    const isAuth = pathname.startsWith("/auth/v1/");
    if (!isRest && !isAuth) {
      if (pathname === "/health") return health(await routes.ping());
      return notFound();
    }
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return preflight(request);
    }
    return await (isRest ? routes.rest : routes.auth)(request);
  }

  return async (request, info) => {
    const limited = limitBody(forwarded(request, info.remoteAddr.hostname), routes.maxBodyBytes);
    if (limited === null) return bodyTooLarge();
    try {
      return await route(limited);
    } catch (error) {
      routes.log(`gateway: ${request.method} ${new URL(request.url).pathname}: ${error}`);
      return unexpected();
    }
  };
}

function health(ok: boolean): Response {
  return Response.json({ status: ok ? "ok" : "no database" }, { status: ok ? 200 : 503 });
}
