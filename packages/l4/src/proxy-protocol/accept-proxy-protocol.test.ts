import { resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { readAcceptProxyProtocol, type AcceptedProxyProtocol } from './accept-proxy-protocol.ts';

function read(acceptProxyProtocol: unknown): AcceptedProxyProtocol | undefined {
  return resolveOptions({ acceptProxyProtocol }, 'test', readAcceptProxyProtocol);
}

test('is off unless it is on', () => {
  expect(read(undefined)).toBeUndefined();
  expect(read(false)).toBeUndefined();
});

test('has defaults for all but the senders', () => {
  const accepted = read({ trustedSenders: ['loopback', '10.0.0.0/8'] });
  expect(accepted).toMatchObject({ mode: 'required', headerTimeoutMs: 5_000, maxHeaderBytes: 4096 });
  const trusts = (address: string): boolean | undefined => accepted?.trustedSenders.has(address);
  expect(['::1', '10.1.1.1', '192.0.2.1', ''].map(trusts)).toEqual([true, true, false, false]);
});

test('reports what is wrong, at once', () => {
  expect(() => read({})).toThrow(/acceptProxyProtocol.trustedSenders must name those whose headers are believed/);
  expect(() =>
    read({ trustedSenders: ['everybody'], mode: 'on', headerTimeoutMs: 0, maxHeaderBytes: 100, from: [] }),
  ).toThrow(
    /mode must be one of required.*trustedSenders\[0\] must be an IP address.*headerTimeoutMs must.*maxHeaderBytes must.*from is unknown/,
  );
  expect(() => read(true)).toThrow(/acceptProxyProtocol must be an object/);
});
