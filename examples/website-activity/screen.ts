/** Where the demo is shown while it runs: redrawn in place on a terminal, a line now and then elsewhere. */
import type { WriteStream } from 'node:tty';
import { count, frame } from './frame.ts';
import type { Live } from './live.ts';

export interface Screen {
  start(live: Live): void;
  /** Shows how it ended; does nothing where it was not started. */
  stop(): void;
}

const REDRAW_MS = 80;
const LINE_MS = 1_000;

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_LINE = '\x1b[2K';
/** To the start of a line further up. */
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}F` : '');

export class TerminalScreen implements Screen {
  readonly #terminal: WriteStream;
  #live: Live | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawnLines = 0;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  start(live: Live): void {
    this.#live = live;
    this.#terminal.write(HIDE_CURSOR);
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  stop(): void {
    if (!this.#live) return;
    clearInterval(this.#timer);
    this.#draw();
    this.#live = undefined;
    this.#terminal.write(SHOW_CURSOR);
  }

  #draw(): void {
    if (!this.#live) return;
    const lines = frame(this.#live, this.#terminal);
    this.#terminal.write(up(this.#drawnLines) + lines.map(line => `${CLEAR_LINE}${line}\n`).join(''));
    this.#drawnLines = lines.length;
  }
}

/** For a pipe or a build server. */
export class LineScreen implements Screen {
  readonly #write: (line: string) => void;
  #live: Live | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last = '';

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  start(live: Live): void {
    this.#live = live;
    this.#write(`website activity: ${count(live.total)} records to ${live.url}`);
    this.#timer = setInterval(() => this.#say(), LINE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#say();
    this.#live = undefined;
  }

  #say(): void {
    if (!this.#live) return;
    const { phase, produced, recordsRead, readers } = this.#live;
    const names = readers.map(reader => (reader ? `${reader.number}${reader.isKilled ? ' (killed)' : ''}` : 'nobody'));
    const line = `${phase}: ${count(produced)} produced, ${count(recordsRead)} read back, by ${names.join(', ')}`;
    if (line !== this.#last) this.#write(line);
    this.#last = line;
  }
}
