/**
 * What members wrote down, as operations of the history: where they read on, what they committed, and that they joined.
 *
 * A poll commits before it reads. That it did is known of what the member still holds in the answer; of everything else it may have.
 */
import type { MemberBody, MemberPartitionBody, OffsetResultsBody } from '../../lib/client/group-shapes.ts';
import type { CommitOperation, Operation, OperationOutcome } from '../history/history.ts';
import { outcomeOf } from '../history/http-exchange.ts';
import type { MemberLine } from './member-lines.ts';

type Asked = Extract<MemberLine, { readonly kind: 'asked' }>;
type Answered = Extract<MemberLine, { readonly kind: 'answered' }>;

/** One request of a member, and what it was told. */
export interface Exchange {
  readonly client: string;
  readonly group: string;
  readonly asked: Asked;
  /** When the member knew, or had given up, or was dead. */
  readonly end: number;
  readonly answered: Answered | undefined;
}

type RightBody = Pick<MemberPartitionBody, 'topic_name' | 'partition_id' | 'assignment_epoch'>;

/** What a member is told of a partition. */
interface GrantedPartition extends MemberPartitionBody {
  readonly is_new: boolean;
}

/** What a member sends of a partition that it holds. */
interface SentPartition extends RightBody {
  readonly position?: number | null;
  readonly offset?: number;
}

interface SentBody {
  readonly member_id: string;
  readonly member_epoch?: number;
  readonly commit?: boolean;
  readonly topic_partitions?: readonly SentPartition[];
  readonly offsets?: readonly SentPartition[];
}

interface Writer {
  readonly name: string;
  readonly group: string;
  /** When the process ended. */
  readonly endedAt: number;
}

export function exchangesOf(lines: readonly MemberLine[], { name, group, endedAt }: Writer): readonly Exchange[] {
  const ends = new Map(
    lines.flatMap(line => (line.kind === 'answered' || line.kind === 'unanswered' ? [[line.id, line]] : [])),
  );
  return lines.flatMap(asked => {
    if (asked.kind !== 'asked') return [];
    const end = ends.get(asked.id);
    return [
      { client: name, group, asked, end: end?.at ?? endedAt, answered: end?.kind === 'answered' ? end : undefined },
    ];
  });
}

export function operationsOf(exchange: Exchange): readonly Operation[] {
  const { path } = exchange.asked;
  if (path.endsWith('/members:poll')) return ofPoll(exchange);
  return path.endsWith('/offsets:commit') ? ofCommit(exchange) : [];
}

function ofPoll(exchange: Exchange): readonly Operation[] {
  const { asked, group, answered } = exchange;
  const sent = asked.body as SentBody;
  const granted = answered?.status === 200 ? grantedIn(answered.text) : [];
  const joined = outcomeWhere(answered?.status === 200);
  const join: Operation = { operation: 'join', ...timesOf(exchange), group, offsetReset: 'earliest', answer: joined };
  return [
    ...(sent.member_epoch === 0 ? [join] : []),
    ...(sent.commit ? committedBy(exchange, sent, granted) : []),
    ...granted.flatMap(part => readBy(exchange, sent, part)),
  ];
}

const grantedIn = (text: string) =>
  (JSON.parse(text) as MemberBody).assignment.topic_partitions as readonly GrantedPartition[];

function committedBy(exchange: Exchange, sent: SentBody, granted: readonly GrantedPartition[]): readonly Operation[] {
  return (sent.topic_partitions ?? []).flatMap(part => {
    if (typeof part.position !== 'number') return [];
    const isHeld = granted.some(each => isSame(each, part) && !each.is_new);
    return [commitOf(exchange, { ...part, offset: part.position }, outcomeWhere(isHeld))];
  });
}

/** One that is new is read from where the group begins, which its first record tells: the log has no gaps. */
function readBy(exchange: Exchange, sent: SentBody, part: GrantedPartition): readonly Operation[] {
  const { position, high_watermark: highWatermark = -1, records = [], message } = part;
  if (typeof position !== 'number' || highWatermark < 0 || message !== undefined) return [];
  const held = part.is_new ? undefined : sent.topic_partitions?.find(each => isSame(each, part));
  const offset = held?.position ?? records[0]?.offset ?? position;
  const read = records.map(({ offset: at, value }) => ({ offset: at, value: String(value) }));
  const result = { records: read, nextOffset: position, highWatermark, logStartOffset: 0 };
  const { group } = exchange;
  return [
    { operation: 'fetch', ...timesOf(exchange), log: logOf(part), group, offset, answer: { outcome: 'ok', result } },
  ];
}

function ofCommit(exchange: Exchange): readonly Operation[] {
  const { asked, answered } = exchange;
  const results = answered?.status === 200 ? (JSON.parse(answered.text) as OffsetResultsBody).offsets : [];
  return ((asked.body as SentBody).offsets ?? []).map(part => {
    const result = results.find(each => each.topic_name === part.topic_name && each.partition_id === part.partition_id);
    const refused = result?.message === undefined ? undefined : outcomeOf(result.message);
    return commitOf(exchange, part, refused ?? outcomeWhere(result !== undefined && result.message === undefined));
  });
}

function commitOf(exchange: Exchange, part: SentPartition, answer: CommitOperation['answer']): CommitOperation {
  const { member_id: member } = exchange.asked.body as SentBody;
  const right = { member, incarnation: member, since: part.assignment_epoch };
  const { group } = exchange;
  return {
    operation: 'commit',
    ...timesOf(exchange),
    log: logOf(part),
    group,
    offset: part.offset ?? 0,
    right,
    answer,
  };
}

const outcomeWhere = (isKnown: boolean): OperationOutcome<object> =>
  isKnown ? { outcome: 'ok', result: {} } : { outcome: 'unknown', error: 'not told' };

const timesOf = ({ client, asked, end }: Exchange) => ({ client, start: asked.at, end });

const logOf = ({ topic_name, partition_id }: RightBody): string => `${topic_name}#1/${partition_id}`;

const isSame = (a: RightBody, b: RightBody): boolean =>
  a.topic_name === b.topic_name && a.partition_id === b.partition_id && a.assignment_epoch === b.assignment_epoch;
