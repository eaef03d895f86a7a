/** What functions are made of, and how long they take to begin, as lines of text. */
import type { ColdStart, ModuleSize } from '../cold-start/cold-start.bench.ts';
import { millis, whole } from './figures.ts';
import { columns, title } from './terminal.ts';

const NAMED = 6;

export const kilobytes = (bytes: number): string => whole(bytes / 1e3);

export function coldStartHeader(): string {
  return `\ncold start: a bundle, and its import in a new process\n${title('function')}${columns('kB', 'kB late', 'import ms', 'beyond none')}   made of, in kB`;
}

export function coldStartLine({ entry, bytes, lateBytes, modules, importMs, emptyImportMs }: ColdStart): string {
  const figures = columns(kilobytes(bytes), kilobytes(lateBytes), millis(importMs), millis(importMs - emptyImportMs));
  return `${title(entry)}${figures}   ${madeOf(modules, NAMED)}`;
}

/** The largest modules, and all others together. */
export function madeOf(modules: readonly ModuleSize[], named: number): string {
  const rest = modules.slice(named).reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = modules.slice(0, named).map(({ name, bytes }) => `${name} ${kilobytes(bytes)}`);
  return [...largest, ...(rest > 0 ? [`others ${kilobytes(rest)}`] : [])].join(', ');
}
