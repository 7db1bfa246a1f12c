import { OptionsError } from '@sluice/core';
import { expect, test } from 'vitest';
import { inspectFirstBytes } from '../client-hello/first-bytes.ts';
import { sniRoutes } from '../client-hello/sni-routes.ts';
import { resolveTcpProxyOptions, tcpTimeoutDefaults, type TcpProxyOptions } from './tcp-proxy-options.ts';

const to = '127.0.0.1:5432';

function issuesOf(options: unknown): string[] {
  try {
    resolveTcpProxyOptions(options as TcpProxyOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path, message }) => `${path} ${message}`);
  }
  return [];
}

test('an address is enough', () => {
  const { upstream, ownsUpstream, timeouts, admission, preludes, maxAttempts } = resolveTcpProxyOptions({ to });
  expect(upstream?.endpointSet.endpoints.map(({ id }) => id)).toEqual([to]);
  expect(ownsUpstream).toBe(true);
  expect(timeouts).toEqual(tcpTimeoutDefaults);
  expect(admission).toMatchObject({ allow: undefined, deny: undefined, limits: { maxConnections: 16_384 } });
  expect(preludes).toEqual([]);
  expect(maxAttempts).toBe(Infinity);
});

test('a route is enough, and what it chooses by is read', () => {
  const route = sniRoutes({});
  const { upstream, ownsUpstream, preludes } = resolveTcpProxyOptions({ route });
  expect([upstream, ownsUpstream, preludes.length]).toEqual([undefined, false, 1]);
  expect(resolveTcpProxyOptions({ to, sniff: true }).preludes.length).toBe(1);
});

test('what a prelude notes already is not read again, unless that is less than the route needs', () => {
  const route = sniRoutes({});
  const hello = inspectFirstBytes({ clientHello: true });
  const protocol = inspectFirstBytes({ sniff: true });
  expect(resolveTcpProxyOptions({ route, preludes: [hello] }).preludes).toEqual([hello]);
  expect(resolveTcpProxyOptions({ route, preludes: [protocol] }).preludes.length).toBe(2);
});

test('the client is hashed by its address unless told otherwise', () => {
  const connection = { remoteAddress: '10.0.0.1', localPort: 25 } as never;
  expect(resolveTcpProxyOptions({ to }).hashKey(connection)).toBe('10.0.0.1');
  expect(resolveTcpProxyOptions({ to, hashKey: ({ localPort }) => `${localPort}` }).hashKey(connection)).toBe('25');
});

test('one of to, upstream and route must be there; to and upstream are the same', () => {
  expect(issuesOf({})).toEqual(['to must be given, or upstream or route instead']);
  expect(issuesOf({ to, upstream: { endpoints: [to] } })).toEqual(['to must be given instead of upstream, not both']);
});

test('all issues are told at once, with their paths', () => {
  expect(
    issuesOf({
      upstream: { endpoints: ['nonsense:'], balancr: 'random' },
      preludes: ['tls'],
      deny: ['10.0.0.0/99'],
      limits: { maxConnections: 0 },
      timeouts: { idleMs: -1, idleMS: 5 },
      dialer: { tls: { minVersion: 'TLSv1' } },
      endpointLoss: { onEjected: 'close' },
      maxAttempts: 0,
      clock: { now: () => 0 },
    }).map((issue) => issue.split(' ')[0]),
  ).toEqual([
    'clock',
    'timeouts.idleMs',
    'timeouts.idleMS',
    'upstream.endpoints[0].address',
    'upstream.balancr',
    'preludes[0]',
    'deny[0]',
    'limits.maxConnections',
    'maxAttempts',
    'dialer.tls.minVersion',
    'endpointLoss.onEjected',
  ]);
});
