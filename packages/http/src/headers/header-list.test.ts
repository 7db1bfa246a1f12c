import { expect, test } from 'vitest';
import { describeHeaderList } from './header-list-contract.ts';
import { createHeaderList } from './header-list.ts';

describeHeaderList('over a flat list', createHeaderList);

test('never changes the list it was made of', () => {
  const raw = Object.freeze(['Host', 'a', 'X', '1']);
  const list = createHeaderList(raw);
  list.delete('host');
  list.set('x', '2');
  expect(raw).toEqual(['Host', 'a', 'X', '1']);
});
