/**
 * One step of the measurement of compaction, as a process of its own: `compaction-process.ts STEP FOLDER SHAPE`. What it has to
 * say are lines of JSON.
 */
import { openEmbeddedStore } from '../../lib/adapters/embedded/store.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { embeddedLogSettings } from '../../lib/log/deps.ts';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import { compactLog } from '../../lib/maintenance/compact-log.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { MaintenanceServices } from '../../lib/maintenance/services.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import type { CompactionLine } from './compaction.bench.ts';
import { keyedPartition as at, fillKeyed, type KeyedShape, keyText, lastOffsets } from './keyed-log.ts';
import { Meter } from './meter.ts';
import { maintainerOn, workerOn } from './stores.ts';

const MIB = 2 ** 20;
const [step = '', folder = '', text = ''] = process.argv.slice(2);
const shape: KeyedShape = JSON.parse(text);
const config = { 'cleanup.policy': 'compact' };

const store = await openEmbeddedStore(folder);
const meter = new Meter();
const stores = { log: store.logTable, cluster: store.clusterTable, objects: store.objectStore };
const services = maintainerOn(workerOn(stores, meter, embeddedLogSettings));
const steps: Readonly<Record<string, () => Promise<void>>> = { fill, raw, compact, check };
await steps[step]?.();
await store.close();

function say(line: CompactionLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function fill(): Promise<void> {
  await fillKeyed(services, shape);
  const params = () => ({ config, deadline: deadlineIn(services.clock, 600_000) });
  while ((await rollPartition(services, at, { ...params(), isForced: true })).hasMore) {
    await mergeSegments(services, at, params());
  }
  await mergeSegments(services, at, params());
  say({ kind: 'filled', ...(await sizes(services)) });
}

/** Reads every segment, and stores its bytes again: what no compaction can do without. */
async function raw(): Promise<void> {
  const since = performance.now();
  let bytes = 0;
  for (const { objectKey = '' } of await segmentsOf(services)) {
    const object = (await stores.objects.get(objectKey)) ?? new Uint8Array();
    await stores.objects.put(`raw/${objectKey}`, object);
    bytes += object.byteLength;
  }
  say({ kind: 'raw', seconds: (performance.now() - since) / 1e3, bytes });
}

async function compact(): Promise<void> {
  const since = performance.now();
  const seconds = () => (performance.now() - since) / 1e3;
  const done = await compactLog(services, at, {
    config,
    readConfig: async () => config,
    deadline: deadlineIn(services.clock, 600_000),
    onProgress: progress => say({ kind: 'progress', seconds: seconds(), ...progress }),
  });
  const maxRssBytes = process.resourceUsage().maxRSS * 1024;
  say({ kind: 'compacted', seconds: seconds(), maxRssBytes, requests: meter.requests, ...done });
}

/** Reads the log from its start: the last record of every key, and no other. */
async function check(): Promise<void> {
  const last = lastOffsets(shape);
  const { reader } = services.logs.of(at);
  let [records, offset] = [0, 0];
  for (let end = Number.POSITIVE_INFINITY; offset < end; ) {
    const page = await reader.read({ offset, maxBytes: 4 * MIB });
    for (const { bytes } of page.batches) {
      for (const record of decodeBatch(bytes, { maxDecompressedBytes: 16 * MIB })) {
        const key = Buffer.from(record.key ?? []).toString();
        const number = Number(key.slice(keyText(0).length - 1));
        if (keyText(number) !== key || last[number] !== record.offset) throw new Error(`${key} at ${record.offset}`);
        if (
          !Buffer.from(record.value ?? [])
            .toString()
            .startsWith(`${record.offset} `)
        )
          throw new Error(`value of ${key}`);
        records++;
      }
    }
    end = page.highWatermark;
    offset = page.nextOffset;
  }
  if (records !== shape.keys) throw new Error(`${records} records are left of ${shape.keys} keys`);
  say({ kind: 'checked', records, end: offset, ...(await sizes(services)) });
}

async function segmentsOf({ cluster, manifests }: MaintenanceServices) {
  const { manifestKey } = await readPartitionState(cluster, at);
  return manifests.segmentsOf(await manifests.read(manifestKey));
}

async function sizes(of: MaintenanceServices): Promise<{ readonly segments: number; readonly logBytes: number }> {
  const segments = await segmentsOf(of);
  return { segments: segments.length, logBytes: segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0) };
}
