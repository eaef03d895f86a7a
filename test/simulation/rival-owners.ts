/**
 * Several owners of one trigger who know nothing of each other: each makes it, changes it and takes it away, whatever the others are
 * about. Requests of which nothing is heard any more may still be under way.
 */
import type { Trigger } from '../../lib/triggers/cells.ts';
import { createTrigger, type NewTrigger } from '../../lib/triggers/create-trigger.ts';
import { removeWholly } from '../../lib/triggers/delete-trigger.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { findTrigger } from '../../lib/triggers/trigger-store.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import type { OperationOutcome, TurnOperation } from '../history/history.ts';
import type { RivalUpkeep } from './made-for.ts';
import type { SimClient } from './sim-client.ts';
import { SECOND } from './time.ts';
import { functionOf, lifeOf, TRIGGER } from './trigger-name.ts';
import type { TriggerScenario } from './trigger-scenario.ts';

/** Settings that may be anything far enough from what matters in a run: what is added to them tells who changed them. */
const SETTINGS = { functionTimeoutMs: 5 * SECOND, batchBytes: 1_000_000 } as const;

const TRIES_TO_SETTLE = 3;

export class RivalOwners {
  readonly scenario: TriggerScenario;
  readonly isAsked = true;
  readonly isTurned = false;
  /** The trigger that is there at the end. */
  life = 0;
  readonly #topics: readonly string[];
  readonly #hasGroupOfEach: boolean;
  readonly #begins: 'earliest' | 'latest';
  #made = 0;
  #changes = 0;

  constructor(scenario: TriggerScenario, topics: readonly string[]) {
    this.scenario = scenario;
    this.#topics = topics;
    this.#hasGroupOfEach = scenario.lives?.hasGroupOfEach === true;
    this.#begins = this.#hasGroupOfEach ? 'latest' : scenario.begins;
  }

  async act(client: SimClient, upkeep: RivalUpkeep): Promise<void> {
    switch (upkeep) {
      case 'make':
        return this.make(client);
      case 'change':
        return this.#change(client);
      case 'remove':
        return this.#remove(client);
      case 'replace':
        await this.#remove(client);
        return this.make(client);
      case 'look':
        await this.#look(client);
    }
  }

  /** Asks for a new trigger, once; another may be there, or be made at the same time. */
  async make(client: SimClient): Promise<void> {
    const life = ++this.#made;
    const start = client.now;
    const answer = plain(await client.ask(services => createTrigger(services, this.#wanted(life))));
    client.write({
      operation: 'make',
      trigger: TRIGGER,
      life,
      topics: this.#topics,
      begins: this.#begins,
      ...(this.#hasGroupOfEach && { group: groupOf(life) }),
      start,
      end: client.now,
      answer,
    });
  }

  async #change(client: SimClient): Promise<void> {
    const setting = client.random.float() < 0.5 ? 'functionTimeoutMs' : 'batchBytes';
    const value = SETTINGS[setting] + ++this.#changes;
    const start = client.now;
    const answer = await client.ask(async services => {
      const changed = await updateTrigger(services, TRIGGER, { [setting]: value });
      return { life: lifeOf(changed.function) };
    });
    client.write({ operation: 'change', trigger: TRIGGER, setting, value, start, end: client.now, answer });
  }

  /** Takes away whatever trigger there is. It is written down as soon as it is known which that is, whoever still waits for an answer. */
  async #remove(client: SimClient): Promise<void> {
    let removal: { end: number; answer: TurnOperation['answer'] } | undefined;
    const start = client.now;
    const answer = await client.ask(async services => {
      const found = await findTrigger(services, TRIGGER);
      if (!found) return;
      const life = lifeOf(found.function);
      const answer = { outcome: 'unknown', error: 'no answer yet' } as const;
      const operation = { operation: 'turn', trigger: TRIGGER, life, isOn: false, isRemoval: true } as const;
      removal = client.write({ ...operation, start, end: client.now, answer });
      await removeWholly(services, found);
    });
    if (removal) Object.assign(removal, { end: client.now, answer: plain(answer) });
  }

  async #look(client: SimClient): Promise<Trigger | undefined> {
    const start = client.now;
    const answer = await client.ask(services => findTrigger(services, TRIGGER));
    if (answer.outcome !== 'ok') return undefined;
    const found = answer.result;
    const life = found ? lifeOf(found.function) : 0;
    const settings = found ? { functionTimeoutMs: found.functionTimeoutMs, batchBytes: found.batchBytes } : {};
    const result = { life, settings };
    client.write({ operation: 'look', trigger: TRIGGER, start, end: client.now, answer: { outcome: 'ok', result } });
    return found;
  }

  /**
   * Once nothing fails any more: sees to it that there is a trigger.
   *
   * @param sweep takes back what was half made, or half taken away
   */
  async settle(client: SimClient, sweep: () => Promise<void>): Promise<void> {
    for (let tries = 0; tries < TRIES_TO_SETTLE; tries++) {
      const found = await this.#look(client);
      if (found?.phase === 'live') {
        this.life = lifeOf(found.function);
        return;
      }
      if (found) await sweep();
      else await this.make(client);
    }
    const { now } = client;
    const error = 'what was half made, or half taken away, stays so';
    const answer = { outcome: 'failed', code: 'unavailable', error } as const;
    client.write({ operation: 'turn', trigger: TRIGGER, life: 0, isOn: true, start: now, end: now, answer });
  }

  #wanted(life: number): NewTrigger {
    const { batchSize, maximumRetryAttempts } = this.scenario;
    return {
      name: TRIGGER,
      topics: this.#topics,
      groupId: this.#hasGroupOfEach ? groupOf(life) : TRIGGER,
      startingPosition: this.#begins === 'latest' ? 'LATEST' : 'TRIM_HORIZON',
      ...triggerSettings({ function: functionOf(life), batchSize, maximumRetryAttempts, ...SETTINGS }),
    };
  }
}

const groupOf = (life: number): string => `${TRIGGER}-${life}`;

/** Without what a client need not write down. */
const plain = (answer: OperationOutcome<unknown>): OperationOutcome<object> =>
  answer.outcome === 'ok' ? { outcome: 'ok', result: {} } : answer;
