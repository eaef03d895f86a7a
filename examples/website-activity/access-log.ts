/**
 * The log of a web server, in Apache's combined format: one request a line.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** One line of the log has its agent cut off, and no closing quote. */
const LINE =
  /^(?<visitor>\S+) \S+ \S+ \[(?<time>[^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+) HTTP\/[\d.]+" (?<status>\d{3}) (?<bytes>\d+|-) "(?<referrer>[^"]*)" "(?<agent>[^"]*)"?$/;

const TIME =
  /^(?<day>\d\d)\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<clock>\d\d:\d\d:\d\d) (?<zoneHours>[+-]\d\d)(?<zoneMinutes>\d\d)$/;

/** What is known of a request besides who sent it. */
export interface Visit {
  /** ISO 8601, in UTC; the log is precise to the second. */
  readonly time: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** Of the answer's body; null where the log has none. */
  readonly bytes: number | null;
  readonly referrer: string | null;
  readonly agent: string | null;
}

export interface LoggedRequest extends Visit {
  /** IP address. */
  readonly visitor: string;
}

/** Every request of a gzipped log, in its order. @throws Error that names the line which is no request */
export async function readAccessLog(file: string | URL): Promise<readonly LoggedRequest[]> {
  const text = (await promisify(gunzip)(await readFile(file))).toString();
  return text
    .split('\n')
    .filter((line, index, lines) => line !== '' || index < lines.length - 1)
    .map((line, index) => parseLine(line, index + 1));
}

/** @param number of the line, for the error */
export function parseLine(line: string, number = 1): LoggedRequest {
  const { visitor, time, method, path, status, bytes, referrer, agent } = LINE.exec(line)?.groups ?? {};
  const when = isoTime(time ?? '');
  if (!visitor || !method || !path || !when) throw new Error(`line ${number} is no request: ${line.slice(0, 200)}`);
  return {
    visitor,
    time: when,
    method,
    path,
    status: Number(status),
    bytes: bytes === '-' ? null : Number(bytes),
    referrer: orNull(referrer),
    agent: orNull(agent),
  };
}

/** The path without its query. */
export const pageOf = ({ path }: Pick<Visit, 'path'>): string => path.split(/[?#]/, 1)[0] ?? path;

/** `17/May/2015:10:05:03 +0000` in ISO 8601; nothing where it is no time. */
function isoTime(time: string): string | undefined {
  const { day, month = '', year, clock, zoneHours, zoneMinutes } = TIME.exec(time)?.groups ?? {};
  const monthNumber = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
  const ms = Date.parse(`${year}-${monthNumber}-${day}T${clock}${zoneHours}:${zoneMinutes}`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const orNull = (field: string | undefined): string | null => (field === undefined || field === '-' ? null : field);
