import { createAbortScope, createManualClock, type EndpointSnapshot } from '@sluice/core';
import { expect, test } from 'vitest';
import { dnsEndpoints, formatAddress } from './dns-endpoints.ts';
import type { DnsResolver } from './dns-options.ts';

const resolver = {
  resolve4: async () => [{ address: '10.0.0.1', ttl: 5 }],
  resolve6: async () => [{ address: '2001:db8::1', ttl: 5 }],
  resolveSrv: async () => [],
} as unknown as DnsResolver;

async function first(...[name, options]: Parameters<typeof dnsEndpoints>): Promise<EndpointSnapshot> {
  const source = dnsEndpoints(name, { resolver, clock: createManualClock(), ...options });
  for await (const snapshot of source.watch(createAbortScope())) return snapshot as EndpointSnapshot;
  throw new Error('no snapshot');
}

test.each([
  { name: 'api.internal:8080', options: {}, is: ['10.0.0.1:8080', '[2001:db8::1]:8080'] },
  { name: 'api.internal', options: { port: 81 }, is: ['10.0.0.1:81', '[2001:db8::1]:81'] },
  { name: 'http://api.internal', options: { family: 4 as const }, is: ['10.0.0.1:80'] },
  { name: 'https://api.internal', options: { family: 6 as const }, is: ['https://[2001:db8::1]:443'] },
  { name: 'https://api.internal', options: { port: 8443, family: 4 as const }, is: ['https://10.0.0.1:8443'] },
])('$name with $options is $is', async ({ name, options, is }) => {
  const { endpoints, ttlMs } = await first(name, options);
  expect(endpoints).toEqual(is.map((address) => ({ address, metadata: { name: 'api.internal' } })));
  expect(ttlMs).toBe(5_000);
});

test.each([
  { name: 'api.internal', options: {}, issue: 'name must be http://host:port' },
  { name: '10.0.0.1:80', options: {}, issue: 'name must be a name that DNS knows' },
  { name: '[::1]:80', options: {}, issue: 'name must be a name that DNS knows' },
  { name: 'unix:/run/a.sock', options: {}, issue: 'name must be a name that DNS knows' },
  { name: 'api:80', options: { port: 80 }, issue: 'name must be' },
  { name: 'api:80', options: { family: 5 as 4 }, issue: 'family must be 4, 6 or both, got 5' },
  { name: 'api:80', options: { minTtlMs: 10, maxTtlMs: 5 }, issue: 'maxTtlMs must be a number from 10' },
  { name: 'api:80', options: { servers: ['nobody'] }, issue: 'servers must be addresses' },
  { name: 'api:80', options: { servers: [] }, issue: 'servers must not be empty' },
  { name: 'api:80', options: { resolver: {} as never }, issue: 'resolver must have the functions' },
  { name: 'api:80', options: { resolver, servers: ['127.0.0.1'] }, issue: 'servers are for the default resolver' },
  { name: 'api:80', options: { ttl: 5 } as never, issue: 'ttl is unknown' },
])('$name with $options is refused', ({ name, options, issue }) => {
  expect(() => dnsEndpoints(name, options)).toThrow(issue);
});

test('writes addresses as endpoints have them', () => {
  expect(formatAddress('::1', 80, false)).toBe('[::1]:80');
  expect(formatAddress('10.0.0.1', 80, true)).toBe('https://10.0.0.1:80');
});
