import { expect, test } from 'vitest';
import { AddressLookup, type NameAddresses } from './address-lookup.ts';
import type { DnsResolver, ResolvedDns } from './dns-options.ts';

type Answer = Record<string, number> | string;

/** A resolver that knows one name: addresses with their TTL in seconds, or an error's code. */
function answering(four: Answer, six: Answer): DnsResolver {
  const answer = (what: Answer) => async () => {
    if (typeof what === 'string') throw Object.assign(new Error(`query ${what}`), { code: what });
    return Object.entries(what).map(([address, ttl]) => ({ address, ttl }));
  };
  return { resolve4: answer(four), resolve6: answer(six), resolveSrv: () => Promise.resolve([]) } as never;
}

const options = { families: [4, 6], minTtlMs: 1_000, maxTtlMs: 30_000 } as unknown as ResolvedDns;

async function find(
  four: Answer,
  six: Answer,
  before: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<NameAddresses> {
  return new AddressLookup(options, answering(four, six), before).find('api');
}

test('gives the addresses of both families, for the least of their times', async () => {
  expect(await find({ '10.0.0.1': 20, '10.0.0.2': 10 }, { '::1': 15 })).toEqual({
    addresses: ['10.0.0.1', '10.0.0.2', '::1'],
    ttlMs: 10_000,
  });
});

test.each([
  { ttl: 0, ttlMs: 1_000 },
  { ttl: 86_400, ttlMs: 30_000 },
])('a TTL of $ttl s is kept within the limits', async ({ ttl, ttlMs }) => {
  expect((await find({ '10.0.0.1': ttl }, 'ENODATA')).ttlMs).toBe(ttlMs);
});

test.each(['ENOTFOUND', 'ENODATA'])('%s of both is an answer: there are none', async (code) => {
  expect(await find(code, code)).toEqual({ addresses: [], ttlMs: 5_000 });
});

test.each([
  { four: 'ESERVFAIL', six: 'ETIMEOUT' },
  { four: 'ENOTFOUND', six: 'ESERVFAIL' },
  { four: 'EREFUSED', six: 'ENODATA' },
])('$four and $six is no answer', async ({ four, six }) => {
  await expect(find(four, six)).rejects.toMatchObject({
    code: 'SLUICE_DISCOVERY_FAILED',
    message: expect.stringContaining('no answer for api: query E'),
  });
});

test('one family that can not be told keeps what it had', async () => {
  const before = new Map([
    ['6 api', ['::1']],
    ['4 api', ['10.0.0.9']],
  ]);
  expect(await find({ '10.0.0.1': 20 }, 'ESERVFAIL', before)).toEqual({ addresses: ['10.0.0.1', '::1'], ttlMs: 5_000 });
  expect(await find({ '10.0.0.1': 20 }, 'ESERVFAIL')).toEqual({ addresses: ['10.0.0.1'], ttlMs: 5_000 });
  expect(await find('ENODATA', 'ESERVFAIL', before)).toEqual({ addresses: ['::1'], ttlMs: 5_000 });
});

test('remembers each round for the next one', async () => {
  const first = new AddressLookup(options, answering({ '10.0.0.1': 20 }, { '::1': 20 }), new Map());
  await first.find('api');
  const second = new AddressLookup(options, answering('ESERVFAIL', 'ESERVFAIL'), first.answered);
  await expect(second.find('api')).rejects.toThrow('no answer for api');
  expect(second.lastKnown('api').addresses).toEqual(['10.0.0.1', '::1']);
  expect(second.answered.get('4 api')).toEqual(['10.0.0.1']);
  expect(second.lastKnown('other').addresses).toEqual([]);
});
