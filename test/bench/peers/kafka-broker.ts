/**
 * Apache Kafka as one node, broker and controller in one process, which syncs its log on every append.
 *
 * Its jars are those of `KAFKA_HOME/libs`, or those that `.ci/run` has copied; it needs Java.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

const copiedJars = join(import.meta.dirname, '../../../.cache/kafka');

const START_WITHIN_MS = 60_000;
const HEAP = ['-Xms1G', '-Xmx1G', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'];

export interface KafkaBroker {
  readonly port: number;
  stop(): Promise<void>;
}

/** Why Kafka cannot be measured here; `undefined` where it can. */
export function kafkaIsMissing(): string | undefined {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    return 'no Java';
  }
  return existsSync(libs()) ? undefined : 'no jars of Kafka: set KAFKA_HOME, or let .ci/run copy them';
}

export async function startKafka(folder: string): Promise<KafkaBroker> {
  await mkdir(folder, { recursive: true });
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  await writeFile(properties, propertiesOf({ folder, port, controllerPort }));
  const clusterId = `K${randomBytes(16).toString('base64url').slice(1)}`;
  execFileSync('java', javaArgs('kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties), {
    stdio: 'ignore',
  });
  const child = spawn('java', [...HEAP, ...javaArgs('kafka.Kafka', properties)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  await started(child);
  return { port, stop: () => stop(child) };
}

const libs = (): string => join(process.env.KAFKA_HOME ?? copiedJars, 'libs');

const javaArgs = (...args: readonly string[]): string[] => [
  '-Dorg.apache.logging.log4j.level=INFO',
  '-cp',
  join(libs(), '*'),
  ...args,
];

interface BrokerPlace {
  readonly folder: string;
  readonly port: number;
  readonly controllerPort: number;
}

function propertiesOf({ folder, port, controllerPort }: BrokerPlace): string {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'log'),
    'offsets.topic.replication.factor': '1',
    'log.flush.interval.messages': '1',
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`Kafka ${why}; it said: ${said}`));
    };
    const timer = setTimeout(fail, START_WITHIN_MS, 'did not start in time');
    child.stdout?.on('data', chunk => {
      said = (said + chunk).slice(-10_000);
      if (!said.includes('Kafka Server started')) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('error', error => fail(`could not be run: ${error.message}`));
    child.once('exit', code => fail(`ended with ${code}`));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Kafka has to be told its own port before it has one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('there is no free port');
}
