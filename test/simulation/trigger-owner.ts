/**
 * Who makes a run's trigger, turns it off and on, sets it back, takes it away and makes it again. What is asked for may be done late or
 * never, so the owner asks what there is before it goes on.
 */
import type { Trigger } from '../../lib/triggers/cells.ts';
import { createTrigger, type NewTrigger } from '../../lib/triggers/create-trigger.ts';
import { removeWholly } from '../../lib/triggers/delete-trigger.ts';
import { resetTrigger } from '../../lib/triggers/reset-trigger.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { findTrigger } from '../../lib/triggers/trigger-store.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import type { OperationOutcome } from '../history/history.ts';
import { outcomeOf } from './group-reading.ts';
import type { SimClient } from './sim-client.ts';
import { MINUTE, SECOND } from './time.ts';
import { functionOf, lifeOf, TRIGGER } from './trigger-name.ts';
import type { TriggerScenario } from './trigger-scenario.ts';

/** Offsets beyond the ends of most logs. */
const OFFSETS = 30;

interface Made {
  readonly life: number;
  readonly topics: readonly string[];
  readonly begins: 'earliest' | 'latest';
  /** When it was first asked for. */
  readonly start: number;
}

/** A request to take away whatever trigger there is when it comes. */
interface Removal {
  /** The trigger that it found; none yet, as long as it may be on its way. */
  found?: number;
}

export class TriggerOwner {
  readonly scenario: TriggerScenario;
  readonly #topics: readonly string[];
  readonly #made: Made[] = [];
  readonly #removals: Removal[] = [];
  /** The trigger that is there for certain. */
  #known: Made | undefined;
  #isPaused = false;
  #wasKnown = false;

  constructor(scenario: TriggerScenario, topics: readonly string[]) {
    this.scenario = scenario;
    this.#topics = topics;
  }

  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  /** Whether the trigger is turned off and on, now and then. */
  get isTurned(): boolean {
    return this.scenario.upkeep.turn > 0;
  }

  /** Whether anything may be on its way to the trigger that was asked for in the midst of all. */
  get isAsked(): boolean {
    const { upkeep, isMadeLate } = this.scenario;
    return isMadeLate || upkeep.turn + upkeep.intrude > 0;
  }

  /** Asks for a new trigger, once. */
  async make(client: SimClient): Promise<void> {
    const { begins } = this.scenario;
    const made: Made = {
      life: this.#made.length + 1,
      // one that comes after another reads on where that was
      topics: this.#wasKnown && client.random.float() < 0.3 ? this.#topics.slice(0, 1) : this.#topics,
      begins: this.#wasKnown ? 'earliest' : begins,
      start: client.now,
    };
    this.#made.push(made);
    const answer = await client.ask(services => createTrigger(services, wanted(made, this.scenario)));
    this.#writeMade(client, made, answer);
    if (answer.outcome === 'ok') this.#know(made, answer.result);
  }

  /** Asks what there is; makes a trigger where there is none, and takes away now and then what was half made. */
  async find(client: SimClient): Promise<void> {
    const answer = await client.ask(services => findTrigger(services, TRIGGER));
    if (answer.outcome !== 'ok') return;
    if (!answer.result) await this.make(client);
    else if (answer.result.phase === 'live') this.#recognise(client, answer.result);
    else if (client.random.float() < 0.3) await this.remove(client);
  }

  /** Pauses it, or lets it go on. */
  async turn(client: SimClient, isOn = this.#isPaused): Promise<void> {
    const life = this.#known?.life ?? 0;
    const start = client.now;
    const answer = await client.ask(services => updateTrigger(services, TRIGGER, { isEnabled: isOn }));
    client.write({ operation: 'turn', trigger: TRIGGER, life, isOn, start, end: client.now, answer: plain(answer) });
    if (answer.outcome === 'ok') this.#isPaused = !isOn;
    else this.#known = undefined;
  }

  /** Changes settings that are none of its being on or off. */
  async change(client: SimClient): Promise<void> {
    const batchSize = 1 + client.random.below(10);
    const functionTimeoutMs = [SECOND, 5 * SECOND, MINUTE][client.random.below(3)] ?? SECOND;
    await client.ask(services => updateTrigger(services, TRIGGER, { batchSize, functionTimeoutMs }));
  }

