import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a program of this folder; it is running once it has sent its first message. */
export async function start(program: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), { execArgv: [] });
  await once(child, 'message');
  return child;
}

/** Sends the message and resolves with the next that comes back. */
export async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const answer = once(child, 'message');
  child.send(message);
  const [reply] = await answer;
  return reply;
}

/** Ends the process as a power cut would end it. */
export async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
