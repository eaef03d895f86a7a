/**
 * All that Millrace stores: the `log` and `cluster` tables, and the bucket.
 *
 * A grant gives a function the permission, and sets the variable by which its client finds the store.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { variables } from '../../functions/environment.ts';
import { acknowledge } from './acknowledge.ts';
import { alarmAtFirst } from './alarm.ts';
import { EmptyOnDelete } from './empty-on-delete.ts';
import { grantObjects, type ObjectAction } from './object-grant.ts';
import type { PathFunction } from './path-function.ts';

/** Conditional writes go by PutItem and DeleteItem alone; nothing scans. */
export type TableAction = 'GetItem' | 'Query' | 'PutItem' | 'DeleteItem';

/** The folders of the bucket, and what the statements about them are called. */
const sids = { batches: 'Batches', segments: 'Segments', manifests: 'Manifests' } as const;

export type Folder = keyof typeof sids;

const folders = Object.keys(sids) as Folder[];

export interface StorageProps {
  readonly removalPolicy: RemovalPolicy;
}

export class Storage extends Construct {
  readonly #logTable: Table;
  readonly #clusterTable: Table;
  readonly #bucket: Bucket;
  readonly #emptyOnDelete: EmptyOnDelete | undefined;

  constructor(scope: Construct, id: string, { removalPolicy }: StorageProps) {
    super(scope, id);
    this.#logTable = itemTable(this, 'LogTable', { removalPolicy, stream: StreamViewType.KEYS_ONLY });
    this.#clusterTable = itemTable(this, 'ClusterTable', { removalPolicy });
    this.#bucket = privateBucket(this, 'Bucket', { removalPolicy });
    if (removalPolicy === RemovalPolicy.DESTROY) {
      this.#emptyOnDelete = new EmptyOnDelete(this, 'EmptyOnDelete', this.#bucket);
    }
  }

  get logTableName(): string {
    return this.#logTable.tableName;
  }

  get clusterTableName(): string {
    return this.#clusterTable.tableName;
  }

  get bucketName(): string {
    return this.#bucket.bucketName;
  }

  grantLog(fn: PathFunction, actions: readonly TableAction[]): void {
    grantTable(fn, 'LogTable', { table: this.#logTable, actions });
    fn.lambda.addEnvironment(variables.logTable, this.#logTable.tableName);
  }

  /** Lets a function be fed by the stream of the log table's keys, which has this ARN. */
  grantLogStream(fn: PathFunction): string {
    const streamArn = this.#logTable.tableStreamArn;
    if (streamArn === undefined) throw new Error('the log table has no stream');
    const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    fn.allow({ sid: 'LogStream', actions: actions.map(action => `dynamodb:${action}`), resources: [streamArn] });
    return streamArn;
  }

  grantCluster(fn: PathFunction, actions: readonly TableAction[]): void {
    grantTable(fn, 'ClusterTable', { table: this.#clusterTable, actions });
    fn.lambda.addEnvironment(variables.clusterTable, this.#clusterTable.tableName);
  }

  grantObjects(fn: PathFunction, actionsOf: Partial<Readonly<Record<Folder, readonly ObjectAction[]>>>): void {
    const grants = folders.flatMap(folder => {
      const actions = actionsOf[folder];
      return actions ? [{ sid: sids[folder], keys: `${folder}/*`, actions }] : [];
    });
    grantObjects(fn, this.#bucket, grants);
    if (this.#emptyOnDelete) fn.node.addDependency(this.#emptyOnDelete);
  }
}

interface TableProps extends StorageProps {
  readonly stream?: StreamViewType;
}

/** On demand, and restorable to any second of the last 35 days. */
function itemTable(scope: Construct, id: string, { removalPolicy, ...more }: TableProps): Table {
  const table = new Table(scope, id, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // In seconds since the epoch. Of the log only what is rolled by then may go: the roller gives the rest new time.
    timeToLiveAttribute: 'e',
    deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
    removalPolicy,
    ...more,
  });
  const throttled = new Metric({
    namespace: 'AWS/DynamoDB',
    metricName: 'WriteThrottleEvents',
    dimensionsMap: { TableName: table.tableName },
    statistic: 'Sum',
    period: Duration.minutes(5),
  });
  alarmAtFirst(
    scope,
    `${id}Throttles`,
    throttled,
    `${id}: writes are refused for now; a key or the account is too hot`,
  );
  return table;
}

function privateBucket(scope: Construct, id: string, { removalPolicy }: StorageProps): Bucket {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [{ id: 'AbortStaleUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy,
  });
  acknowledge(bucket, {
    'AwsSolutions-S1':
      'only the functions of this stack read and write it; a log of every request would cost like the requests',
  });
  return bucket;
}

interface TableGrant {
  readonly table: Table;
  readonly actions: readonly TableAction[];
}

function grantTable(fn: PathFunction, sid: string, { table, actions }: TableGrant): void {
  fn.allow({ sid, actions: actions.map(action => `dynamodb:${action}`), resources: [table.tableArn] });
}
