/** Operations of a trigger for tests of the checker, one after the other in time unless they are given other times. */
import { next } from './example-operations.ts';
import type {
  ChangeOperation,
  GiveUpOperation,
  InvokeOperation,
  LookOperation,
  MakeOperation,
  ProgressOperation,
  ResetTriggerOperation,
  TurnOperation,
} from './history.ts';

const trigger = 't';
const done = { outcome: 'ok', result: {} } as const;

/** Of no log. */
const nextOfAll = () => {
  const { log: _, ...timed } = next();
  return timed;
};

export const made = (more: Partial<MakeOperation> = {}): MakeOperation => ({
  operation: 'make',
  ...nextOfAll(),
  trigger,
  life: 1,
  topics: ['l'],
  begins: 'earliest',
  answer: done,
  ...more,
});

export const turned = (isOn: boolean, more: Partial<TurnOperation> = {}): TurnOperation => ({
  operation: 'turn',
  ...nextOfAll(),
  trigger,
  life: 1,
  isOn,
  answer: done,
  ...more,
});

/** The size of the first trigger is changed. */
export const changed = (value: number, more: Partial<ChangeOperation> = {}): ChangeOperation => ({
  operation: 'change',
  ...nextOfAll(),
  trigger,
  setting: 'size',
  value,
  answer: { outcome: 'ok', result: { life: 1 } },
  ...more,
});

export const looked = (life: number, settings: Readonly<Record<string, number>> = {}): LookOperation => ({
  operation: 'look',
  ...nextOfAll(),
  trigger,
  answer: { outcome: 'ok', result: { life, settings } },
});

/** The function takes all that it is given, by a runner that looked just before whether the trigger is on. */
export const invoked = (offsets: readonly number[], more: Partial<InvokeOperation> = {}): InvokeOperation => {
  const timed = next();
  return {
    operation: 'invoke',
    ...timed,
    trigger,
    life: 1,
    offsets,
    lookedAfter: timed.start - 0.5,
    isHeard: true,
    answer: { outcome: 'ok', result: { done: offsets } },
    ...more,
  };
};

/** The function takes nothing of what it is given. */
export const failedOn = (offsets: readonly number[], more: Partial<InvokeOperation> = {}): InvokeOperation =>
  invoked(offsets, { answer: { outcome: 'ok', result: { done: [] } }, ...more });

export const gaveUp = (offsets: readonly number[], retries: number): GiveUpOperation => ({
  operation: 'giveUp',
  ...next(),
  trigger,
  life: 1,
  offsets,
  retries,
  answer: done,
});

export const progress = (offset: number, logEndOffset: number): ProgressOperation => ({
  operation: 'progress',
  ...next(),
  trigger,
  answer: { outcome: 'ok', result: { offset, logEndOffset } },
});

export const wasReset = (offset: number, more: Partial<ResetTriggerOperation> = {}): ResetTriggerOperation => ({
  operation: 'resetTrigger',
  ...next(),
  trigger,
  offset,
  answer: { outcome: 'ok', result: { offset } },
  ...more,
});
