/** How a limit is tried through HTTP where the OpenAPI document does not state it. */
import { expect } from 'vitest';
import type { Answer, Client } from '../client.ts';
import { expectRecordsRefused } from '../support/refusals.ts';

export interface Place {
  readonly client: Client;
  /** One partition, batches of up to 4 MiB. */
  readonly topic: string;
}

export interface Trial {
  /** What is sent to where, where the limit bounds several. */
  readonly of?: string;
  /** Asks for what is of the size. */
  send(place: Place, size: number): Promise<Answer>;
  /** That it was done, where that is more than a good status. */
  taken?(answer: Answer, size: number): void;
  /** That it was refused, where it is not by an error that names the limit. */
  refused?(answer: Answer, size: number): void;
}

/** @example named(10_000).test('more than 10,000 records in one request') // true */
export const named = (limit: number): RegExp =>
  new RegExp(`(?<![0-9])(${limit}|${limit.toLocaleString('en')})(?![0-9])`);

export function expectTaken({ taken = expectDone }: Trial, answer: Answer, size: number): void {
  taken(answer, size);
}

export function expectRefused(trial: Trial, answer: Answer, size: number, limit: number): void {
  if (trial.refused) trial.refused(answer, size);
  else expectRecordsRefused(answer, named(limit));
}

/** A good status, and of each record of a stream too. */
function expectDone({ status, text }: Answer, size: number): void {
  expect([200, 201, 204], `${size}: ${text.slice(0, 300)}`).toContain(status);
  expect(text.slice(0, 300)).not.toMatch(/"error_code":(?!200,)[1-9]/);
}

/** Refused or not for what it is, not for how much. */
export const takenOrElse =
  (limit: number) =>
  ({ status, text }: Answer): void => {
    expect(status, text).toBeLessThan(500);
    expect(text).not.toMatch(named(limit));
  };
