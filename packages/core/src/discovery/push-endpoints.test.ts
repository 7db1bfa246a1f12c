import { expect, test } from 'vitest';
import { createAbortScope } from '../abort-scope.ts';
import { pushEndpoints } from './push-endpoints.ts';

test('tells the newest list only to who has not heard of the others', async () => {
  const source = pushEndpoints();
  source.push(['a:1']);
  source.fail(new Error('gone'));
  source.push(['b:1'], { revision: '2' });
  const scope = createAbortScope();
  const watch = source.watch(scope)[Symbol.asyncIterator]();
  expect((await watch.next()).value).toEqual({ endpoints: ['b:1'], revision: '2' });
  const next = watch.next();
  scope.abort('enough');
  expect(await next).toMatchObject({ done: true });
});

test('tells a late follower the last good list, and that it may be out of date', async () => {
  const source = pushEndpoints();
  source.push(['a:1']);
  source.fail('gone');
  const watch = source.watch(createAbortScope())[Symbol.asyncIterator]();
  expect((await watch.next()).value).toEqual({ endpoints: ['a:1'] });
  expect((await watch.next()).value).toEqual({ error: 'gone' });
});

test('refuses a wrong list, and keeps neither it nor the list of the caller', async () => {
  const source = pushEndpoints();
  const list = ['a:1'];
  source.push(list);
  list.push('b:1');
  expect(() => source.push(['nonsense:'])).toThrow('SLUICE_OPTIONS_INVALID');
  const watch = source.watch(createAbortScope())[Symbol.asyncIterator]();
  expect((await watch.next()).value).toEqual({ endpoints: ['a:1'] });
});
