/** The guards that the making, the changing and the taking away of triggers rest on, by several owners who know nothing of each other. */
import { edit, type Mutant } from './mutants.ts';

const CREATE = 'lib/triggers/create-trigger.ts';
const DELETE = 'lib/triggers/delete-trigger.ts';
const STORE = 'lib/triggers/trigger-store.ts';

const guards: readonly Mutant[] = [
  {
    without: 'the order in which a trigger is made: it runs before it is noted where it begins',
    edits: [
      edit(
        CREATE,
        "await noteStarts(services, claimed, topics);\n    const live = await replaceTrigger(services, { ...claimed, phase: 'live' });",
        "const live = await replaceTrigger(services, { ...claimed, phase: 'live' });\n    if (live) await noteStarts(services, live, topics);",
      ),
    ],
    anomalies: ['unasked-invocation'],
  },
  {
    without:
      'the start that was noted for the trigger before: one that is made anew begins at the end that there is by then',
    edits: [
      edit(
        'lib/triggers/note-starts.ts',
        '=> offset !== undefined || start !== undefined;',
        '=> offset !== undefined || start === null;',
      ),
    ],
    anomalies: ['skipped-by-trigger'],
  },
  {
    without: 'the version of a trigger that is changed: who read it before writes over what others changed',
    edits: [
      edit(
        STORE,
        'const replaced = await replaceSettled(services, item, version);\n  return',
        'const replaced = await replaceSettled(services, item, (await services.cluster.get(item))?.version ?? version);\n  return',
      ),
    ],
    anomalies: ['lost-change', 'lost-trigger', 'unasked-invocation'],
  },
  {
    without: 'the look which trigger it is that is taken away',
    edits: [edit(DELETE, 'if (now?.triggerId !== triggerId) return', 'if (!now) return')],
    anomalies: ['lost-trigger'],
  },
  {
    without: 'the versions that go on from one trigger to the next of its name',
    edits: [
      edit(
        STORE,
        'await replaceSettled(services, { ...triggerKey(name), writeId: services.random.id(), ...mark }, version);',
        'await services.cluster.delete(triggerKey(name), version);\n  void mark;',
      ),
    ],
    anomalies: ['lost-change', 'lost-trigger', 'unasked-invocation'],
  },
  {
    without: 'the end of what was half made, or half taken away',
    edits: [
      edit(
        DELETE,
        "if (trigger.phase === 'deleting' || isForgotten) await",
        "if (trigger.phase === 'live' && isForgotten) await",
      ),
    ],
    anomalies: ['unavailable'],
  },
  {
    without: 'the return of a group whose trigger is no more',
    edits: [
      edit(
        'lib/triggers/claim-group.ts',
        'return trigger !== undefined && (await',
        'return trigger === null && (await',
      ),
      edit(DELETE, 'return leaveGroupOfTrigger(services, trigger);', 'return;'),
    ],
    anomalies: ['unavailable'],
  },
];

export const triggerLifeMutants: readonly Mutant[] = guards.map(guard => ({ ...guard, needs: 'lives' }));
