/** The command line: `millrace start`. */
import { Command, InvalidArgumentError } from 'commander';
import { checkNames, type LocalTrigger, parseTrigger } from '../embedded/local-trigger.ts';
import { start } from './start.ts';

interface StartOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly maintenanceIntervalMs: number;
  readonly trigger: readonly LocalTrigger[];
}

const program = new Command('millrace').description("Kafka's log without brokers").exitOverride();

program
  .command('start')
  .description('run Millrace on this machine')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on, 0 for any free one', parsePort, 8082)
  .option('--data <folder>', 'folder that holds everything', parseFolder, './.millrace')
  .option('--maintenance-interval-ms <number>', 'pause between two runs of maintenance', parseInterval, 10_000)
  .option(
    '--trigger <topic=function>',
    'module or URL that a topic invokes; may be given several times',
    addTrigger,
    [],
  )
  .action(async (options: StartOptions) => {
    // a store that another process holds up would keep this one alive
    const { host, port, data: dataFolder, maintenanceIntervalMs, trigger: triggers } = options;
    process.exit(await start({ host, port, dataFolder, maintenanceIntervalMs, triggers }));
  });

try {
  await program.parseAsync();
} catch (error) {
  // commander has said why
  process.exitCode = error instanceof Error && 'exitCode' in error ? Number(error.exitCode) : 1;
}

function parseFolder(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('expected a folder.');
}

function addTrigger(text: string, before: readonly LocalTrigger[]): readonly LocalTrigger[] {
  try {
    const triggers = [...before, parseTrigger(text, process.cwd())];
    checkNames(triggers);
    return triggers;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseInterval(text: string): number {
  const ms = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && ms >= 1) return ms;
  throw new InvalidArgumentError('expected milliseconds, 1 to 999999999.');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('expected a port, 0 to 65535.');
}
