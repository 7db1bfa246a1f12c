import { createAbortScope, createManualClock, type EndpointSnapshot, type EndpointSource } from '@sluice/core';
import type { SrvRecord } from 'node:dns';
import { describe, expect, test } from 'vitest';
import type { DnsResolver } from './dns-options.ts';
import { srvEndpoints } from './srv-endpoints.ts';

const record = (name: string, priority = 10, weight = 1): SrvRecord => ({ name, port: 80, priority, weight });

function failing(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`query ${code}`), { code }));
}

/** A zone that tests change: records, or an error's code; the address of each name, or an error's code. */
interface Zone {
  records: SrvRecord[] | string;
  addresses: Record<string, string>;
}

function setUp(zone: Zone, options: Parameters<typeof srvEndpoints>[1] = {}): EndpointSource {
  const resolver = {
    resolve4: (name: string) => {
      const address = zone.addresses[name] ?? 'ENOTFOUND';
      return address.startsWith('E') ? failing(address) : Promise.resolve([{ address, ttl: 7 }]);
    },
    resolve6: () => failing('ENODATA'),
    resolveSrv: () => (typeof zone.records === 'string' ? failing(zone.records) : Promise.resolve(zone.records)),
  } as unknown as DnsResolver;
  return srvEndpoints('_http._tcp.api', { resolver, clock: createManualClock(), ...options });
}

async function first(source: EndpointSource): Promise<EndpointSnapshot> {
  for await (const snapshot of source.watch(createAbortScope())) return snapshot as EndpointSnapshot;
  throw new Error('no snapshot');
}

const addressesOf = async (source: EndpointSource): Promise<unknown[]> =>
  (await first(source)).endpoints.map((endpoint) => (endpoint as { address: string }).address);

test('gives the targets with their ports, for as long as their addresses hold', async () => {
  const zone = { records: [record('a', 10, 3), record('b', 20)], addresses: { a: '10.0.0.1', b: '10.0.0.2' } };
  expect(await first(setUp(zone))).toEqual({
    endpoints: [
      { address: '10.0.0.1:80', weight: 3, priority: 10, metadata: { name: 'a', priority: 10 } },
      { address: '10.0.0.2:80', weight: 1, priority: 20, metadata: { name: 'b', priority: 20 } },
    ],
    ttlMs: 7_000,
  });
  expect(await addressesOf(setUp(zone, { secure: true }))).toEqual(['https://10.0.0.1:80', 'https://10.0.0.2:80']);
});

describe('no such service', () => {
  test.each([
    { title: 'the root as target', records: [record('')] },
    { title: 'the root as target, written out', records: [record('.')] },
    { title: 'no such name', records: 'ENOTFOUND' },
    { title: 'no such records', records: 'ENODATA' },
    { title: 'a target without addresses', records: [record('nobody')] },
  ])('$title', async ({ records }) => {
    expect(await first(setUp({ records, addresses: {} }))).toEqual({ endpoints: [], ttlMs: 5_000 });
  });
});

describe('no answer', () => {
  test.each([
    { title: 'about the service', records: 'ESERVFAIL' },
    { title: 'about any target', records: [record('a'), record('b')] },
    { title: 'about one target, and none has an address', records: [record('a'), record('nobody')] },
  ])('$title', async ({ records }) => {
    const source = setUp({ records, addresses: { a: 'ESERVFAIL', b: 'ETIMEOUT' } });
    await expect(first(source)).rejects.toMatchObject({ code: 'SLUICE_DISCOVERY_FAILED' });
  });

  test('about one target of several keeps what it had', async () => {
    const zone: Zone = { records: [record('a'), record('b')], addresses: { a: '10.0.0.1', b: '10.0.0.2' } };
    const source = setUp(zone);
    await first(source);
    zone.addresses['b'] = 'ESERVFAIL';
    expect(await addressesOf(source)).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
    zone.addresses['a'] = '10.0.0.3';
    expect(await addressesOf(source)).toEqual(['10.0.0.3:80', '10.0.0.2:80']);
  });
});

test('refuses what is no name', () => {
  for (const name of ['', 'a b', 'http://api', '_http._tcp..api', 7 as never])
    expect(() => srvEndpoints(name)).toThrow('name must be a name such as _http._tcp.api.internal');
});
