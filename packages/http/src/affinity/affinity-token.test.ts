import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AffinityTokens } from './affinity-token.ts';

const ids = ['http://10.0.0.1:80', 'http://10.0.0.2:80', 'http://10.0.0.3:80'];
const now = 1_700_000_000_000;

test('a token is read as what was written', () => {
  const tokens = new AffinityTokens(['first secret']);
  for (const endpointId of ids) {
    const token = tokens.format(endpointId, now + 60_000);
    expect(tokens.parse(token, now, ids)).toEqual({ endpointId, expiresMs: now + 60_000, isOld: false });
    expect(new AffinityTokens(['first secret']).parse(token, now, ids)?.endpointId).toBe(endpointId);
  }
});

test('shows nothing of the endpoint, and differs by secret', () => {
  const one = new AffinityTokens(['first secret']).format(ids[0]!, Infinity);
  expect(one).toMatch(/^[\w-]{16}\.\.[\w-]{16}$/);
  expect(new AffinityTokens(['other secret']).format(ids[0]!, Infinity).split('.')[0]).not.toBe(one.split('.')[0]);
});

test('ends when its time is over', () => {
  const tokens = new AffinityTokens(['first secret']);
  const token = tokens.format(ids[0]!, now + 1000);
  expect(tokens.parse(token, now + 999, ids)).toBeDefined();
  expect(tokens.parse(token, now + 1000, ids)).toBeUndefined();
});

test('secrets rotate: an old one is believed for as long as it is listed', () => {
  const token = new AffinityTokens(['old secret']).format(ids[1]!, Infinity);
  expect(new AffinityTokens(['new secret', 'old secret']).parse(token, now, ids)).toMatchObject({
    endpointId: ids[1],
    isOld: true,
  });
  expect(new AffinityTokens(['new secret']).parse(token, now, ids)).toBeUndefined();
});

test('knows endpoints that come later, and no longer those that left', () => {
  const tokens = new AffinityTokens(['first secret']);
  const token = tokens.format('late', Infinity);
  expect(tokens.parse(token, now, ids)).toBeUndefined();
  expect(tokens.parse(token, now, [...ids, 'late'])?.endpointId).toBe('late');
  expect(tokens.parse(token, now, ids)).toBeUndefined();
});

test('nothing that was changed is believed', () => {
  const tokens = new AffinityTokens(['first secret']);
  const token = tokens.format(ids[0]!, now + 60_000);
  const change = fc.tuple(fc.nat(token.length - 1), fc.constantFrom('a', 'b', 'X', 'Y', '0', '9', '_', '-', '.'));
  fc.assert(
    fc.property(change, ([at, character]) => {
      const forged = token.slice(0, at) + character + token.slice(at + 1);
      fc.pre(forged !== token);
      expect(tokens.parse(forged, now, ids)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(tokens.parse(text, now, ids)).toBeUndefined();
    }),
  );
});
