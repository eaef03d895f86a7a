/**
 * How fast records, checksums and codecs are on this machine: `npm exec -- node test/record/codec.bench.ts`. Each line is
 * the best of several rounds, so that what else the machine does counts little.
 */
import { checkBatch } from '../../lib/record/check-batch.ts';
import { compress, compressionCodecs, decompress } from '../../lib/record/compression.ts';
import { crc32c } from '../../lib/record/crc32c.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { murmur2 } from '../../lib/record/murmur2.ts';
import { recordOf } from './record-arbitrary.ts';

const ROUNDS = 20;
const ROUND_MS = 50;
const options = { maxDecompressedBytes: 1 << 24 };

/** Calls in a second, in the best round. */
function rateOf(action: () => unknown): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    let calls = 0;
    while (performance.now() - start < ROUND_MS) {
      action();
      calls++;
    }
    best = Math.max(best, (calls * 1_000) / (performance.now() - start));
  }
  return best;
}

const print = (...cells: readonly string[]) =>
  process.stdout.write(
    `${cells
      .map(cell => cell.padEnd(26))
      .join('')
      .trimEnd()}\n`,
  );
const megabytes = (action: () => unknown, bytes: number) => `${Math.round((rateOf(action) * bytes) / 1e6)} MB/s`;
const records = (action: () => unknown, count: number) => `${((rateOf(action) * count) / 1e6).toFixed(1)} M records/s`;

const lineOf = (n: number) =>
  `{"id":${n},"user":"user-${(n * 31) % 977}","path":"/a/b/c/${(n * 7_919) % 1_000}/index.html","status":200}`.padEnd(
    100,
  );
const keyless = Array.from({ length: 1_000 }, (_, n) =>
  recordOf({ timestamp: 1_700_000_000_000 + n, value: Buffer.from(lineOf(n)) }),
);
const keyed = keyless.map((record, n) => ({ ...record, key: Buffer.from(`user-${n}`) }));

print('1,000 records of 100 B', 'encodeBatch', 'decodeBatch', 'checkBatch');
for (const codec of compressionCodecs) {
  for (const [name, batch] of [
    ['keyless', keyless],
    ['keyed', keyed],
  ] as const) {
    const bytes = encodeBatch({ records: batch, codec });
    print(
      `${codec}, ${name}, ${bytes.length} B`,
      records(() => encodeBatch({ records: batch, codec }), batch.length),
      records(() => decodeBatch(bytes, options), batch.length),
      records(() => checkBatch(bytes, options), batch.length),
    );
  }
}

const text = Buffer.from(Array.from({ length: 1_000 }, (_, n) => lineOf(n)).join('\n'));
print('', `compress ${text.length} B`, 'decompress');
for (const codec of compressionCodecs.slice(1)) {
  const compressed = compress(codec, text);
  print(
    `${codec}, ${compressed.length} B`,
    megabytes(() => compress(codec, text), text.length),
    megabytes(() => decompress(codec, compressed, text.length), text.length),
  );
}

print('', 'crc32c', 'murmur2');
for (const size of [200, 1_000, 100_000]) {
  const bytes = text.subarray(1, 1 + size);
  print(
    `${size} B`,
    megabytes(() => crc32c(bytes), size),
    megabytes(() => murmur2(bytes), size),
  );
}
