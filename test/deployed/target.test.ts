import { describe, expect, it } from 'vitest';
import { environmentFor, reachableUrl, readTarget } from './target.ts';

describe('the target of the deployed test', () => {
  it('is the emulator at AWS_ENDPOINT_URL', () => {
    const target = readTarget({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566/' });
    expect(target).toEqual({ kind: 'emulator', endpoint: 'http://127.0.0.1:4566' });
  });

  it('is an AWS account only where account and region are named', () => {
    const target = readTarget({ MILLRACE_DEPLOY_TO_AWS: '123456789012/eu-west-1' });
    expect(target).toEqual({ kind: 'aws', account: '123456789012', region: 'eu-west-1' });
  });

  it.each([
    [{}, /AWS_ENDPOINT_URL is not set/],
    [{ AWS_ENDPOINT_URL: '' }, /AWS_ENDPOINT_URL is not set/],
    [{ AWS_ENDPOINT_URL: 'https://dynamodb.eu-west-1.amazonaws.com' }, /is AWS itself/],
    [{ MILLRACE_DEPLOY_TO_AWS: 'yes' }, /expected MILLRACE_DEPLOY_TO_AWS/],
    [{ MILLRACE_DEPLOY_TO_AWS: '123456789012/eu-west-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, /unset one/],
  ])('is refused for %o', (environment, reason) => {
    expect(() => readTarget(environment)).toThrow(reason);
  });

  it('shows an emulator no real credentials', () => {
    const real = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't', AWS_PROFILE: 'p' };
    const shown = environmentFor({ kind: 'emulator', endpoint: 'http://127.0.0.1:4566' }, real);
    expect(shown).toMatchObject({ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' });
    expect([shown.AWS_SESSION_TOKEN, shown.AWS_PROFILE]).toEqual([undefined, undefined]);
  });

  it('reaches an API of the emulator through its one port', () => {
    const target = { kind: 'emulator', endpoint: 'http://127.0.0.1:4566' } as const;
    const rest = reachableUrl(target, 'https://abc123.execute-api.us-east-1.amazonaws.com/prod');
    const http = reachableUrl(target, 'http://abc123.execute-api.localhost:4566');
    expect(rest).toBe('http://127.0.0.1:4566/_aws/execute-api/abc123/prod');
    expect(http).toBe('http://127.0.0.1:4566/_aws/execute-api/abc123/$default');
  });
});
