/**
 * Steps over JSON (RFC 8259) without building anything of it: what is malformed is refused exactly where `JSON.parse` would
 * refuse it, and nesting is bounded.
 *
 * Nearly all of it is what stands between quotes. In a text that is known to have no control character, a string goes on to the next
 * quote or backslash, and the engine's own search finds both many times faster than a loop.
 */
import { limits } from '../../protocol/limits.ts';

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** What is known of a text before it is read. */
export interface KnownText {
  /** Whether no character is below the space, as in JSON on one line. */
  readonly isPrintable?: boolean;
}

/** Codes of characters. */
export const char = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  bigE: 0x45,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  smallE: 0x65,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** By the code of their first character. */
const literals = new Map(['true', 'false', 'null'].map(literal => [literal.charCodeAt(0), literal]));

/** Strings are looked through so far before a search, which costs more to begin, goes on. */
const SHORT_STRING = 16;

/** @throws JsonSyntaxError unless the text is one JSON value */
export function checkJson(text: string, known?: KnownText): void {
  const scanner = new JsonScanner(text, known);
  scanner.skipValue();
  if (scanner.hasNext()) throw scanner.unexpected();
}

export class JsonScanner {
  protected readonly text: string;
  /** Where the next character stands. */
  protected at = 0;
  /** Whether something was stepped over since that is not in canonical form: whitespace, or an escape. */
  protected isLoose = false;
  readonly #isPrintable: boolean;
  /** The first quote, and the first backslash, that is not behind the scanner; one that is has to be looked for again. */
  #quote = -1;
  #backslash = -1;
  #depth = 0;

  constructor(text: string, { isPrintable = false }: KnownText = {}) {
    this.text = text;
    this.#isPrintable = isPrintable;
  }

  hasNext(): boolean {
    return !Number.isNaN(this.peek());
  }

  /** The error for what stands where the scanner is. */
  unexpected(): JsonSyntaxError {
    const character = this.text[this.at];
    const what = character === undefined ? 'unexpected end' : `unexpected ${JSON.stringify(character)}`;
    return new JsonSyntaxError(`malformed JSON: ${what} at position ${this.at}`);
  }

  /** Steps over whitespace; the code of the character behind it, NaN at the end. */
  protected peek(): number {
    const start = this.at;
    let code = this.text.charCodeAt(start);
    while (code === char.space || code === char.lineFeed || code === char.carriageReturn || code === char.tab) {
      code = this.text.charCodeAt(++this.at);
    }
    if (this.at !== start) this.isLoose = true;
    return code;
  }

  /** Steps over a value. */
  skipValue(): void {
    const first = this.peek();
    if (first === char.quote) this.skipString();
    else if (first === char.openObject) this.#skipObject();
    else if (first === char.openArray) this.#skipArray();
    else if (this.takeLiteral() === undefined) this.skipNumber();
  }

  #skipObject(): void {
    this.open();
    for (let more = this.peek() !== char.closeObject; more; more = this.takeComma()) {
      this.expect(char.quote);
      this.skipString();
      this.takeColon();
      this.skipValue();
    }
    this.close(char.closeObject);
  }

  #skipArray(): void {
    this.open();
    for (let more = this.peek() !== char.closeArray; more; more = this.takeComma()) this.skipValue();
    this.close(char.closeArray);
  }

  /** Steps over the string that begins here; whether it has escapes. */
  protected skipString(): boolean {
    const { text } = this;
    let hasEscapes = false;
    let at = this.at + 1;
    const searchFrom = this.#isPrintable ? at + SHORT_STRING : Number.POSITIVE_INFINITY;
    while (true) {
      if (at >= searchFrom) at = this.#nextMark(at);
      const code = text.charCodeAt(at);
      if (code === char.quote) break;
      if (code === char.backslash) {
        hasEscapes = true;
        at += this.#escapeLength(at);
      } else if (code >= char.space) at++;
      else throw this.#unexpectedAt(at);
    }
    this.at = at + 1;
    if (hasEscapes) this.isLoose = true;
    return hasEscapes;
  }

  /**
   * Where the next quote or backslash is from `at` on, or the text ends. Either is looked for once between two of its kind, so that no
   * text is searched twice, however many escapes it has.
   */
  #nextMark(at: number): number {
    const { text } = this;
    if (this.#quote < at) this.#quote = orEnd(text, text.indexOf('"', at));
    if (this.#backslash < at) this.#backslash = orEnd(text, text.indexOf('\\', at));
    return Math.min(this.#quote, this.#backslash);
  }

  #escapeLength(at: number): number {
    ESCAPE.lastIndex = at;
    if (!ESCAPE.test(this.text)) throw this.#unexpectedAt(at);
    return ESCAPE.lastIndex - at;
  }

  protected skipNumber(): void {
    if (!this.#skipDigits()) this.#skipAnyNumber();
  }

  /** Steps over a number that is digits alone, the first of them not zero. */
  #skipDigits(): boolean {
    const { text } = this;
    let at = this.at;
    let code = text.charCodeAt(at);
    if (code === char.zero) return false;
    while (code >= char.zero && code <= char.nine) code = text.charCodeAt(++at);
    if (at === this.at || code === char.point || code === char.smallE || code === char.bigE) return false;
    this.at = at;
    return true;
  }

  #skipAnyNumber(): void {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) throw this.unexpected();
    this.at = NUMBER.lastIndex;
  }

  /** Steps over `true`, `false` or `null`, if it stands here. */
  protected takeLiteral(): string | undefined {
    const literal = literals.get(this.text.charCodeAt(this.at));
    if (literal === undefined || !this.text.startsWith(literal, this.at)) return undefined;
    this.at += literal.length;
    return literal;
  }

  /** Steps over a comma, if one is next. What has to follow it refuses a closing bracket. */
  protected takeComma(): boolean {
    if (this.peek() !== char.comma) return false;
    this.at++;
    return true;
  }

  protected takeColon(): void {
    this.expect(char.colon);
    this.at++;
  }

  protected expect(code: number): void {
    if (this.peek() !== code) throw this.unexpected();
  }

  /** Steps over an opening bracket; how deep that is, the outermost being 1. */
  protected open(): number {
    this.at++;
    if (++this.#depth <= limits.jsonDepth) return this.#depth;
    throw new JsonSyntaxError(`JSON is nested more than ${limits.jsonDepth} deep at position ${this.at - 1}`);
  }

  protected close(bracket: number): void {
    this.expect(bracket);
    this.at++;
    this.#depth--;
  }

  #unexpectedAt(at: number): JsonSyntaxError {
    this.at = at;
    return this.unexpected();
  }
}

const orEnd = ({ length }: string, found: number): number => (found < 0 ? length : found);
