/**
 * The history of a run: what each client asked for and what it was told, in one format for the simulator, load tests and
 * deployed tests. As a file it is JSONL, one operation a line.
 *
 * An outcome is `ok`, `failed` (it had no effect and never will have one) or `unknown`: it may have had one, or may yet.
 * Taken as failed, unknown raises false alarms; taken as ok, it hides losses.
 */
export type OperationOutcome<R> =
  | { readonly outcome: 'ok'; readonly result: R }
  /** `code` is Kafka's name of the error. */
  | { readonly outcome: 'failed'; readonly code: string; readonly error: string }
  | { readonly outcome: 'unknown'; readonly error: string };

interface OperationBase {
  readonly client: string;
  /** When the client sent it and when it had its answer, in milliseconds of one clock. */
  readonly start: number;
  readonly end: number;
}

/** Of one partition of one life of a topic, such as `click#1/0`: a topic that was deleted and created again is another. */
interface LogOperation extends OperationBase {
  readonly log: string;
}

/** A position in the sequence of an idempotent producer. */
export interface SequenceOfProducer {
  readonly id: number;
  readonly epoch: number;
  /** Of the first value. */
  readonly sequence: number;
}

/** One try to append values, each unique to the run; a retry is another operation with the same values. */
export interface ProduceOperation extends LogOperation {
  readonly operation: 'produce';
  readonly values: readonly string[];
  /** Of each value; left out where the records have none. */
  readonly keys?: readonly string[];
  /** Which of the values, by index, are tombstones: what names one stands in a header of it. */
  readonly tombstones?: readonly number[];
  readonly producer?: SequenceOfProducer;
  readonly answer: OperationOutcome<{ readonly baseOffset: number }>;
}

export interface FetchOperation extends LogOperation {
  readonly operation: 'fetch';
  readonly offset: number;
  /** For which group, where a member of one reads on. */
  readonly group?: string;
  readonly answer: OperationOutcome<{
    readonly records: readonly { readonly offset: number; readonly value: string }[];
    readonly nextOffset: number;
    readonly highWatermark: number;
    readonly logStartOffset: number;
  }>;
}

/** The log start is moved up to an offset: what is below is gone. */
export interface DeleteRecordsOperation extends LogOperation {
  readonly operation: 'deleteRecords';
  readonly offset: number;
  readonly answer: OperationOutcome<object>;
}

/** A producer asks for an id, or for the next epoch of its own: it alone has both together. */
export interface InitProducerOperation extends OperationBase {
  readonly operation: 'initProducer';
  /** Whose next epoch is asked for; left out where a new id is, or where it is not written down. */
  readonly producerId?: number | undefined;
  readonly answer: OperationOutcome<{ readonly producerId: number; readonly producerEpoch: number }>;
}

/** What lets a member of a group commit. */
export interface RightOfMember {
  readonly member: string;
  /** Of its process. */
  readonly incarnation: string;
  /** The epoch that gave it the partition. */
  readonly since: number;
}

/** A member joins its group, which begins at the start of logs that it does not know, or at the end that they have by then. */
export interface JoinOperation extends OperationBase {
  readonly operation: 'join';
  readonly group: string;
  readonly offsetReset: 'earliest' | 'latest';
  readonly answer: OperationOutcome<object>;
}

/** A group says how far it has read a log. */
export interface CommitOperation extends LogOperation {
  readonly operation: 'commit';
  readonly group: string;
  readonly offset: number;
  /** Of a member, where its client knows it. */
  readonly right?: RightOfMember;
  /** Whether it is by a reader that is no member, and may commit what nobody was given. */
  readonly isStandalone?: boolean;
  readonly answer: OperationOutcome<object>;
}

/** A group's offset is set to any other, back or forth. */
export interface ResetOperation extends LogOperation {
  readonly operation: 'reset';
  readonly group: string;
  readonly offset: number;
  readonly answer: OperationOutcome<object>;
}

/** How far a group has read, as it is told; no offset where it never committed one. */
export interface CommittedOperation extends LogOperation {
  readonly operation: 'committed';
  readonly group: string;
  readonly answer: OperationOutcome<{ readonly offset?: number }>;
}

