import { describe, expect, it } from 'vitest';
import { jsonOf, send, testApp } from '../support.ts';

describe('ids of groups and instances', () => {
  it.each(['a/b', 'a%2Fb', 'a b', '%', 'ü'])('may be %s, encoded in a path', async id => {
    const { app, v3 } = await testApp();
    const group = encodeURIComponent(id);
    const created = await jsonOf(app.request(`/consumers/${group}`, send({ name: id })));
    expect(created).toEqual({ instance_id: id, base_uri: `http://localhost/consumers/${group}/instances/${group}` });
    const path = new URL((created as { base_uri: string }).base_uri).pathname;
    expect((await app.request(`${path}/subscription`, send({ topics: ['t'] }))).status).toBe(204);
    const described = await jsonOf(app.request(`${v3}/consumer-groups/${group}/consumers/${group}`));
    expect(described).toMatchObject({ consumer_group_id: id, consumer_id: id });
    expect((await app.request(path, { method: 'DELETE' })).status).toBe(204);
  });
});
