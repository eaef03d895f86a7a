import { describe, expect, it } from 'vitest';
import { replyLost, requestLost } from '../../lib/adapters/memory/faults.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { type DeclaredTopic, declareTopic, withdrawTopic } from '../../lib/topics/declare-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { drive } from '../support/drive.ts';
import { atEveryCall, killed } from '../support/killed-worker.ts';
import { memoryStores } from '../support/memory-services.ts';

const declaredBy = { name: 'stack/Click', life: 'first' };
const nextLife = { ...declaredBy, life: 'second' };

const wanted = (
  config: Readonly<Record<string, string>> = {},
  more: Partial<Omit<DeclaredTopic, 'config'>> = {},
): DeclaredTopic => ({ name: 'click', partitions: 3, declaredBy, ...more, config: new Map(Object.entries(config)) });

const seen = async ({ topics }: LogServices) => {
  const { partitions, config } = await topics.read('click');
  return { partitions, config };
};

describe('declaring a topic', () => {
  it('makes one that is not there', async () => {
    const { services } = memoryStores().worker();
    await declareTopic(services, wanted({ 'retention.ms': '5' }));
    expect(await seen(services)).toEqual({ partitions: 3, config: { 'retention.ms': '5' } });
  });

  it('again leaves it as it is', async () => {
    const { services } = memoryStores().worker();
    const { topicId } = await declareTopic(services, wanted());
    expect((await declareTopic(services, wanted())).topicId).toBe(topicId);
  });

  it.each([false, true])('is finished by the next try when it was killed at any call (applied: %s)', async applied => {
    const calls = await atEveryCall(applied, async death => {
      const stores = memoryStores();
      const isKilled = await killed(stores.worker(), death, services => declareTopic(services, wanted()));
      const { services } = stores.worker();
      await declareTopic(services, wanted({ 'segment.ms': '7' }));
      expect(await seen(services)).toEqual({ partitions: 3, config: { 'segment.ms': '7' } });
      return isKilled;
    });
    expect(calls).toBeGreaterThan(0);
  });

  it.each([replyLost, requestLost])('survives a write without an answer', async fault => {
    const stores = memoryStores();
    const worker = stores.worker();
    worker.faults.nextWrite(fault);
    await drive(stores.clock, declareTopic(worker.services, wanted()));
    worker.faults.nextWrite(fault);
    await drive(stores.clock, declareTopic(worker.services, wanted({ 'retention.ms': '5' }, { partitions: 4 })));
    expect(await seen(worker.services)).toEqual({ partitions: 4, config: { 'retention.ms': '5' } });
  });

  it('adds partitions, and sets what is left out of the config back to its default', async () => {
    const { services } = memoryStores().worker();
    await declareTopic(services, wanted({ 'retention.ms': '5', 'segment.ms': '7' }));
    await declareTopic(services, wanted({ 'segment.ms': '8' }, { partitions: 4 }));
    expect(await seen(services)).toEqual({ partitions: 4, config: { 'segment.ms': '8' } });
  });

  it('takes no partition away, and then changes nothing else', async () => {
    const { services } = memoryStores().worker();
    await declareTopic(services, wanted());
    await expect(declareTopic(services, wanted({ 'segment.ms': '7' }, { partitions: 2 }))).rejects.toThrow(
      "INVALID_PARTITIONS: topic 'click' has 3 partitions, it can only get more, not 2",
    );
    expect(await seen(services)).toEqual({ partitions: 3, config: {} });
  });

  it('leaves partitions that it may not take away where it goes back', async () => {
    const { services } = memoryStores().worker();
    await declareTopic(services, wanted({ 'segment.ms': '7' }));
    await declareTopic(services, wanted({}, { partitions: 2, mayHaveMore: true }));
    expect(await seen(services)).toEqual({ partitions: 3, config: {} });
  });

  it.each([
    [wanted({}, { partitions: 0 }), 'INVALID_PARTITIONS'],
    [wanted({ shape: 'round' }), 'INVALID_CONFIG'],
    [wanted({}, { name: 'a/b' }), 'INVALID_TOPIC'],
  ])('refuses what no topic may be', async (bad, code) => {
    await expect(declareTopic(memoryStores().worker().services, bad)).rejects.toMatchObject({ code });
  });

  it('leaves a topic alone that somebody created, and one that another declares', async () => {
    const { services } = memoryStores().worker();
    await createTopic(services, { name: 'click' });
    await expect(declareTopic(services, wanted())).rejects.toThrow(/already exists, and was not declared/);
    expect(await seen(services)).toEqual({ partitions: 1, config: {} });

    const other = memoryStores().worker();
    await declareTopic(other.services, wanted({}, { declaredBy: { ...declaredBy, name: 'stack/Other' } }));
    await expect(declareTopic(other.services, wanted())).rejects.toThrow(/is declared by stack\/Other/);
  });

  it('makes one again that was deleted meanwhile, once its name is free', async () => {
    const stores = memoryStores();
    const { services } = stores.worker();
    const first = await declareTopic(services, wanted());
    await deleteTopic(services, 'click');
    await expect(declareTopic(services, wanted())).rejects.toMatchObject({ code: 'TOPIC_NAME_NOT_FREE' });
    await stores.clock.advance(15_001);
    expect((await declareTopic(services, wanted())).topicId).not.toBe(first.topicId);
  });

  it('keeps what others have changed but partitions and config', async () => {
    const { services } = memoryStores().worker();
    const { topicId, createdAt } = await declareTopic(services, wanted());
    await addPartitions(services, 'click', 5);
    const again = await declareTopic(services, wanted({}, { partitions: 6 }));
    expect(again).toMatchObject({ topicId, createdAt, partitions: 6 });
  });
});

