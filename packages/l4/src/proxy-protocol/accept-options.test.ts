import { expect, test } from 'vitest';
import { resolveAcceptOptions, type AcceptedProxyProtocol, type AcceptProxyProtocolOptions } from './accept-options.ts';

function read(options: unknown): AcceptedProxyProtocol {
  return resolveAcceptOptions(options as AcceptProxyProtocolOptions);
}

test('has defaults for all but the senders', () => {
  const accepted = read({ trustedSenders: ['loopback', '10.0.0.0/8'] });
  expect(accepted).toMatchObject({ mode: 'required', headerTimeoutMs: 5_000, maxHeaderBytes: 4096 });
  const trusts = (address: string): boolean => accepted.trustedSenders.has(address);
  expect(['::1', '10.1.1.1', '192.0.2.1', ''].map(trusts)).toEqual([true, true, false, false]);
});

test('reports what is wrong, at once', () => {
  expect(() => read({})).toThrow(/trustedSenders must name those whose headers are believed/);
  expect(() =>
    read({ trustedSenders: ['everybody'], mode: 'on', headerTimeoutMs: 0, maxHeaderBytes: 100, from: [], clock: 5 }),
  ).toThrow(
    /mode must be one of required.*trustedSenders\[0\] must be an IP address.*headerTimeoutMs must.*maxHeaderBytes must.*clock must have.*from is unknown/,
  );
  expect(() => read(true)).toThrow(/acceptProxyProtocol must be an object/);
});
