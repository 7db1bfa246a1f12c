import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

test('is the checksum of RFC 3720 appendix B.4', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

test('counts four bytes as zeros', () => {
  const bytes = Buffer.from('ab\x01\x02\x03\x04cd', 'latin1');
  expect(crc32c(bytes, 2)).toBe(crc32c(Buffer.from('ab\0\0\0\0cd')));
  expect(crc32c(bytes, 2)).not.toBe(crc32c(bytes));
});
