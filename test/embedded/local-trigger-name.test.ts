import { describe, expect, it } from 'vitest';
import { parseTrigger } from '../../lib/embedded/local-trigger.ts';

describe('a trigger that is given with the command', () => {
  it.each([
    ['click=./handler.ts', 'click-handler', 'file:///work/handler.ts'],
    ['click=src/my handler (1).mjs#count', 'click-my-handler--1-', 'file:///work/src/my%20handler%20(1).mjs#count'],
    ['click=/elsewhere/größe.ts', 'click-gr--e', 'file:///elsewhere/gr%C3%B6%C3%9Fe.ts'],
    ['a.b_c=http://127.0.0.1:3000/f?x=1', 'a.b_c-127.0.0.1-3000', 'http://127.0.0.1:3000/f?x=1'],
    ['click=https://[::1]:8443/', 'click----1--8443', 'https://[::1]:8443/'],
  ])('%s is called %s, and invokes %s', (text, name, target) => {
    const [topic] = text.split('=');
    expect(parseTrigger(text, '/work')).toEqual({ name, topic, function: target });
  });
});
