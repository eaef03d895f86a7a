import { describe, expect, it } from 'vitest';
import { routes as doors } from '../../cdk/constructs/routes.ts';
import { routes } from '../../lib/http/routes.ts';

/** The function that the front door asks. */
const askedFor = (method: string, path: string): string =>
  doors.find(door => door.path === path && (door.method === 'ANY' || door.method === method))?.servedBy ?? 'topics';

describe('the front door', () => {
  it.each(routes.map(route => [route.method, route.path, route.servedBy]))(
    'asks for %s %s the function %s',
    (...route) => {
      const [method, path, servedBy] = route;
      expect(askedFor(method, path)).toBe(servedBy);
    },
  );

  it('has no route to a function that does not serve it', () => {
    const served = new Set(routes.map(({ path }) => path));
    expect(doors.filter(({ path }) => !served.has(path))).toEqual([]);
  });
});
