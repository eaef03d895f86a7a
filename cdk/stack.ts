/** Millrace in a stack of its own, and what its user needs to know next. */
import { type App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Millrace } from './constructs/millrace.ts';
import type { StackOptions } from './options.ts';

export class MillraceStack extends Stack {
  readonly streams: Millrace;

  constructor(app: App, id: string, { frontDoor, auth, ephemeral, alarmTopic, ...place }: StackOptions) {
    super(app, id, { ...place, description: "Millrace: Kafka's log on Lambda, DynamoDB and S3" });

    // CDK leaves `Default` out of the ids of resources: with another id, all tables would be others
    this.streams = new Millrace(this, 'Default', {
      frontDoor,
      auth,
      removalPolicy: ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      ...(alarmTopic !== undefined && { alarmTopic: Topic.fromTopicArn(this, 'AlarmTopic', alarmTopic) }),
    });

    const { url, logTableName, bucketName } = this.streams;
    new CfnOutput(this, 'Url', { value: url, description: 'What clients call' });
    new CfnOutput(this, 'Region', { value: this.region });
    new CfnOutput(this, 'LogTable', { value: logTableName, description: 'Where the newest records are' });
    new CfnOutput(this, 'BucketName', { value: bucketName, description: 'Where all others are, as segments' });
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
