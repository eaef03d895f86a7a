/** What whoever received a request tells the app about it, beside the request itself (`c.env` in Hono). */
export interface RequestBindings {
  /** Milliseconds within which the answer must be ready, counted from the moment the app receives the request. */
  readonly budgetMs: number;

  /** What clients put before a path, without a slash at its end: `https://abc.execute-api.eu-west-1.amazonaws.com/prod`. */
  readonly baseUrl: string;

  /** The body of a GET, which a `Request` cannot have, within a limit in bytes; Confluent's v2 asks for committed offsets with one. */
  readonly readGetBody: (limit: number) => Promise<Uint8Array<ArrayBuffer>>;

  /** The body of any other request that states its length, with fewer copies than by way of the `Request`. */
  readonly readStatedBody?: (length: number) => Promise<Uint8Array<ArrayBuffer>>;
}
