import { expect, test, vi } from 'vitest';
import { createEvents } from './events.ts';

interface Map {
  readonly opened: { readonly id: string };
  readonly closed: number;
}

test('tells every listener of that name, in the order they came', () => {
  const events = createEvents<Map>();
  const heard: string[] = [];
  events.on('opened', ({ id }) => heard.push(`first ${id}`));
  events.on('opened', ({ id }) => heard.push(`second ${id}`));
  events.on('closed', (count) => heard.push(`closed ${count}`));
  events.emit('opened', { id: 'a' });
  events.emit('closed', 3);
  expect(heard).toEqual(['first a', 'second a', 'closed 3']);
});

test('a listener that was taken off hears nothing, either way of taking it off', () => {
  const events = createEvents<Map>();
  const heard: number[] = [];
  const listener = (count: number): void => void heard.push(count);
  const off = events.on('closed', listener);
  expect(events.has('closed')).toBe(true);
  off();
  off();
  events.on('closed', listener);
  events.off('closed', listener);
  events.off('opened', () => {});
  events.emit('closed', 1);
  expect([heard, events.has('closed'), events.has('opened')]).toEqual([[], false, false]);
});

test('a listener that throws does not keep the others from hearing', () => {
  const events = createEvents<Map>();
  const heard: number[] = [];
  events.on('closed', () => {
    throw new Error('broken listener');
  });
  events.on('closed', (count) => heard.push(count));
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
  events.emit('closed', 1);
  expect(heard).toEqual([1]);
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});
