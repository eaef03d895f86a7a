/** The command line: `millrace start`. */
import { Command, InvalidArgumentError } from 'commander';
import { start } from './start.ts';

const program = new Command('millrace').description("Kafka's log without brokers").exitOverride();

program
  .command('start')
  .description('run Millrace on this machine')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on, 0 for any free one', parsePort, 8082)
  .option('--data <folder>', 'folder that holds everything', parseFolder, './.millrace')
  .option('--maintenance-interval-ms <number>', 'pause between two runs of maintenance', parseInterval, 10_000)
  .action(async (options: { host: string; port: number; data: string; maintenanceIntervalMs: number }) => {
    // a store that another process holds up would keep this one alive
    const { host, port, data: dataFolder, maintenanceIntervalMs } = options;
    process.exit(await start({ host, port, dataFolder, maintenanceIntervalMs }));
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
