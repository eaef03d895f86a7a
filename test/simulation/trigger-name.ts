/** Names by which a run's trigger is known, in all its lives. */

/** Of the trigger, and of its group. */
export const TRIGGER = 'counts';

/** Each life of the trigger has a function of its own. */
export const functionOf = (life: number): string => `f${life}`;

/** 0 for what is no function of the trigger. */
export const lifeOf = (name: string): number => Number(/^f(\d+)$/.exec(name)?.[1] ?? 0);
