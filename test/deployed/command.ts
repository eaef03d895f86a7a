/** Runs a command of the project, `node_modules/.bin` being on the path as npm puts it there. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shows the output only of a command that fails. */
  readonly quiet: boolean;
  /** Ends the command when it fires. */
  readonly signal?: AbortSignal;
}

/** Resolves when the command exits with 0. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<void> {
  const { environment, quiet, signal } = options;
  const child = spawn(command, args, {
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    env: environment,
    ...(signal && { signal }),
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`${command} ${args[0]} exited with ${code}`));
    });
  });
}
