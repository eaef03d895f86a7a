/** Texts with stars, each of which stands for any number of any characters. `\*` is a star itself, and `\\` a backslash. */

/** @param refuse what to throw where the pattern has no meaning */
export function compileWildcard(pattern: string, refuse: (reason: string) => Error): (text: string) => boolean {
  const [first = '', ...rest] = piecesOf(pattern, refuse);
  const last = rest.pop();
  if (last === undefined) return text => text === first;
  return text => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    // each piece at the first place where it stands: a later one leaves less room for those that follow
    let position = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, position);
      if (found < 0 || found + piece.length > end) return false;
      position = found + piece.length;
    }
    return true;
  };
}

/** What stands between the stars. */
function piecesOf(pattern: string, refuse: (reason: string) => Error): string[] {
  const pieces = [''];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*') {
      if (pattern[index - 1] === '*' && pieces.at(-1) === '') throw refuse('has two stars side by side');
      pieces.push('');
      continue;
    }
    const escaped = character === '\\' ? pattern.charAt(++index) : character;
    if (character === '\\' && escaped !== '*' && escaped !== '\\')
      throw refuse('has a \\ that is before neither * nor \\');
    pieces[pieces.length - 1] += escaped;
  }
  return pieces;
}
