/** What can be chosen at deployment with `-c name=value`. */
import type { Environment } from 'aws-cdk-lib';
import type { Node } from 'constructs';

const choices = {
  /** REST API, or HTTP API at less than a third of its price. */
  frontDoor: ['rest', 'http'],
  /** Callers sign with AWS credentials; `none` lets anyone in, and is for emulators. */
  auth: ['iam', 'none'],
  /** `true` removes every record with the stack. */
  ephemeral: ['false', 'true'],
} as const;

type Choice<Name extends keyof typeof choices> = (typeof choices)[Name][number];

export interface StackOptions {
  readonly frontDoor: Choice<'frontDoor'>;
  readonly auth: Choice<'auth'>;
  readonly ephemeral: boolean;
  /** `-c alarmTopic=<arn>`: the SNS topic that every alarm tells. */
  readonly alarmTopic?: string;
  /** `-c account=… -c region=…`: the one place where the stack may go; otherwise where the credentials lead. */
  readonly env?: Environment;
}

/** Reads the options from the app's context; what is not given is the first choice of each. */
export function readOptions(node: Node): StackOptions {
  const account: unknown = node.tryGetContext('account');
  const region: unknown = node.tryGetContext('region');
  if ((account === undefined) !== (region === undefined)) throw new Error('-c account and -c region go together');
  const alarmTopic: unknown = node.tryGetContext('alarmTopic');
  return {
    ...(alarmTopic !== undefined && { alarmTopic: String(alarmTopic) }),
    frontDoor: choose(node, 'frontDoor'),
    auth: choose(node, 'auth'),
    ephemeral: choose(node, 'ephemeral') === 'true',
    ...(account !== undefined && region !== undefined && { env: { account: String(account), region: String(region) } }),
  };
}

function choose<Name extends keyof typeof choices>(node: Node, name: Name): Choice<Name> {
  const allowed: readonly Choice<Name>[] = choices[name];
  const given = String(node.tryGetContext(name) ?? allowed[0]);
  const found = allowed.find(choice => choice === given);
  if (found === undefined) throw new Error(`-c ${name}=${given}: expected one of ${allowed.join(', ')}`);
  return found;
}
