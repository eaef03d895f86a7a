const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/**
 * The canonical text of valid JSON: no whitespace between tokens, strings with the fewest escapes, all else as it is.
 *
 * Half of a surrogate pair has no UTF-8, and stays an escape.
 */
export function canonicalText(json: string): string {
  let canonical = '';
  let copied = 0;
  for (let at = 0; at < json.length; ) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const { end, hasEscapes } = stringFrom(json, at);
      if (hasEscapes) {
        canonical += json.slice(copied, at) + JSON.stringify(JSON.parse(json.slice(at, end)));
        copied = end;
      }
      at = end;
    } else if (code <= SPACE) {
      canonical += json.slice(copied, at);
      while (json.charCodeAt(++at) <= SPACE);
      copied = at;
    } else at++;
  }
  return canonical + json.slice(copied);
}

/** Where the string that begins at `start` ends. */
function stringFrom(json: string, start: number): { readonly end: number; readonly hasEscapes: boolean } {
  let hasEscapes = false;
  let at = start + 1;
  for (let code = json.charCodeAt(at); code !== QUOTE; code = json.charCodeAt(at)) {
    if (code === BACKSLASH) hasEscapes = true;
    at += code === BACKSLASH ? 2 : 1;
  }
  return { end: at + 1, hasEscapes };
}
