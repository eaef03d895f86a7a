/** The assignments of groups. Each is written once, so what a process has read of one stays true for ever. */
import type { LogServices } from '../log/log-services.ts';
import { createSettled } from '../log/settled-write.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Assignment, GroupHead } from './cells.ts';
import { assignmentAttributes, assignmentFromItem, assignmentKey } from './items.ts';

/** Assignments that a process remembers; the one used least recently goes first. */
const REMEMBERED = 64;

type AssignmentDeps = Pick<LogServices, 'cluster' | 'clock' | 'random'>;

export class Assignments {
  readonly #deps: AssignmentDeps;
  readonly #known = new Map<string, Assignment>();

  constructor(deps: AssignmentDeps) {
    this.#deps = deps;
  }

  /** The one that holds, by the head; `undefined` where it is gone, for the group has moved on. */
  async of({ life, epoch, bornEpoch }: GroupHead): Promise<Assignment | undefined> {
    if (epoch === bornEpoch) return { epoch, members: [], topics: [], began: new Map() };
    const key = `${life}/${epoch}`;
    const known = this.#known.get(key);
    if (known) return this.#remember(key, known);
    const item = await this.#deps.cluster.get(assignmentKey(life, epoch));
    return item && this.#remember(key, assignmentFromItem(item));
  }

  /** Writes an assignment; another's of the same epoch stays, where that came first. */
  async create(life: string, assignment: Assignment): Promise<void> {
    const { random } = this.#deps;
    const key = assignmentKey(life, assignment.epoch);
    const item = { ...key, writeId: random.id(), attributes: assignmentAttributes(assignment) };
    await createSettled(this.#deps, item);
  }

  #remember(key: string, assignment: Assignment): Assignment {
    this.#known.delete(key);
    this.#known.set(key, assignment);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return assignment;
  }
}

/** What somebody meets whose group's assignment changes faster than it can be read. */
export const movedOn = () => new MillraceError('STORE_UNAVAILABLE', 'the group changed meanwhile; try again');
