import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { stackWith } from './synth.ts';

describe('the AwsSolutions rules', () => {
  it.each([
    {},
    { frontDoor: 'http' },
    { auth: 'none', ephemeral: 'true' },
    { frontDoor: 'http', auth: 'none', ephemeral: 'true' },
  ])('find nothing with %o', context => {
    const { violations } = new AwsSolutionsChecks().validateScope(stackWith(context));
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });
});
