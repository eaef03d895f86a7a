/**
 * Steps over JSON (RFC 8259) without building anything of it: what is malformed is refused exactly where `JSON.parse` would
 * refuse it, and nesting is bounded.
 */
import { limits } from '../../protocol/limits.ts';

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** Codes of characters. */
export const char = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERALS = ['true', 'false', 'null'];

/** @throws JsonSyntaxError unless the text is one JSON value */
export function checkJson(text: string): void {
  const scanner = new JsonScanner(text);
  scanner.skipValue();
  if (scanner.hasNext()) throw scanner.unexpected();
}

export class JsonScanner {
  protected readonly text: string;
  /** Where the next character stands. */
  protected at = 0;
  /** Whether something was stepped over since that is not in canonical form: whitespace, or an escape. */
  protected isLoose = false;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
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
    for (let code = text.charCodeAt(at); code !== char.quote; code = text.charCodeAt(at)) {
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

  #escapeLength(at: number): number {
    ESCAPE.lastIndex = at;
    if (!ESCAPE.test(this.text)) throw this.#unexpectedAt(at);
    return ESCAPE.lastIndex - at;
  }

  protected skipNumber(): void {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) throw this.unexpected();
    this.at = NUMBER.lastIndex;
  }

  /** Steps over `true`, `false` or `null`, if it stands here. */
  protected takeLiteral(): string | undefined {
    const found = LITERALS.find(literal => this.text.startsWith(literal, this.at));
    if (found !== undefined) this.at += found.length;
    return found;
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
