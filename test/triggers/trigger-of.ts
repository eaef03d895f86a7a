/** A trigger as it is stored, of `click`. */
import type { Trigger } from '../../lib/triggers/cells.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';

export const triggerOf = (changes: Partial<Trigger> = {}): Trigger => ({
  name: 'count',
  version: 2,
  triggerId: 'id',
  phase: 'live',
  createdAt: 1_700_000_000_000,
  life: 'life',
  epoch: 0,
  topics: ['click'],
  groupId: 'count',
  startingPosition: 'TRIM_HORIZON',
  ...triggerSettings({ function: 'f' }),
  ...changes,
});
