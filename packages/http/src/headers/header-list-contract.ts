// The behaviour every header list has, whatever it stands over.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderList } from './header-list.ts';

/** Checks one implementation. `create` makes a list of these field lines. */
export function describeHeaderList(name: string, create: (flat: readonly string[]) => HeaderList): void {
  describe(`header list: ${name}`, () => {
    const sample = ['Host', 'a.example', 'X-Tag', 'one', 'accept', '*/*', 'x-tag', 'two', 'X-Empty', ''];

    test('keeps order, duplicates and letter case', () => {
      expect(create(sample).toFlat()).toEqual(sample);
      expect([...create(sample)].flat()).toEqual(sample);
      expect(create(sample).size).toBe(5);
    });

    test('visits every line in order, also those that were added', () => {
      const list = create(sample);
      list.append('Last', 'l');
      const visited: string[] = [];
      list.forEach((field, value) => visited.push(field, value));
      expect(visited).toEqual([...sample, 'Last', 'l']);
      expect([...list].flat()).toEqual(visited);
    });

    test('gives away a flat list that is the caller’s', () => {
      const list = create(sample);
      list.toFlat().length = 0;
      expect(list.toFlat()).toEqual(sample);
    });

    test('an empty list has nothing', () => {
      const list = create([]);
      expect([list.size, list.toFlat(), list.get('a'), list.getAll('a'), list.delete('a')]).toEqual([
        0,
        [],
        undefined,
        [],
        false,
      ]);
    });

    test('finds fields without regard to letter case, the first line first', () => {
      const list = create(sample);
      expect([list.get('HOST'), list.get('x-tag'), list.get('X-EMPTY'), list.get('absent')]).toEqual([
        'a.example',
        'one',
        '',
        undefined,
      ]);
      expect(list.getAll('X-TAG')).toEqual(['one', 'two']);
      expect([list.has('ACCEPT'), list.has('accep')]).toEqual([true, false]);
    });

    test('set replaces the first line where it stands and removes the others', () => {
      const list = create(sample);
      list.set('X-tag', 'three');
      expect(list.toFlat()).toEqual(['Host', 'a.example', 'X-tag', 'three', 'accept', '*/*', 'X-Empty', '']);
      list.set('New', 'n');
      expect(list.toFlat().slice(-2)).toEqual(['New', 'n']);
      list.set('new', 'm');
      expect(list.toFlat().slice(-2)).toEqual(['new', 'm']);
    });

    test('append adds behind, delete removes all', () => {
      const list = create(sample);
      list.append('X-TAG', 'last');
      expect(list.getAll('x-tag')).toEqual(['one', 'two', 'last']);
      expect([list.delete('x-tag'), list.delete('x-tag')]).toEqual([true, false]);
      expect(list.toFlat()).toEqual(['Host', 'a.example', 'accept', '*/*', 'X-Empty', '']);
    });

    test('a copy is independent of its original', () => {
      const list = create(sample);
      const copy = list.clone();
      copy.delete('host');
      list.set('accept', 'text/html');
      expect([list.get('host'), copy.has('host'), copy.get('accept')]).toEqual(['a.example', false, '*/*']);
      expect(list.clone().get('accept')).toBe('text/html');
    });

    test.each(['a\r\nSet-Cookie: x', 'a\nb', 'a\u0000b', '\u007f', 'snow☃'])('refuses the value %j', (value) => {
      const list = create(sample);
      expect(() => list.set('X', value)).toThrow('must not be sent');
      expect(() => list.append('X', value)).toThrow('must not be sent');
      expect(list.toFlat()).toEqual(sample);
    });

    test.each(['', 'a b', 'a:', 'a\r\n', 'ü'])('refuses the name %j', (field) => {
      const list = create(sample);
      expect(() => list.set(field, 'x')).toThrow('is not a field name');
      expect(() => list.append(field, 'x')).toThrow('is not a field name');
      expect(list.toFlat()).toEqual(sample);
    });

    test('takes values of any byte from 0x80, and tabs', () => {
      const list = create(sample);
      list.set('X', 'caf\u00e9\t\u0080\u00ff');
      expect(list.get('x')).toBe('caf\u00e9\t\u0080\u00ff');
    });

    test('any sequence of edits leaves what a plain list of pairs would have', () => {
      const field = fc.constantFrom('A', 'a', 'B', 'b-c', 'B-C', 'z');
      const edit = fc.tuple(fc.constantFrom('set', 'append', 'delete'), field, fc.constantFrom('1', '2', ''));
      fc.assert(
        fc.property(fc.array(fc.tuple(field, fc.constantFrom('x', 'y'))), fc.array(edit), (lines, edits) => {
          const list = create(lines.flat());
          let model: string[][] = lines.slice();
          for (const [kind, key, value] of edits) {
            const isSame = (line: readonly string[]) => line[0]?.toLowerCase() === key.toLowerCase();
            const first = model.findIndex(isSame);
            if (kind === 'append' || (kind === 'set' && first < 0)) model.push([key, value]);
            else if (kind === 'set')
              model = model.flatMap((line, at) => (at === first ? [[key, value]] : isSame(line) ? [] : [line]));
            else model = model.filter((line) => !isSame(line));
            if (kind === 'set') list.set(key, value);
            else if (kind === 'append') list.append(key, value);
            else list.delete(key);
          }
          expect(list.toFlat()).toEqual(model.flat());
          expect(list.size).toBe(model.length);
        }),
      );
    });
  });
}
