import { createSeededRandom, createUpstream, OptionsError } from '@sluice/core';
import { expect, test } from 'vitest';
import { resolveProxyOptions } from './resolve-proxy-options.ts';

const to = 'http://127.0.0.1:3000';

function issuesOf(options: object): string[] {
  try {
    resolveProxyOptions(options);
    return [];
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    return error.issues.map(({ path, message }) => `${path} ${message}`);
  }
}

test('an address is enough', () => {
  const resolved = resolveProxyOptions({ to, random: createSeededRandom(1) });
  expect(resolved.upstream.endpointSet.endpoints.map((endpoint) => endpoint.id)).toEqual([to]);
  expect(resolved).toMatchObject({
    ownsUpstream: true,
    ownsTransport: true,
    forwarded: 'x-forwarded',
    host: 'preserve',
  });
  expect(resolved.viaPseudonym).toMatch(/^sluice-[0-9a-f]{8}$/);
  expect(resolved.retry.on).toEqual(new Set(['connect']));
});

test('an upstream or a transport that is passed stays the user’s', () => {
  const upstream = createUpstream({ endpoints: [to] });
  const { transport } = resolveProxyOptions({ to });
  expect(resolveProxyOptions({ upstream, transport })).toMatchObject({
    upstream,
    ownsUpstream: false,
    transport,
    ownsTransport: false,
  });
});

test('false switches a limit off', () => {
  expect(resolveProxyOptions({ to, timeouts: { responseHeadMs: false } }).timeouts.responseHeadMs).toBe(Infinity);
});

test('one of to and upstream must be there, and only one', () => {
  expect(issuesOf({})).toEqual([expect.stringMatching(/^to must be given/)]);
  expect(issuesOf({ to, upstream: { endpoints: [to] } })).toEqual([expect.stringMatching(/^to must be given/)]);
});

test.each([
  [{ upstream: to }, `upstream must be an upstream or the options of one, got "${to}" (string); addresses go into to`],
  [{ upstream: [to] }, 'upstream must be an upstream or the options of one, got a list; addresses go into to'],
  [{ to: 5 }, 'to must be an address, a list of endpoints or a source of them, got 5'],
  [{ to: { address: to } }, 'to must be an address, a list of endpoints or a source of them, got an object'],
  [{ to: [to, { address: 'b:1', weight: -1 }] }, 'to[1].weight must be an integer from 0 to 65535, got -1'],
  [{ to, clock: {} }, 'clock must have the functions now, wallTimeMs and setTimer, got an object'],
  [{ to, random: 4 }, 'random must be a function, got 4'],
])('%o has one issue, where it was written', (options, issue) => {
  expect(issuesOf(options)).toEqual([issue]);
});

test('an address that can not be read is an issue of to', () => {
  expect(issuesOf({ to: 'nonsense' })).toEqual([expect.stringMatching(/^to must be http:.*got "nonsense"/)]);
});

test('null counts as absent', () => {
  expect(issuesOf({ to, upstream: null, transport: null, wire: null, clock: null, random: null })).toEqual([]);
});

test('all issues are reported at once, with their paths and a guess at what was meant', () => {
  const issues = issuesOf({
    upstream: { endpoints: [to, { address: 'nonsense', weight: '2' }], balancr: 'random' },
    retry: { maxAtempts: 3, on: ['always'] },
    timeouts: { connectMs: -1 },
    middleware: ['log'],
    trustedProxies: ['10.0.0.0/99'],
    forwarded: 'x-forward',
    via: 'two words',
    upgrades: 'websocket',
    wire: { pool: { maxIdlePerEndpoint: -1 } },
    hostt: 'endpoint',
  });
  for (const path of [
    'upstream.endpoints[1].address',
    'upstream.endpoints[1].weight',
    'upstream.balancr is unknown, did you mean balancer?',
    'retry.maxAtempts is unknown, did you mean maxAttempts?',
    'retry.on[0]',
    'timeouts.connectMs',
    'middleware[0]',
    'trustedProxies[0]',
    'forwarded',
    'via',
    'upgrades',
    'wire.pool.maxIdlePerEndpoint',
    'hostt is unknown, did you mean host?',
  ]) {
    expect(issues).toContainEqual(expect.stringContaining(path));
  }
});

test('no options at all are an error, not a crash', () => {
  expect(issuesOf(undefined as never)).toHaveLength(1);
});
