/** Triggers that are given with the command: `--trigger <topic>=<path or URL>`. */
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refusalOfLocalFunction } from '../adapters/local/local-target.ts';
import { type ErrorCode, MillraceError } from '../protocol/errors.ts';
import { checkTopicName } from '../protocol/topic-name.ts';
import { createTrigger } from '../triggers/create-trigger.ts';
import { deleteTrigger } from '../triggers/delete-trigger.ts';
import type { TriggerServices } from '../triggers/services.ts';
import { triggerSettings } from '../triggers/settings.ts';
import { updateTrigger } from '../triggers/update-trigger.ts';

/** What another server on the folder is doing with the trigger, or was doing when it died. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['TRIGGER_ACTIVE', 'UNKNOWN_TRIGGER', 'STORE_UNAVAILABLE']);

/** Making one takes some milliseconds: whoever takes seconds has died. */
const PAUSE_MS = 100;
const WAITED_FOR_TRIES = 30;
const TRIES = 60;

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
  const [, topic = '', target = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (topic === '' || target === '') throw new Error('expected <topic>=<path of a module, or a URL>.');
  try {
    checkTopicName(topic);
  } catch (error) {
    throw new Error(error instanceof Error ? `${error.message}.` : String(error));
  }
  const { shown, url } = /^https?:/i.test(target) ? remoteTarget(target) : moduleTarget(target, folder);
  const refusal = refusalOfLocalFunction(url);
  if (refusal) throw new Error(`${refusal}, not '${target}'.`);
  return { name: nameOf(topic, shown), topic, function: url };
}

/** In the characters that a trigger's name may have. */
const nameOf = (topic: string, target: string): string => `${topic}-${target}`.replace(/[^a-zA-Z0-9._-]/g, '-');

interface Target {
  /** Tells it from others of the topic, in the trigger's name. */
  readonly shown: string;
  readonly url: string;
}

function remoteTarget(target: string): Target {
  if (!URL.canParse(target)) throw new Error(`'${target}' is no URL.`);
  const { host, pathname } = new URL(target);
  const path = pathname.split('/').filter(part => part !== '');
  return { shown: [host, ...path].join('-'), url: target };
}

/** What follows a `#` is the name of an export. */
function moduleTarget(target: string, folder: string): Target {
  const [, path = '', exportName = ''] = /^([^#]*)(?:#(.*))?$/s.exec(target) ?? [];
  const base = basename(path, extname(path));
  const url = pathToFileURL(resolve(folder, path));
  url.hash = exportName;
  return { shown: exportName === '' ? base : `${base}-${exportName}`, url: url.href };
}

/** @throws Error where two of them have one name: the second would take the place of the first */
export function checkNames(triggers: readonly LocalTrigger[]): void {
  for (const [name, [first, second]] of Map.groupBy(triggers, trigger => trigger.name)) {
    if (!first || !second) continue;
    throw new Error(`${first.function} and ${second.function} would both be trigger ${name}; rename one of the files.`);
  }
}

/**
 * Makes the trigger, or sets the one of its name on that function. Its topic may come later. One that another server is just making is
 * waited for; one whose maker died is made anew.
 */
export async function ensureTrigger(services: TriggerServices, trigger: LocalTrigger): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryToEnsure(services, trigger);
    } catch (error) {
      if (!(error instanceof MillraceError) || !PASSING.has(error.code) || tries === TRIES) throw error;
      const isForgotten = error.code === 'TRIGGER_ACTIVE' && tries === WAITED_FOR_TRIES;
      if (isForgotten) await deleteTrigger(services, trigger.name).catch(() => undefined);
    }
    await services.clock.sleep(PAUSE_MS);
  }
}

async function tryToEnsure(services: TriggerServices, { name, topic, function: target }: LocalTrigger): Promise<void> {
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
