import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { InvokingRollStarter } from '../../lib/maintenance/invoking-roll-starter.ts';
import { RecordingInvoker } from '../support/recording-invoker.ts';

const at = { topicId: 't', partition: 7 };

function newStarter() {
  const clock = new ManualClock();
  const invoker = new RecordingInvoker();
  const faults: unknown[] = [];
  const onFault = (error: unknown) => void faults.push(error);
  return { clock, invoker, faults, starter: new InvokingRollStarter({ invoker, functionName: 'm', clock, onFault }) };
}

describe('the roll starter of a function', () => {
  it('invokes the maintenance function for the partition', async () => {
    const { invoker, starter } = newStarter();
    await starter.start(at);
    expect(invoker.functionNames).toEqual(['m']);
    expect(invoker.events).toEqual([{ task: 'roll', partitions: [{ topicId: 't', partition: 7 }] }]);
  });

  it('does so at most once a minute for each partition', async () => {
    const { clock, invoker, starter } = newStarter();
    await starter.start(at);
    await starter.start({ ...at, partition: 8 });
    await clock.advance(59_999);
    await starter.start(at);
    expect(invoker.events).toHaveLength(2);
    await clock.advance(1);
    await starter.start(at);
    expect(invoker.events).toHaveLength(3);
  });

  it('tells what went wrong, and never fails its caller', async () => {
    const { invoker, faults, starter } = newStarter();
    invoker.refuse(1);
    await starter.start(at);
    expect(faults).toMatchObject([{ code: 'THROTTLED' }]);
    expect(invoker.events).toEqual([]);
  });

  it('forgets partitions that it has not met for long', async () => {
    const { invoker, starter } = newStarter();
    for (let partition = 0; partition <= 1_024; partition++) await starter.start({ topicId: 't', partition });
    await starter.start({ topicId: 't', partition: 1 });
    expect(invoker.events).toHaveLength(1_025);
    await starter.start({ topicId: 't', partition: 0 });
    expect(invoker.events).toHaveLength(1_026);
  });
});
