import { createUpstream, OptionsError } from '@sluice/core';
import { expect, test } from 'vitest';
import { resolveUdpProxyOptions, type UdpProxyOptions } from './udp-proxy-options.ts';

function issuesOf(options: unknown): readonly string[] {
  try {
    resolveUdpProxyOptions(options as UdpProxyOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path }) => path);
    throw error;
  }
  return [];
}

test('are complete without being told anything but where to', () => {
  expect(resolveUdpProxyOptions({ to: '127.0.0.1:53' })).toMatchObject({
    ownsUpstream: true,
    repliesPerRequest: Infinity,
    requestsPerSession: Infinity,
    maxAttempts: 3,
    formatHeader: undefined,
    timeouts: { idleMs: 60_000, replyMs: Infinity },
    endpointLoss: { onEjected: 'cut', onRemoved: 'cut', onDrained: 'cut' },
    limits: { maxSessions: 16_384 },
  });
});

test('leave an upstream to its owner', () => {
  const upstream = createUpstream({ endpoints: [] });
  expect(resolveUdpProxyOptions({ upstream })).toMatchObject({ upstream, ownsUpstream: false });
  expect(resolveUdpProxyOptions({ route: () => upstream })).toMatchObject({ upstream: undefined, ownsUpstream: false });
});

test('that are wrong are all told at once', () => {
  expect(
    issuesOf({
      to: 'nowhere',
      route: 1,
      hashKey: 'address',
      allow: ['10.0.0.0/33'],
      deny: 'all',
      repliesPerRequest: 0,
      requestsPerSession: 0,
      maxAttempts: 0,
      sendProxyProtocol: 'all',
      limits: { maxSessions: 0, maxReplyByteRatio: -1, maxFlows: 1 },
      timeouts: { idleMs: 0, replyMs: 'soon' },
      endpointLoss: { onEjected: 'move' },
      clock: 1,
      random: 1,
      port: 53,
    }).toSorted(),
  ).toEqual([
    'allow[0]',
    'clock',
    'deny',
    'endpointLoss.onEjected',
    'hashKey',
    'limits.maxFlows',
    'limits.maxReplyByteRatio',
    'limits.maxSessions',
    'maxAttempts',
    'port',
    'random',
    'repliesPerRequest',
    'requestsPerSession',
    'route',
    'sendProxyProtocol',
    'timeouts.idleMs',
    'timeouts.replyMs',
    'to',
  ]);
});

test('must say where to', () => {
  expect(issuesOf({})).toEqual(['to']);
});
