import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { readOptions } from '../../cdk/options.ts';
import { MillraceStack } from '../../cdk/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-cdk-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The app as `cdk deploy -c name=value…` starts it, but for the functions' code. */
export const appWith = (context: Readonly<Record<string, unknown>>): App =>
  new App({
    outdir: mkdtempSync(join(folder, 'assembly-')),
    // It takes seconds, and every `cdk synth` does it.
    builtinCloudFormationValidation: false,
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
  });

export function stackWith(context: Readonly<Record<string, unknown>> = {}): MillraceStack {
  const app = appWith(context);
  return new MillraceStack(app, 'Millrace', readOptions(app.node));
}

export const templateWith = (context?: Readonly<Record<string, unknown>>): Template =>
  Template.fromStack(stackWith(context));

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** The statements of the policy of the role whose logical id starts with `path`. */
export const statementsOf = (template: Template, path: string): Statement[] =>
  policyStatementsOf(template, `${path}Role`);

/** The statements of the policies whose logical ids start with `prefix`. */
export function policyStatementsOf(template: Template, prefix: string): Statement[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(prefix))
    .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement);
}
