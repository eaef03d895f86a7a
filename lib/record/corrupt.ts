import { MillraceError } from '../protocol/errors.ts';

/** The error for bytes that cannot be a record batch. */
export const corrupt = (detail: string, cause?: unknown): MillraceError =>
  new MillraceError('CORRUPT_MESSAGE', detail, cause === undefined ? {} : { cause });

/** The error for bytes that would decompress to more than the caller allows; thrown before they do. */
export const expandsPast = (maxBytes: number): MillraceError =>
  new MillraceError('MESSAGE_TOO_LARGE', `decompresses to more than ${maxBytes} bytes; send smaller batches`);
