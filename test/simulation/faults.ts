/** What may happen to a port call, and how often. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';

export const faultKinds = [
  /** The call takes effect, and nobody is told. */
  'reply-lost',
  /** The call never arrives. */
  'request-lost',
  /** A write takes effect long after its caller gave it up. */
  'applied-late',
  'throttled',
  'slow',
  /** The worker dies before the call is sent, or after it has taken effect. */
  'killed-before',
  'killed-after',
  /** The worker stands still before the call is sent, or after it has taken effect. */
  'frozen-before',
  'frozen-after',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** The chance of each kind at every call. */
export type FaultRates = Readonly<Record<FaultKind, number>>;

export type FaultCounts = Record<FaultKind, number>;

export const noFaults = (): FaultCounts => ofEach(() => 0);

/** A kind is off in half of the runs, otherwise rare or frequent: what is frequent must not hide what is rare. */
export const drawRates = (random: SeededRandom): FaultRates =>
  ofEach(() => (random.float() < 0.5 ? 0 : random.float() ** 3 * 0.15));

/** One kind of fault at one kind of call, far more often than chance would have it. */
export interface Focus {
  /** A call begins with it. */
  readonly call: string;
  readonly kind: FaultKind;
  readonly rate: number;
}

const FOCUSED_CALLS = [
  'log.create',
  'log.create',
  'log.query',
  'cluster.get',
  'cluster.create',
  'cluster.replace',
  'cluster.replace state',
  'cluster.replace leader',
  'put',
  'put segments',
  'put manifests',
  'delete',
];

export const drawFocus = (random: SeededRandom): Focus => ({
  call: FOCUSED_CALLS[random.below(FOCUSED_CALLS.length)] ?? '',
  kind: faultKinds[random.below(faultKinds.length)] ?? 'slow',
  rate: 0.02 + random.float() * 0.2,
});

/** The fault that a call meets, if any. */
export function drawFault(
  random: SeededRandom,
  { rates, focus }: { readonly rates: FaultRates; readonly focus: Focus | undefined },
  call: string,
): FaultKind | undefined {
  if (focus && call.startsWith(focus.call) && random.float() < focus.rate) return focus.kind;
  let draw = random.float();
  for (const kind of faultKinds) {
    draw -= rates[kind];
    if (draw < 0) return kind;
  }
  return undefined;
}

const ofEach = (value: () => number) => Object.fromEntries(faultKinds.map(kind => [kind, value()])) as FaultCounts;
