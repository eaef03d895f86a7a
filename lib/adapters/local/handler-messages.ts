/** What a handler's thread is told, and what it says. */

export interface ToWorker {
  readonly id: string;
  /** The event, as JSON. */
  readonly payload: string;
  readonly timeoutMs: number;
}

export type FromWorker =
  /** A file that the module is made of, as it was just before it was read. */
  | { readonly kind: 'file'; readonly path: string; readonly stamp: string }
  | { readonly kind: 'ready' }
  /** The module cannot be loaded. */
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'done'; readonly id: string; readonly response: string }
  | { readonly kind: 'failed'; readonly id: string; readonly error: string };
