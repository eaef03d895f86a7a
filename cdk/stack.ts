/**
 * Millrace on AWS.
 *
 *     clients ── front door ─┬─ produce ─┐
 *                            ├─ fetch ───┤
 *                            ├─ groups ──┼── storage: log table, cluster table, bucket
 *                            └─ topics ──┘        │ stream      ▲
 *                                                 ▼             │
 *                                               wake ─┬► maintenance ◄── schedule
 *                                                     └► dispatcher ◄─── schedules
 *                                                            └─► your functions
 */
import { type App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { tellAlarms } from './constructs/alarm.ts';
import { Dispatcher } from './constructs/dispatcher.ts';
import { Fetch } from './constructs/fetch.ts';
import { FrontDoor } from './constructs/front-door.ts';
import { Groups } from './constructs/groups.ts';
import { Maintenance } from './constructs/maintenance.ts';
import { Produce } from './constructs/produce.ts';
import { Storage } from './constructs/storage.ts';
import { Topics } from './constructs/topics.ts';
import { Wake } from './constructs/wake.ts';
import type { StackOptions } from './options.ts';

export class MillraceStack extends Stack {
  constructor(app: App, id: string, { frontDoor, auth, ephemeral, alarmTopic, ...place }: StackOptions) {
    super(app, id, { ...place, description: "Millrace: Kafka's log on Lambda, DynamoDB and S3" });

    const storage = new Storage(this, 'Storage', {
      removalPolicy: ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const maintenance = new Maintenance(this, 'Maintenance', { storage });
    const dispatcher = new Dispatcher(this, 'Dispatcher', { storage });
    new Wake(this, 'Wake', { storage, maintenance, dispatcher });
    const produce = new Produce(this, 'Produce', { storage, maintenance });
    const fetch = new Fetch(this, 'Fetch', { storage, maintenance });
    const groups = new Groups(this, 'Groups', { storage, maintenance, dispatcher });
    const topics = new Topics(this, 'Topics', { storage, maintenance });
    const { url } = new FrontDoor(this, 'FrontDoor', {
      kind: frontDoor,
      auth,
      paths: { produce, fetch, groups, topics },
    });

    if (alarmTopic) tellAlarms(this, alarmTopic);

    new CfnOutput(this, 'Url', { value: url, description: 'What clients call' });
    new CfnOutput(this, 'Region', { value: this.region });
    new CfnOutput(this, 'LogTable', { value: storage.logTableName, description: 'Where the newest records are' });
    new CfnOutput(this, 'BucketName', { value: storage.bucketName, description: 'Where all others are, as segments' });
    new CfnOutput(this, 'Next', {
      value: `curl ${auth === 'iam' ? signedBy(this.region) : ''}${url}/v3/clusters`,
      description: 'Paste it: the answer names the cluster',
    });
  }
}

/** What makes curl sign a request with the credentials of the environment. */
const signedBy = (region: string): string =>
  `--aws-sigv4 aws:amz:${region}:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"` +
  ' -H "x-amz-security-token: $AWS_SESSION_TOKEN" ';
