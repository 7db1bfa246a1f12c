import { expect, test, vi } from 'vitest';
import { callListener } from './call-listener.ts';

const failing: readonly (readonly [string, () => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('broken listener');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken listener'))],
];

test.each(failing)('a listener that %s becomes a process warning', async (_, listener) => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
  callListener(listener, undefined, 'endpoint-ejected');
  await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce());
  expect(warn).toHaveBeenCalledWith('a listener of endpoint-ejected threw', {
    code: 'SLUICE_LISTENER_THREW',
    detail: expect.stringContaining('broken listener'),
  });
  warn.mockRestore();
});

test('passes the value on', () => {
  const heard: number[] = [];
  callListener((value: number) => heard.push(value), 7, 'x');
  expect(heard).toEqual([7]);
});