/** A trigger is made. What is asked again is another trigger, until one is there for certain. */
export interface MakeOperation extends OperationBase {
  readonly operation: 'make';
  readonly trigger: string;
  /** Counts the triggers of that name, from 1. */
  readonly life: number;
  readonly topics: readonly string[];
  /** In logs of which its group has no offset. */
  readonly begins: 'earliest' | 'latest';
  /** Triggers of one group go on from one another; left out, where there is but one. */
  readonly group?: string;
  /** How the values begin that its filters let through; all, where it is left out. */
  readonly prefix?: string;
  readonly answer: OperationOutcome<object>;
}

/** A trigger is turned on, or off: paused, or taken away. */
export interface TurnOperation extends OperationBase {
  readonly operation: 'turn';
  readonly trigger: string;
  readonly life: number;
  readonly isOn: boolean;
  /** Whether it is taken away. */
  readonly isRemoval?: boolean;
  readonly answer: OperationOutcome<object>;
}

/** One setting of a trigger is changed, to what no other change makes it. */
export interface ChangeOperation extends OperationBase {
  readonly operation: 'change';
  readonly trigger: string;
  readonly setting: string;
  readonly value: number;
  /** Which of the triggers of that name was changed. */
  readonly answer: OperationOutcome<{ readonly life: number }>;
}

/** Which trigger there is of a name, and what its settings are. */
export interface LookOperation extends OperationBase {
  readonly operation: 'look';
  readonly trigger: string;
  /** Life 0 where there is none. */
  readonly answer: OperationOutcome<{ readonly life: number; readonly settings: Readonly<Record<string, number>> }>;
}

/** How far a trigger has come is set, to no more than an offset. */
export interface ResetTriggerOperation extends LogOperation {
  readonly operation: 'resetTrigger';
  readonly trigger: string;
  readonly offset: number;
  readonly answer: OperationOutcome<{ readonly offset: number }>;
}

/** A trigger's function was given records; it ran from `start` to `end`, whether anybody was told or not. */
export interface InvokeOperation extends LogOperation {
  readonly operation: 'invoke';
  readonly trigger: string;
  readonly life: number;
  readonly offsets: readonly number[];
  /** Since when its runner must have looked whether the trigger is on. */
  readonly lookedAfter: number;
  /** Whether the call was on its way for a while. */
  readonly isLate?: boolean;
  /** Whether it was for longer than a lease has to spare: then another may have taken the partition over. */
  readonly mayOverlap?: boolean;
  /** Whether its runner lived to be told how it ended. */
  readonly isHeard?: boolean;
  /** So often may what is first in an event have failed, this time included; left out, where nobody can tell. */
  readonly failuresAtMost?: number;
  readonly answer: OperationOutcome<{
    /** Those that it took. */
    readonly done: readonly number[];
  }>;
}

/** Records of a trigger arrived where those end that are given up. */
export interface GiveUpOperation extends LogOperation {
  readonly operation: 'giveUp';
  readonly trigger: string;
  readonly life: number;
  readonly offsets: readonly number[];
  /** How often they were to be tried again before; -1 where that is not known. */
  readonly retries: number;
  readonly answer: OperationOutcome<object>;
}

/** How far a trigger has come, when it must have come to the end. */
export interface ProgressOperation extends LogOperation {
  readonly operation: 'progress';
  readonly trigger: string;
  /** Of the triggers of that name, where each has a group of its own. */
  readonly life?: number;
  readonly answer: OperationOutcome<{ readonly offset: number; readonly logEndOffset: number }>;
}

export type Operation =
  | MakeOperation
  | TurnOperation
  | ChangeOperation
  | LookOperation
  | ResetTriggerOperation
  | InvokeOperation
  | GiveUpOperation
  | ProgressOperation
  | ProduceOperation
  | FetchOperation
  | DeleteRecordsOperation
  | InitProducerOperation
  | JoinOperation
  | CommitOperation
  | ResetOperation
  | CommittedOperation;

export const toJsonl = (history: readonly Operation[]): string =>
  history.map(operation => `${JSON.stringify(operation)}\n`).join('');

export const fromJsonl = (text: string): Operation[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Operation);

/** Operations of one kind whose outcome is ok. */
export type Ok<O extends Operation> = O & { readonly answer: Extract<O['answer'], { outcome: 'ok' }> };

export const isOk = <O extends Operation>(operation: O): operation is Ok<O> => operation.answer.outcome === 'ok';

type Name = Operation['operation'];

/** The operations of that name. */
export const named = <N extends Name>(history: readonly Operation[], name: N) =>
  history.filter((operation): operation is Extract<Operation, { operation: N }> => operation.operation === name);
