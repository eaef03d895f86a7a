/** Where the deployed test may deploy: an emulator, or the one AWS account and region that were asked for by name. */

export type Target =
  | { readonly kind: 'emulator'; readonly endpoint: string }
  | { readonly kind: 'aws'; readonly account: string; readonly region: string };

type Environment = Readonly<Record<string, string | undefined>>;

const byName = 'MILLRACE_DEPLOY_TO_AWS=<account>/<region>';

/** Reads the target from the environment; throws where the answer could be an AWS account that nobody named. */
export function readTarget(environment: Environment): Target {
  const { AWS_ENDPOINT_URL: endpoint, MILLRACE_DEPLOY_TO_AWS: named } = environment;
  if (named) return readNamed(named, endpoint);
  if (!endpoint) throw new Error(`AWS_ENDPOINT_URL is not set: set it to an emulator's, or name an account, ${byName}`);
  if (/\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)) {
    throw new Error(`AWS_ENDPOINT_URL=${endpoint} is AWS itself: unset it and name an account, ${byName}`);
  }
  return { kind: 'emulator', endpoint: endpoint.replace(/\/+$/, '') };
}

function readNamed(named: string, endpoint: string | undefined): Target {
  if (endpoint) throw new Error(`both an emulator (AWS_ENDPOINT_URL) and an AWS account are named: unset one`);
  const [, account, region] = /^(\d{12})\/([a-z0-9-]+)$/.exec(named) ?? [];
  if (!account || !region) throw new Error(`MILLRACE_DEPLOY_TO_AWS=${named}: expected ${byName}`);
  return { kind: 'aws', account, region };
}

/** The environment of the commands that act on the target; an emulator is never shown real credentials. */
export function environmentFor(target: Target, environment: Environment): Environment {
  if (target.kind === 'aws') return { ...environment, AWS_REGION: target.region };
  return {
    ...environment,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: environment.AWS_REGION ?? 'us-east-1',
  };
}

/** Where this machine reaches an API whose URL, as the stack knows it, is `url`. */
export function reachableUrl(target: Target, url: string): string {
  if (target.kind === 'aws') return url;
  const { hostname, pathname } = new URL(url);
  const [apiId] = hostname.split('.');
  const stage = pathname === '/' ? '/$default' : pathname;
  return `${target.endpoint}/_aws/execute-api/${apiId}${stage}`;
}
