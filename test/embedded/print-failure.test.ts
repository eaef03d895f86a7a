import { expect, it } from 'vitest';
import { failureText } from '../../lib/embedded/print-failure.ts';

const failure = {
  trigger: 'counts',
  topic: 'click',
  partition: 3,
  firstOffset: 17,
  lastOffset: 42,
  failures: 2,
  error: 'TypeError: no\n    at handler (file:///handler.ts:1:1)',
  isGivenUp: false,
};

it.each([
  [{}, 'millrace: trigger counts failed on click-3 offsets 17 to 42, attempt 2: TypeError: no'],
  [{ lastOffset: 17 }, 'millrace: trigger counts failed on click-3 offset 17, attempt 2: TypeError: no'],
  [{ failures: 0, error: 'refused' }, 'millrace: trigger counts failed on click-3 offsets 17 to 42: refused'],
  [
    { isGivenUp: true },
    'millrace: trigger counts failed on click-3 offsets 17 to 42, attempt 2, given up: TypeError: no',
  ],
])('says where the records are, and what became of them: %j', (changes, text) => {
  const [line] = failureText({ ...failure, ...changes }).split('\n');
  expect(line).toBe(text);
});
