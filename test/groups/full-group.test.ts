/** How many members a group may have, and how many bytes their ids: one below each limit, at it and one above. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../lib/protocol/limits.ts';
import { groupWorld, settings, TestMember } from './world.ts';

/** Of a member beside its id and its incarnation, as the item is counted. */
const FRAME_BYTES = 16;

/** The head is old enough for a new assignment. */
const ASSIGNABLE_MS = 3_100;

/** A group that shares out among these members; and how another joins. */
async function groupOf(members: readonly TestMember[]) {
  const { services, stores } = await groupWorld();
  for (const member of members) await member.beat(services);
  const admit = async () => {
    await stores.clock.advance(ASSIGNABLE_MS);
    await members.at(-1)?.beat(services);
  };
  await admit();
  return { join: (member: TestMember) => member.beat(services) };
}

const member = (id: string, incarnation?: string) => new TestMember(id, settings(['click']), incarnation);

const membersOf = (count: number) => Array.from({ length: count }, (_, index) => member(`m${index}`));

describe('a group', () => {
  it(`takes another beside ${limits.membersPerGroup - 1} members, and not beside ${limits.membersPerGroup}`, async () => {
    for (const before of [limits.membersPerGroup - 2, limits.membersPerGroup - 1]) {
      await expect((await groupOf(membersOf(before))).join(member('last'))).resolves.toBeDefined();
    }
    const full = await groupOf(membersOf(limits.membersPerGroup));
    await expect(full.join(member('last'))).rejects.toMatchObject({
      code: 'GROUP_FULL',
      message: expect.stringContaining(`${limits.membersPerGroup} members`),
    });
  });

  it(`takes members whose ids have ${limits.groupMemberBytes} bytes, and not one more`, async () => {
    const long = (index: number) => member(`${index}`.padEnd(limits.groupIdLength, '世'), 'i'.repeat(200));
    const some = () => Array.from({ length: 100 }, (_, index) => long(index));
    const taken = some().reduce((sum, { memberId, incarnation }) => {
      return sum + Buffer.byteLength(memberId) + incarnation.length + FRAME_BYTES;
    }, 0);
    const left = limits.groupMemberBytes - taken - FRAME_BYTES - 'last'.length;
    for (const bytes of [left - 1, left]) {
      await expect((await groupOf(some())).join(member('last', 'i'.repeat(bytes)))).resolves.toBeDefined();
    }
    const beyond = (await groupOf(some())).join(member('last', 'i'.repeat(left + 1)));
    await expect(beyond).rejects.toMatchObject({
      code: 'GROUP_FULL',
      message: expect.stringContaining(`${limits.groupMemberBytes} bytes`),
    });
  });
});
