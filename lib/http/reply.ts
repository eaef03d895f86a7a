/** What a route answers. */
export interface Reply {
  /** That of the route's answer, where it is left out. */
  readonly status?: number;
  /** `Content-Type` is the negotiated one, where it is left out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text, or bytes; none for 204. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** @example return json({ brokers: [1] }); */
export const json = (value: unknown, init: Omit<Reply, 'body'> = {}): Reply => ({
  ...init,
  body: JSON.stringify(value),
});

export const noContent: Reply = { status: 204 };
