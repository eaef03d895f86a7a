/** What goes on beside the runners of a run's trigger: the timers, and somebody who turns it off and on. */
import { deadlineIn } from '../../lib/log/deadline.ts';
import { startDue, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import type { SimClient } from './sim-client.ts';
import { MINUTE } from './time.ts';
import { TRIGGER } from './trigger-host.ts';
import type { TriggerScenario } from './trigger-scenario.ts';

const TASK_MS = MINUTE;

export async function runTriggerUpkeep(client: SimClient, scenario: TriggerScenario, requests: number): Promise<void> {
  while (client.asked < requests) {
    await client.pause();
    const draw = client.random.float();
    if (draw < 0.6) await client.ask(services => startDue(services, deadlineIn(services.clock, TASK_MS)));
    else if (draw < 0.7) await client.ask(services => sweepTriggers(services, deadlineIn(services.clock, TASK_MS)));
    else if (scenario.isTurned) {
      const change =
        client.random.float() < 0.4
          ? { isEnabled: false }
          : { isEnabled: true, batchSize: 1 + client.random.below(10) };
      await client.ask(services => updateTrigger(services, TRIGGER, change));
    } else await client.pause();
  }
}
