/** What grants allow, route by route of the API, as IAM would match it. */
import { User } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import type { Millrace, MillraceProps } from '../../cdk/index.ts';
import { routes } from '../../lib/http/routes.ts';
import { openShop, textOf } from './shop.ts';
import { policyStatementsOf } from './synth.ts';

/** In a policy `*` is anything, slashes too. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text);

const named: Readonly<Record<string, string>> = {
  topic: 'click',
  topic_name: 'click',
  group: 'counts',
  consumer_group_id: 'counts',
};

/** A path of the API with those names in it, and others of these. */
const pathOf = (path: string, names: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? named[name] ?? '7');

type Granting = (streams: Millrace, shop: ReturnType<typeof openShop>) => unknown;

/** `METHOD path` of what a function may ask for that is granted something, as the patterns of its policy. */
function grantedTo(grant: Granting, props: MillraceProps = {}): readonly string[] {
  const shop = openShop(props);
  grant(shop.streams, shop);
  const [statement, ...others] = policyStatementsOf(shop.template(), 'Client');
  expect(others).toEqual([]);
  expect(statement).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
  const prefix =
    /^arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<StreamsFrontDoor\w+>\/(?:prod|\$default)\/(\*|[A-Z]+)(\/.*)$/;
  return [statement?.Resource].flat().map(arn => {
    const [, method, path] = prefix.exec(textOf(arn)) ?? [];
    if (method === undefined) throw new Error(`a policy names ${textOf(arn)}`);
    return `${method} ${path}`;
  });
}

/** Routes that may be asked for, with these names in their paths. */
function allowed(patterns: readonly string[], names: Readonly<Record<string, string>> = {}): readonly string[] {
  return routes
    .filter(({ method, path }) => patterns.some(pattern => matches(pattern, `${method} ${pathOf(path, names)}`)))
    .map(({ method, path }) => `${method} ${path}`);
}

const v3 = '/v3/clusters/{cluster_id}';
const v3Topic = `${v3}/topics/{topic_name}`;
const v3Group = `${v3}/consumer-groups/{consumer_group_id}`;

const theCluster = 'GET /v3/clusters';
const counted = [`GET ${v3Topic}/partitions`, 'GET /topics/{topic}/partitions'];
const produced = [
  theCluster,
  ...counted,
  `POST ${v3Topic}/records`,
  `POST ${v3Topic}/records:batch`,
  `POST ${v3}/producers`,
  'POST /topics/{topic}',
  'POST /topics/{topic}/partitions/{partition}',
];
const fetched = [
  theCluster,
  ...counted,
  `GET ${v3Topic}`,
  ...['', '/replicas', '/replicas/{broker_id}', '/segments', '/records:snapshot', '/offset'].map(
    rest => `GET ${v3Topic}/partitions/{partition_id}${rest}`,
  ),
  `GET ${v3Topic}/latest`,
  'GET /topics/{topic}',
  ...['', '/records', '/offsets'].map(rest => `GET /topics/{topic}/partitions/{partition}${rest}`),
];
/** What else reading everything brings. */
const fetchedOfAll = [`POST ${v3}/records:fetch`, `GET ${v3Topic}/configs`, `GET ${v3Topic}/configs/{name}`];
const joined = routes
  .filter(({ path }) => path.startsWith('/consumers/') || path.startsWith(v3Group))
  .map(({ method, path }) => `${method} ${path}`)
  .filter(
    route =>
      ![`DELETE ${v3Group}`, ...['alter', 'reset', 'delete'].map(what => `POST ${v3Group}/offsets:${what}`)].includes(
        route,
      ),
  );

const unique = (all: readonly string[]) => [...new Set(all)].sort();

const cases: readonly [string, Granting, readonly string[]][] = [
  ['produce to a topic', (s, { fn }) => s.topic('click').grants.produce(fn('Client')), produced],
  ['fetch from a topic', (s, { fn }) => s.topic('click').grants.fetch(fn('Client')), fetched],
  ['consume a topic', (s, { fn }) => s.topic('click').grants.consume(fn('Client'), 'counts'), [...fetched, ...joined]],
  ['produce to all topics', (s, { fn }) => s.grants.produce(fn('Client')), produced],
  ['fetch from all topics', (s, { fn }) => s.grants.fetch(fn('Client')), [...fetched, ...fetchedOfAll]],
  ['consume all topics', (s, { fn }) => s.grants.consume(fn('Client')), [...fetched, ...fetchedOfAll, ...joined]],
  [
    'administer',
    (s, { fn }) => s.grants.administer(fn('Client')),
    routes.map(({ method, path }) => `${method} ${path}`),
  ],
];

describe.each(['rest', 'http'] as const)('with the %s front door, a grant to', frontDoor => {
  it.each(cases)('%s allows the routes for that, and no other', (_name, grant, expected) => {
    expect(unique(allowed(grantedTo(grant, { frontDoor })))).toEqual(unique(expected));
  });
});

describe('a grant of one topic', () => {
  const other = { topic: 'upload', topic_name: 'upload' };

  it.each(cases.slice(0, 2))('to %s allows nothing of another', (_name, grant) => {
    const routesOfTopics = allowed(grantedTo(grant), other).filter(route => /\{topic/.test(route));
    expect(routesOfTopics).toEqual([]);
  });

  it('and group allows nothing of another group', () => {
    const patterns = grantedTo((s, { fn }) => s.topic('click').grants.consume(fn('Client'), 'counts'));
    const ofGroups = allowed(patterns, { group: 'other', consumer_group_id: 'other' }).filter(route =>
      /group/.test(route),
    );
    expect(ofGroups).toEqual([]);
  });

  it('names groups that a policy can name', () => {
    const shop = openShop();
    const { grants } = shop.streams.topic('click');
    expect(() => grants.consume(shop.fn('Client'), 'a/b')).toThrow("group 'a/b': a grant can name letters");
  });
});

describe('a grant', () => {
  it('tells a function where the API is, and only that', () => {
    const shop = openShop();
    shop.streams.topic('click').grants.produce(shop.fn('Client'));
    const [client] = Object.entries(shop.template().findResources('AWS::Lambda::Function')).filter(([id]) =>
      /^Client/.test(id),
    );
    const variables = client?.[1].Properties.Environment.Variables;
    expect(Object.keys(variables)).toEqual(['MILLRACE_URL']);
    expect(textOf(variables.MILLRACE_URL)).toBe(textOf(shop.stack.resolve(shop.streams.url)));
  });

  it('may go to whoever is no function', () => {
    const shop = openShop();
    shop.streams.topic('click').grants.produce(new User(shop.stack, 'ClientUser'));
    expect(policyStatementsOf(shop.template(), 'ClientUser')).toHaveLength(1);
  });

  it('reaches from one stack to another', () => {
    const shop = openShop({ apart: true });
    shop.streams.topic('click').grants.produce(shop.fn('Client'));
    expect(JSON.stringify(policyStatementsOf(shop.template(), 'Client'))).toMatch(/Data:ExportsOutputRef\w+RestApi/);
  });
});