describe('withdrawing a topic', () => {
  it('deletes it, and a second time does nothing', async () => {
    const { services } = memoryStores().worker();
    await declareTopic(services, wanted());
    await withdrawTopic(services, 'click', declaredBy);
    await expect(services.topics.read('click')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await withdrawTopic(services, 'click', declaredBy);
  });

  it('that was never made does nothing', async () => {
    await withdrawTopic(memoryStores().worker().services, 'click', declaredBy);
  });

  it('leaves what was there before a failed creation', async () => {
    const { services } = memoryStores().worker();
    const { topicId } = await createTopic(services, { name: 'click' });
    await expect(declareTopic(services, wanted())).rejects.toThrow();
    await withdrawTopic(services, 'click', declaredBy);
    expect((await services.topics.read('click')).topicId).toBe(topicId);
  });

  it('leaves what another resource of the same stack declares', async () => {
    const { services } = memoryStores().worker();
    const { topicId } = await declareTopic(services, wanted());
    await withdrawTopic(services, 'click', { ...declaredBy, name: 'stack/Other' });
    expect((await services.topics.read('click')).topicId).toBe(topicId);
  });

  it('leaves what an earlier life has left, and the next one has taken up', async () => {
    const { services } = memoryStores().worker();
    const { topicId } = await declareTopic(services, wanted());
    const taken = await declareTopic(services, wanted({}, { partitions: 4, declaredBy: nextLife }));
    expect(taken).toMatchObject({ topicId, partitions: 4 });
    await withdrawTopic(services, 'click', nextLife);
    expect((await services.topics.read('click')).topicId).toBe(topicId);
  });

  it('leaves one that was created under its name after it was gone', async () => {
    const stores = memoryStores();
    const { services } = stores.worker();
    await declareTopic(services, wanted());
    await deleteTopic(services, 'click');
    await stores.clock.advance(15_001);
    const { topicId } = await createTopic(services, { name: 'click' });
    await withdrawTopic(services, 'click', declaredBy);
    expect((await services.topics.read('click')).topicId).toBe(topicId);
  });
});
