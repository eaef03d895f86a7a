/**
 * Stands in for `re2js` in the bundles of functions that serve no route of groups: patterns of topics are compiled for those alone,
 * and the engine would be a seventh of a bundle.
 */
export const RE2JS = {
  compile(): never {
    throw new Error('patterns are not compiled in this function');
  },
};
