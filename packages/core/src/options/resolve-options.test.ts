import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OptionsError, type OptionIssue } from './options-error.ts';
import type { OptionsReader } from './options-reader.ts';
import { resolveOptions } from './resolve-options.ts';

/** The issues of reading `input`. */
function issuesOf(input: unknown, read: (reader: OptionsReader) => unknown): readonly OptionIssue[] {
  try {
    resolveOptions(input, 'proxy', read);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues;
    throw error;
  }
  return [];
}

const messagesOf = (input: unknown, read: (reader: OptionsReader) => unknown): string[] =>
  issuesOf(input, read).map(({ path, message }) => `${path} ${message}`);

describe('reading options', () => {
  test('fills in defaults, and leaves what has none undefined', () => {
    const read = (reader: OptionsReader): unknown[] => [
      reader.string('name', { default: 'n' }),
      reader.string('via'),
      reader.boolean('on', { default: false }),
      reader.boolean('off'),
      reader.integer('count', { default: 3 }),
      reader.integer('most'),
      reader.number('ratio', { default: 0.5 }),
      reader.number('share'),
      reader.milliseconds('timeoutMs', { default: 10 }),
      reader.milliseconds('graceMs'),
      reader.choice('mode', ['a', 'b'], { default: 'a' }),
      reader.choice('kind', ['a', 'b']),
      reader.list('items', (item) => item),
      reader.function('check'),
      reader.nested('limits', (limits) => limits.integer('most', { default: 9 })),
    ];
    const defaults = [
      'n',
      undefined,
      false,
      undefined,
      3,
      undefined,
      0.5,
      undefined,
      10,
      undefined,
      'a',
      undefined,
      [],
      undefined,
      9,
    ];
    expect(resolveOptions({}, 'proxy', read)).toEqual(defaults);
    const absent = Object.fromEntries(
      ['name', 'on', 'count', 'items', 'check', 'limits', 'mode'].map((key) => [key, null]),
    );
    expect(resolveOptions(absent, 'proxy', read)).toEqual(defaults);
  });

  test('takes falsy values as they are', () => {
    const read = (reader: OptionsReader): unknown[] => [
      reader.string('name', { default: 'n' }),
      reader.boolean('on', { default: true }),
      reader.integer('count', { default: 3 }),
      reader.milliseconds('timeoutMs', { default: 10 }),
    ];
    expect(resolveOptions({ name: '', on: false, count: 0, timeoutMs: 0 }, 'proxy', read)).toEqual(['', false, 0, 0]);
  });

  test('reports everything at once, each with its path', () => {
    const messages = messagesOf(
      { name: 1, limits: { maxQueued: -1, maxInflight: 3 }, items: [1, 'x'], mode: 'c', check: {}, tiemoutMs: 1 },
      (reader) => {
        reader.string('name');
        reader.nested('limits', (limits) => [limits.integer('maxQueued', { min: 0 }), limits.integer('maxInFlight')]);
        reader.list('items', (item, path) => {
          if (typeof item !== 'number') reader.issue(path, 'must be a number');
          return item;
        });
        reader.choice('mode', ['a', 'b'], { default: 'a' });
        reader.function('check');
        reader.milliseconds('timeoutMs', { default: 1 });
      },
    );
    expect(messages).toEqual([
      'name must be a string, got 1',
      'limits.maxQueued must be an integer >= 0, got -1',
      'limits.maxInflight is unknown, did you mean maxInFlight?',
      'items[1] must be a number',
      'mode must be one of a, b, got "c" (string), did you mean a?',
      'check must be a function, got an object',
      'tiemoutMs is unknown, did you mean timeoutMs?',
    ]);
  });

  test('reads what is no object as a single issue', () => {
    for (const input of [undefined, null, 3, 'x', [], () => 1]) {
      expect(messagesOf(input, (reader) => reader.string('name'))).toHaveLength(1);
    }
    expect(messagesOf([], () => 1)).toEqual(['proxy must be an object, got a list']);
    expect(messagesOf({ limits: 3 }, (reader) => reader.nested('limits', (limits) => limits.integer('most')))).toEqual([
      'limits must be an object, got 3',
    ]);
    expect(messagesOf({ items: 3 }, (reader) => reader.list('items', (item) => item))).toEqual([
      'items must be a list, got 3',
    ]);
  });

  test('reads objects in lists with their paths', () => {
    const read = (reader: OptionsReader): readonly number[] =>
      reader.list('items', (item, path) =>
        reader.at(item, path, (each) => each.integer('weight', { default: 1, max: 5 })),
      );
    expect(resolveOptions({ items: [{ weight: 2 }, {}] }, 'proxy', read)).toEqual([2, 1]);
    expect(messagesOf({ items: [{ weight: 9 }, 4] }, read)).toEqual([
      'items[0].weight must be an integer <= 5, got 9',
      'items[1] must be an object, got 4',
    ]);
  });

  test('neither keeps nor changes the input', () => {
    const input = Object.freeze({ limits: Object.freeze({ most: 1 }) });
    const limits = resolveOptions(input, 'proxy', (reader) =>
      reader.nested('limits', (each) => ({ most: each.integer('most') })),
    );
    expect(limits).toEqual({ most: 1 });
    expect(limits).not.toBe(input.limits);
  });
});

