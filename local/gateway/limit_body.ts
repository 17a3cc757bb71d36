import { copyRequest } from "./copy_request.ts";

/**
 * Bounds a request's body: null where its announced length is too long; a body of unknown length breaks off with an
 * error once it has passed the limit.
 */
export function limitBody(request: Request, maxBytes: number): Request | null {
  if (request.body === null) return request;
  const announced = request.headers.get("content-length");
  if (announced !== null) return Number(announced) > maxBytes ? null : request;
  let bytes = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(new Error("Request body is too large"));
      else controller.enqueue(chunk);
    },
  });
  return copyRequest(request, { body: request.body.pipeThrough(counter) });
}
