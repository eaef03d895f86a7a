import { describe, expect, it } from 'vitest';
import { askedFor, routes as doors } from '../../cdk/constructs/routes.ts';
import { routes } from '../../lib/http/routes.ts';

describe('the front door', () => {
  it.each(routes.map(route => [route.method, route.path, route.servedBy]))(
    'asks for %s %s the function %s',
    (...route) => {
      const [method, path, servedBy] = route;
      expect(askedFor(method, path)).toBe(servedBy);
    },
  );

  it('has no route to a function that does not serve it', () => {
    const isServed = ({ path }: (typeof doors)[number]) =>
      routes.some(route => (path.endsWith('{rest+}') ? route.path.startsWith(path.slice(0, -7)) : route.path === path));
    expect(doors.filter(door => !isServed(door))).toEqual([]);
  });
});