describe('numbers', () => {
  const read = (reader: OptionsReader): unknown => [
    reader.integer('integer', { default: 5, min: 1, max: 10 }),
    reader.integer('open', { default: Infinity, min: 1 }),
    reader.integer('allowed', { default: 3, infinity: true }),
    reader.number('number', { default: 0.1, min: 0, max: 1 }),
    reader.milliseconds('durationMs', { default: 100 }),
  ];

  test.each([
    [{ integer: 1 }, [1, Infinity, 3, 0.1, 100]],
    [{ open: Infinity, allowed: Infinity }, [5, Infinity, Infinity, 0.1, 100]],
    [{ durationMs: false }, [5, Infinity, 3, 0.1, Infinity]],
    [{ durationMs: Infinity, number: 1 }, [5, Infinity, 3, 1, Infinity]],
    [{ durationMs: 0.5 }, [5, Infinity, 3, 0.1, 0.5]],
  ])('%o is fine', (input, expected) => {
    expect(resolveOptions(input, 'proxy', read)).toEqual(expected);
  });

  test.each([
    [{ integer: 0 }, 'integer must be an integer from 1 to 10, got 0'],
    [{ integer: 1.5 }, 'integer must be an integer from 1 to 10, got 1.5'],
    [{ integer: Infinity }, 'integer must be an integer from 1 to 10, got Infinity'],
    [{ integer: '3' }, 'integer must be an integer from 1 to 10, got "3" (string)'],
    [{ open: -Infinity }, 'open must be an integer >= 1, got -Infinity'],
    [{ number: Number.NaN }, 'number must be a number from 0 to 1, got NaN'],
    [{ durationMs: -1 }, 'durationMs must be milliseconds >= 0, got -1'],
    [{ durationMs: true }, 'durationMs must be milliseconds >= 0, got true'],
  ])('%o is not', (input, message) => {
    expect(messagesOf(input, read)).toEqual([message]);
  });
});

test('throws nothing but an OptionsError, whatever the input', () => {
  const read = (reader: OptionsReader): unknown => [
    reader.string('name'),
    reader.integer('count', { default: 1, min: 0 }),
    reader.milliseconds('timeoutMs'),
    reader.choice('mode', ['a', 'b']),
    reader.function('check'),
    reader.nested('limits', (limits) => limits.boolean('on', { default: true })),
    reader.list('items', (item, path) => reader.at(item, path, (each) => each.number('weight'))),
  ];
  const keys = fc.constantFrom(
    'name',
    'count',
    'timeoutMs',
    'mode',
    'check',
    'limits',
    'items',
    '__proto__',
    'constructor',
  );
  const input = fc.oneof(fc.anything(), fc.dictionary(fc.oneof(keys, fc.string()), fc.anything()));
  fc.assert(
    fc.property(input, (value) => {
      for (const { path, message } of issuesOf(value, read)) expect([path, message]).not.toContain('');
    }),
  );
});
