/** JSON to a deployed API, which must take it. */

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the API answers
export async function call(url: string, body?: unknown, type = 'application/json'): Promise<any> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined && { accept: type }), ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
}
