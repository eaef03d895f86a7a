import { describe, expect, it } from 'vitest';
import { testApp } from './support.ts';

/** The base URL of the links in the answer to a request with such headers. */
async function baseOf(headers: Record<string, string>, url = 'http://127.0.0.1:8082'): Promise<string> {
  const { app } = await testApp();
  const response = await app.request(new Request(`${url}/v3/clusters`, { headers }));
  const { metadata } = (await response.json()) as { metadata: { self: string } };
  return metadata.self.replace(/\/v3\/clusters$/, '');
}

describe('links', () => {
  it("are under the request's own origin", async () => {
    expect(await baseOf({})).toBe('http://127.0.0.1:8082');
  });

  it('are under what proxies say that the client called', async () => {
    const headers = {
      'X-Forwarded-Proto': 'https, http',
      'X-Forwarded-Host': 'log.example.com:8443, inner',
      'X-Forwarded-Prefix': '/kafka/rest/',
    };
    expect(await baseOf(headers)).toBe('https://log.example.com:8443/kafka/rest');
  });

  it.each([
    [{ 'X-Forwarded-Proto': 'javascript' }],
    [{ 'X-Forwarded-Host': 'evil.com/path' }],
    [{ 'X-Forwarded-Host': 'user@evil.com' }],
    [{ 'X-Forwarded-Prefix': '//evil.com' }],
    [{ 'X-Forwarded-Prefix': 'prefix' }],
    [{ 'X-Forwarded-Prefix': '/a"b' }],
  ] as Record<string, string>[][])('pass over %j, which is no part of a URL', async (headers = {}) => {
    expect(await baseOf(headers)).toBe('http://127.0.0.1:8082');
  });

  it('are under the base URL that the front door gives', async () => {
    const { app, v3 } = await testApp();
    const baseUrl = 'https://abc.execute-api.eu-west-1.amazonaws.com/prod';
    const response = await app.request(v3, {}, { baseUrl, budgetMs: 10_000 });
    expect(await response.json()).toMatchObject({
      metadata: { self: `${baseUrl}${v3}` },
      topics: { related: `${baseUrl}${v3}/topics` },
    });
  });
});
