import { describe, expect, it } from 'vitest';
import { readOptions } from '../../cdk/options.ts';
import { appWith } from './synth.ts';

const optionsOf = (context: Record<string, unknown>) => readOptions(appWith(context).node);

describe('the options of the stack', () => {
  it('are a REST API, AWS credentials and data that stays, unless told otherwise', () => {
    expect(optionsOf({})).toEqual({ frontDoor: 'rest', auth: 'iam', ephemeral: false });
  });

  it('are read from the context', () => {
    const context = {
      frontDoor: 'http',
      auth: 'none',
      ephemeral: 'true',
      alarmTopic: 'arn:aws:sns:eu-west-1:123456789012:alarms',
      account: '123456789012',
      region: 'eu-west-1',
    };
    expect(optionsOf(context)).toEqual({
      frontDoor: 'http',
      auth: 'none',
      ephemeral: true,
      alarmTopic: 'arn:aws:sns:eu-west-1:123456789012:alarms',
      env: { account: '123456789012', region: 'eu-west-1' },
    });
  });

  it.each([
    [{ auth: 'iamm' }, '-c auth=iamm: expected one of iam, none'],
    [{ frontDoor: 'alb' }, '-c frontDoor=alb: expected one of rest, http'],
    [{ ephemeral: 'yes' }, '-c ephemeral=yes: expected one of false, true'],
  ])('refuse %o', (context, message) => {
    expect(() => optionsOf(context)).toThrow(message);
  });
});
