/** Triggers that are given with the command: `--trigger <topic>=<path or URL>`. */
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MillraceError } from '../protocol/errors.ts';
import { checkTopicName } from '../protocol/topic-name.ts';
import { createTrigger } from '../triggers/create-trigger.ts';
import type { TriggerServices } from '../triggers/services.ts';
import { triggerSettings } from '../triggers/settings.ts';
import { updateTrigger } from '../triggers/update-trigger.ts';

export interface LocalTrigger {
  readonly name: string;
  readonly topic: string;
  /** A `file:`, `http:` or `https:` URL. */
  readonly function: string;
}

/**
 * @param folder that paths are relative to
 * @throws Error that says what is expected
 * @example parseTrigger('click=./handler.ts', process.cwd())
 */
export function parseTrigger(text: string, folder: string): LocalTrigger {
  const [, topic = '', target = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (topic === '' || target === '') throw new Error('expected <topic>=<path of a module, or a URL>.');
  try {
    checkTopicName(topic);
  } catch (error) {
    throw new Error(error instanceof Error ? `${error.message}.` : String(error));
  }
  if (/^https?:\/\//.test(target)) return { name: nameOf(topic, new URL(target).host), topic, function: target };
  const [, path = '', exportName = ''] = /^([^#]*)(#.*)?$/.exec(target) ?? [];
  const url = pathToFileURL(resolve(folder, path));
  return { name: nameOf(topic, basename(path, extname(path))), topic, function: `${url.href}${exportName}` };
}

/** In the characters that a trigger's name may have. */
const nameOf = (topic: string, target: string): string => `${topic}-${target}`.replace(/[^a-zA-Z0-9._-]/g, '-');

/** Makes the trigger, or sets the one of its name on that function. Its topic may come later. */
export async function ensureTrigger(
  services: TriggerServices,
  { name, topic, function: target }: LocalTrigger,
): Promise<void> {
  const wanted = {
    name,
    topics: [topic],
    groupId: name,
    startingPosition: 'TRIM_HORIZON',
    ...triggerSettings({ function: target }),
  } as const;
  try {
    await createTrigger(services, wanted, { mayPrecedeTopics: true });
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'TRIGGER_EXISTS') throw error;
    await updateTrigger(services, name, { function: target, isEnabled: true });
  }
}
