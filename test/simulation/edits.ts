/** Running the product's sources with some of their text replaced: how a guard is taken out without a switch in the product. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

const root = new URL('../../', import.meta.url);

/** The text of the edit's file with the edit made; throws where it no longer fits the file. */
export function edited({ file, find, replace }: Edit, source: string): string {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} should have exactly once: ${find}`);
  }
  return before + replace + after;
}

export const sourceOf = ({ file }: Edit): string => readFileSync(new URL(file, root), 'utf8');

/** Makes the edits in whatever this process loads from now on. */
export function installEdits(edits: readonly Edit[]): void {
  const byUrl = Map.groupBy(edits, ({ file }) => new URL(file, root).href);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const wanted = byUrl.get(pathToFileURL(new URL(url).pathname).href);
      if (!wanted) return loaded;
      const source = wanted.reduce((text, edit) => edited(edit, text), String(loaded.source));
      return { ...loaded, source };
    },
  });
}
