/**
 * The same request with other headers or another body. It does not end when its client goes away: a write that was sent
 * is carried out, as behind hosted's proxies.
 */
export function copyRequest(
  request: Request,
  changes: { readonly headers?: Headers; readonly body?: BodyInit },
): Request {
  return new Request(request.url, {
    method: request.method,
    headers: changes.headers ?? request.headers,
    body: changes.body ?? request.body,
    redirect: "manual",
  });
}
