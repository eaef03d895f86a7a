/**
 * Absolute links to resources, as the client that asks can follow them: under the base URL that whoever received the
 * request gives, else under what proxies say that the client called, else under the request's own.
 *
 * What a header says is used only where it has the form of its part of a URL.
 */
const SCHEME = /^https?$/;
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i;
const PREFIX = /^(?:\/[\w.~-]{1,100}){1,10}$/;

export class Links {
  /** Without a slash at its end. */
  readonly baseUrl: string;

  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  /** @example links.to('v3', 'clusters', clusterId) */
  to(...segments: readonly (string | number)[]): string {
    return `${this.baseUrl}/${segments.map(encodeURIComponent).join('/')}`;
  }
}

/** The base URL of a request that nobody gave one for. */
export function baseUrlOf(request: Request): string {
  const url = new URL(request.url);
  const forwarded = (name: string, form: RegExp) => {
    const value = request.headers.get(`x-forwarded-${name}`)?.split(',', 1)[0]?.trim().replace(/\/$/, '');
    return value !== undefined && form.test(value) ? value : undefined;
  };
  const scheme = forwarded('proto', SCHEME) ?? url.protocol.slice(0, -1);
  const host = forwarded('host', HOST) ?? url.host;
  return `${scheme}://${host}${forwarded('prefix', PREFIX) ?? ''}`;
}

/** What a front door says that the client called, where that has the form of its part of a URL. */
export function originOf(headers: Headers): string {
  const [scheme, host] = [headers.get('x-forwarded-proto') ?? '', headers.get('host') ?? ''];
  return `${SCHEME.test(scheme) ? scheme : 'http'}://${HOST.test(host) ? host : 'localhost'}`;
}

/** A Confluent resource name. @example crn({ kafka: clusterId, topic: 'click' }) // 'crn:///kafka=…/topic=click' */
export const crn = (parts: Readonly<Record<string, string | number>>): string =>
  `crn:///${Object.entries(parts)
    .map(([kind, name]) => `${kind}=${encodeURIComponent(name)}`)
    .join('/')}`;
