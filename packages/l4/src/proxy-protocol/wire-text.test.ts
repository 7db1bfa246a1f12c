import { expect, test } from 'vitest';
import { isText, readText } from './wire-text.ts';

test('reads UTF-8', () => {
  for (const text of ['', 'h2', 'bücher.example', '例え.テスト', '\ufefforder', '\u{1f600}']) {
    expect(readText(Buffer.from(text))).toBe(text);
    expect(isText(text)).toBe(true);
  }
});

test('takes nothing that ends a line of a log, and nothing that is no UTF-8', () => {
  for (const bytes of ['a\nb', 'a\0', '\x1b[2J', '\x7f', '\xc2\x85', '\xff', '\xed\xa0\x80', '\xc0\xaf']) {
    expect(readText(Buffer.from(bytes, 'latin1')), JSON.stringify(bytes)).toBeUndefined();
  }
  expect(isText('\ud800')).toBe(false);
});
