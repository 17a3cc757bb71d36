/**
 * The same request with other headers or another body. It does not end when its client goes away: a write that was sent
 * is carried out, as behind hosted's proxies.
 */
export function copyRequest(
  request: Request,
  changes: { readonly url?: string; readonly headers?: Headers; readonly body?: BodyInit | null },
): Request {
  return new Request(changes.url ?? request.url, {
    method: request.method,
    headers: changes.headers ?? request.headers,
    body: changes.body === undefined ? request.body : changes.body,
    redirect: "manual",
  });
}
