import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOcspResponse } from './ocsp-response.ts';

// Made by openssl: openssl ocsp -index … -respout …
const good = Buffer.from(
  'MIIBGgoBAKCCARMwggEPBgkrBgEFBQcwAQEEggEAMIH9MIGjoRswGTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkYDzIwMjYxMTI1MTEwMDEyWjBzMHEwSTAJBgUrDgMC' +
    'GgUABBR+O27A8P9R0Ro+GkyGvgQTOvsZzAQUR5QzPSPm97/2SzrwdxmiqR945N4CEHwzha4edIdaF5bmP6tGAteAABgPMjAyNjExMjUxMTAwMTJaoBEYDzIwMjYxMjAy' +
    'MTEwMDEyWjAKBggqhkjOPQQDAgNJADBGAiEAjX/a0KWLibmpwBI0YOZHyELO9Hvwc7liM02ftG8i+OkCIQDuDiq3FCjiK56/RD9lCf/VG2x/jtiH3N3MPD47YjgjeQ==',
  'base64',
);
const revoked = Buffer.from(
  'MIIBFgoBAKCCAQ8wggELBgkrBgEFBQcwAQEEgf0wgfowgaGhGzAZMRcwFQYDVQQDDA5UZXN0IEF1dGhvcml0eRgPMjAyNjExMjUxMTAwMTJaMHEwbzBJMAkGBSsOAwIa' +
    'BQAEFH47bsDw/1HRGj4aTIa+BBM6+xnMBBRHlDM9I+b3v/ZLOvB3GaKpH3jk3gIQfDOFrh50h1oXluY/q0YC16ERGA8yMDI1MDEwMTAwMDAwMFoYDzIwMjYxMTI1MTEw' +
    'MDEyWjAKBggqhkjOPQQDAgNIADBFAiEAlh7fwM3p6d0xuz+GzD8FZjdgJh77nKrlRNVQxgg79QUCIFJZrZyiGCojjJQgVcfGU8oC1rnHcRGG6C27ARtHeNkL',
  'base64',
);

const serialNumber = '7C3385AE1E74875A1796E63FAB4602D7';
const thisUpdateMs = Date.UTC(2026, 10, 25, 11, 0, 12);

test('tells which certificate a response is for, what it says, and until when', () => {
  expect(readOcspResponse(good)).toEqual({
    serialNumber,
    status: 'good',
    thisUpdateMs,
    nextUpdateMs: Date.UTC(2026, 11, 2, 11, 0, 12),
  });
});

test('a response may go without a next one', () => {
  expect(readOcspResponse(revoked)).toEqual({ serialNumber, status: 'revoked', thisUpdateMs, nextUpdateMs: undefined });
});

test('a responder that has none says so with a status', () => {
  expect(() => readOcspResponse(Buffer.from('30030a0103', 'hex'))).toThrow('the OCSP responder answered with status 3');
});

describe('what is no response', () => {
  test('is an error, wherever it is cut', () => {
    // The signature behind the data is not looked at.
    for (let length = 0; length < 190; length++)
      expect(() => readOcspResponse(good.subarray(0, length))).toThrow(/OCSP/);
  });

  test('is an error or something else that can be read, whatever is changed in it', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        expect(outcomeOf(bytes)).toMatch(/^(?:good|revoked|unknown|no OCSP response in DER form|.*OCSP respon.*)$/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is an error when it is noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(outcomeOf(bytes)).toMatch(/OCSP/);
      }),
    );
  });
});

function outcomeOf(bytes: Uint8Array): string {
  try {
    return readOcspResponse(bytes).status;
  } catch (error) {
    return (error as Error).message;
  }
}