  /** Pauses it, if it runs, and sets how far it has come, at once: what had begun is still under way. */
  async pauseAndReset(client: SimClient): Promise<void> {
    if (!this.#isPaused) await this.turn(client, false);
    for (let times = 1 + client.random.below(3); times > 0 && this.#known; times--) await this.#reset(client);
  }

  async #reset(client: SimClient): Promise<void> {
    const place = client.topics.draw(client.random);
    const offset = client.random.below(OFFSETS);
    const tos = [{ kind: 'earliest' }, { kind: 'shift', by: -offset }, { kind: 'offset', offset }] as const;
    const to = tos[client.random.below(tos.length)] ?? tos[0];
    const furthest = to.kind === 'offset' ? offset : 0;
    const part = {
      place,
      asked: { operation: 'resetTrigger', trigger: TRIGGER, offset: furthest },
      outcomeOf: ([result]: Awaited<ReturnType<typeof resetTrigger>>) => {
        const outcome = outcomeOf(result);
        return outcome.outcome === 'ok'
          ? ({ outcome: 'ok', result: { offset: result?.offset ?? 0 } } as const)
          : outcome;
      },
    } as const;
    await client.recordParts([part], services => resetTrigger(services, { name: TRIGGER, partitions: [place], to }));
  }

  /** Takes away whatever trigger there is, once. */
  async remove(client: SimClient): Promise<void> {
    const removal: Removal = {};
    this.#removals.push(removal);
    const start = client.now;
    const answer = await client.ask(async services => {
      const trigger = await findTrigger(services, TRIGGER);
      removal.found = trigger ? lifeOf(trigger.function) : 0;
      if (trigger) await removeWholly(services, trigger);
    });
    const { found: life = 0 } = removal;
    const turned = { operation: 'turn', trigger: TRIGGER, life, isOn: false } as const;
    if (life > 0) client.write({ ...turned, start, end: client.now, answer: plain(answer) });
    this.#known = undefined;
    if (answer.outcome === 'ok' && client.random.float() < 0.5) await this.make(client);
  }

  /**
   * Once nothing fails any more, and what was asked for has been done or never will be: sees to it that the trigger is there and runs.
   *
   * @param sweep takes back what was half made, or half taken away
   */
  async settle(client: SimClient, sweep: () => Promise<void>): Promise<void> {
    const known = this.#known;
    this.#known = undefined;
    for (let tries = 0; tries < 3 && !this.#known; tries++) {
      const answer = await client.ask(services => findTrigger(services, TRIGGER));
      const found = answer.outcome === 'ok' ? answer.result : undefined;
      if (!found && known && !this.#mayBeGone(known))
        this.#writeFailure(client, 'a trigger that nobody took away is gone');
      if (!found) await this.make(client);
      else if (found.phase === 'live') this.#recognise(client, found);
      else await sweep();
    }
    if (!this.#known) this.#writeFailure(client, 'what was half made, or half taken away, stays so');
    else if (this.#isPaused) await this.turn(client, true);
  }

  #recognise(client: SimClient, found: Trigger): void {
    const made = this.#made.find(({ life }) => life === lifeOf(found.function));
    if (!made) return;
    this.#writeMade(client, made, { outcome: 'ok', result: {} });
    this.#know(made, found);
  }

  #know(made: Made, found: Trigger): void {
    this.#known = made;
    this.#isPaused = !found.isEnabled;
    this.#wasKnown = true;
  }

  #mayBeGone({ life }: Made): boolean {
    return this.#removals.some(({ found }) => found === undefined || found === life);
  }

  #writeMade(client: SimClient, made: Made, answer: OperationOutcome<unknown>): void {
    const prefix = this.scenario.prefix === '' ? {} : { prefix: this.scenario.prefix };
    client.write({ operation: 'make', trigger: TRIGGER, ...made, ...prefix, end: client.now, answer: plain(answer) });
  }

  /** Written down as a request of the calm that failed. */
  #writeFailure(client: SimClient, error: string): void {
    const { now } = client;
    const answer = { outcome: 'failed', code: 'unavailable', error } as const;
    client.write({ operation: 'turn', trigger: TRIGGER, life: 0, isOn: true, start: now, end: now, answer });
  }
}

/** Without what a client need not write down. */
const plain = (answer: OperationOutcome<unknown>): OperationOutcome<object> =>
  answer.outcome === 'ok' ? { outcome: 'ok', result: {} } : answer;

function wanted({ life, topics, begins }: Made, scenario: TriggerScenario): NewTrigger {
  const { batchSize, batchingWindowMs, functionTimeoutMs, bisectsOnError, reportsItemFailures } = scenario;
  const { maximumRetryAttempts, prefix } = scenario;
  return {
    name: TRIGGER,
    topics,
    groupId: TRIGGER,
    startingPosition: begins === 'latest' ? 'LATEST' : 'TRIM_HORIZON',
    ...triggerSettings({
      function: functionOf(life),
      batchSize,
      batchingWindowMs,
      functionTimeoutMs,
      bisectsOnError,
      reportsItemFailures,
      maximumRetryAttempts,
      ...(prefix !== '' && { filters: [JSON.stringify({ value: [{ prefix }] })] }),
      ...(maximumRetryAttempts >= 0 && { onFailure: 's3://failed' }),
    }),
  };
}
