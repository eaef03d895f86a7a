import { Duration, type Stack } from 'aws-cdk-lib';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { MillraceEventSource, MillraceTopic } from '../../cdk/index.ts';
import { openShop } from './shop.ts';
import { stackWith } from './synth.ts';

const violationsOf = (stack: Stack) =>
  new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName, violatingResources }) => ({
    ruleName,
    paths: violatingResources.map(({ constructPath }) => constructPath),
  }));

describe('the AwsSolutions rules', () => {
  it.each([
    {},
    { frontDoor: 'http' },
    { auth: 'none', ephemeral: 'true' },
    { frontDoor: 'http', auth: 'none', ephemeral: 'true' },
  ])('find nothing with %o', context => {
    expect(violationsOf(stackWith(context))).toEqual([]);
  });

  it.each([false, true])('find nothing in topics and triggers, in a stack apart: %s', apart => {
    const shop = openShop({ apart });
    const { stack, streams } = shop;
    const click = new MillraceTopic(stack, 'Click', { streams, topicName: 'click', retention: Duration.days(7) });
    const onFailure = { bucket: new Bucket(stack, 'Kept'), prefix: 'failed' };
    const source = new MillraceEventSource(click, { startingPosition: StartingPosition.LATEST, onFailure });
    shop.fn('Count').addEventSource(source);
    expect(
      violationsOf(shop.data)
        .flatMap(({ paths }) => paths)
        .filter(path => /Streams/.test(String(path))),
    ).toEqual([]);
    // what is not ours is found as ever
    const paths = new Set(violationsOf(stack).flatMap(found => found.paths.map(String)));
    expect([...paths].filter(path => !/^Shop\/(Kept\/Resource|Count\/(ServiceRole\/)?Resource)$/.test(path))).toEqual(
      [],
    );
    expect(paths.size).toBeGreaterThan(0);
  });
});
