/** Figures as people read them, the same in the terminal and on the page. */

/** @example whole(12345.6) === '12,346' */
export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Three digits that mean something. @example few(0.012345) === '0.0123' */
export const few = (value: number): string =>
  value >= 100 ? whole(value) : value.toLocaleString('en', { maximumSignificantDigits: 3 });

export const millis = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

export const percent = (ratio: number): string => `${(ratio * 100).toFixed(ratio < 0.0995 ? 1 : 0)} %`;

export const dollars = (value: number): string => value.toFixed(value < 0.1 ? 4 : value < 10 ? 3 : 2);
