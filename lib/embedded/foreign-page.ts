/**
 * Keeps web pages of others away from a server on a developer's machine. A browser sends some requests for any page without
 * asking first, and a name that a page's owner controls may point here.
 */

/** What is answered to a request that some other page's script sent; `undefined` for every other request. */
export function refuseForeignPage(request: Request, isLoopback: boolean): Response | undefined {
  const { hostname, host } = new URL(request.url);
  const origin = request.headers.get('origin');
  if (origin !== null && hostOf(origin) !== host)
    return refuse(`a page of ${origin.slice(0, 100)} may not call this server`);
  if (isLoopback && !isLocal(hostname)) return refuse(`this server is not ${hostname.slice(0, 100)}`);
  return undefined;
}

const isLocal = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(hostname);

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

const refuse = (message: string): Response => Response.json({ error_code: 403, message }, { status: 403 });
