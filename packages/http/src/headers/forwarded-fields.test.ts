import { resolveOptions } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientClaims } from './client-claims.ts';
import {
  readClientResolver,
  type ClientInfo,
  type ClientResolver,
  type ConnectionInfo,
  type TrustedProxiesOption,
} from './client-resolver.ts';
import type { ForwardedFamily } from './forwarded-chain.ts';
import { parseForwarded } from './forwarded.ts';
import { applyForwarded, forwardedFamily, type ForwardedMode } from './forwarded-fields.ts';
import { createHeaderList } from './header-list.ts';

function resolverOf(trustedProxies: TrustedProxiesOption, family: ForwardedFamily = 'x-forwarded'): ClientResolver {
  return resolveOptions({ trustedProxies }, 'proxy', (reader) => readClientResolver(reader, family));
}

const connection = { remoteAddress: '192.0.2.7', remotePort: 4000, localPort: 8080, secure: false };
const direct: ClientInfo = { address: '192.0.2.7', port: 4000, protocol: 'http', host: 'shop.example', trusted: false };
const behindProxy: ClientInfo = {
  address: '1.1.1.1',
  port: undefined,
  protocol: 'https',
  host: 'www.example',
  trusted: true,
};

function told(client: ClientInfo, mode: ForwardedMode, ...fields: string[]): Record<string, string> {
  return toldOn(connection, client, mode, ...fields);
}

function toldOn(on: ConnectionInfo, client: ClientInfo, mode: ForwardedMode, ...fields: string[]) {
  const headers = createHeaderList(fields);
  applyForwarded(headers, on, client, 'shop.example', mode);
  expect(new Set([...headers].map(([name]) => name.toLowerCase())).size).toBe(headers.size);
  return Object.fromEntries(headers);
}

const lies = clientClaims.flatMap((name) => [name, '6.6.6.6']);

test('replaces everything an untrusted client says of itself', () => {
  expect(told(direct, 'x-forwarded', ...lies, 'Accept', '*/*')).toEqual({
    Accept: '*/*',
    'X-Forwarded-For': '192.0.2.7',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'shop.example',
    'X-Forwarded-Port': '8080',
  });
});

test.each(['x-forwarded', 'rfc7239', 'both', 'off'] as const)('no lie is left with forwarded: %s', (mode) => {
  expect(JSON.stringify(told(direct, mode, ...lies, ...lies))).not.toContain('6.6.6.6');
});

test('removes lies even where it writes nothing', () => {
  expect(told(direct, 'off', ...lies)).toEqual({});
});

test('tells no address when there is none', () => {
  const unix = { remoteAddress: '', remotePort: 0, localPort: 0, secure: false };
  const nobody: ClientInfo = { ...direct, address: '', port: 0 };
  expect(toldOn(unix, nobody, 'both')).toEqual({
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'shop.example',
    Forwarded: 'for=unknown;host=shop.example;proto=http',
  });
});

test('continues the chain of a trusted proxy and keeps what it stated', () => {
  const fields = [
    'X-Forwarded-For',
    '6.6.6.6',
    'x-forwarded-for',
    '1.1.1.1',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'www.example',
    'X-Forwarded-Port',
    '8443',
    'X-Forwarded-Prefix',
    '/shop',
    'X-Real-IP',
    '1.1.1.1',
  ];
  expect(told(behindProxy, 'x-forwarded', ...fields)).toEqual({
    'X-Forwarded-For': '6.6.6.6, 1.1.1.1, 192.0.2.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'www.example',
    'X-Forwarded-Port': '8443',
    'X-Forwarded-Prefix': '/shop',
    'X-Real-IP': '1.1.1.1',
  });
});

test.each([
  ['www.example', 'https', '443'],
  ['www.example', 'http', '80'],
  ['www.example:8443', 'https', '8443'],
  ['[2001:db8::1]', 'https', '443'],
  ['[2001:db8::1]:81', 'http', '81'],
  ['www.example:evil', 'http', '80'],
] as const)('tells the port of %s over %s when the trusted proxy does not', (host, protocol, port) => {
  expect(told({ ...behindProxy, host, protocol }, 'x-forwarded')).toMatchObject({
    'X-Forwarded-Proto': protocol,
    'X-Forwarded-Port': port,
  });
});

test('writes Forwarded as RFC 7239 says', () => {
  expect(told(direct, 'rfc7239', ...lies)).toEqual({ Forwarded: 'for=192.0.2.7;host=shop.example;proto=http' });
  expect(told(behindProxy, 'rfc7239', 'Forwarded', 'for=6.6.6.6', 'forwarded', 'for=1.1.1.1')).toEqual({
    Forwarded: 'for=6.6.6.6, for=1.1.1.1, for=192.0.2.7;host=shop.example;proto=http',
  });
});

test('does not append to a chain that would swallow what is appended', () => {
  expect(told(behindProxy, 'rfc7239', 'Forwarded', 'for=", for=1.1.1.1')).toEqual({
    Forwarded: 'for=1.1.1.1;host=www.example;proto=https, for=192.0.2.7;host=shop.example;proto=http',
  });
});

test('does not pass on the family that the trusted proxy may not have written', () => {
  expect(told(behindProxy, 'x-forwarded', 'Forwarded', 'for=6.6.6.6')).not.toHaveProperty('Forwarded');
  expect(told(behindProxy, 'rfc7239', 'X-Forwarded-For', '6.6.6.6', 'X-Forwarded-Port', '1')).toEqual({
    Forwarded: 'for=1.1.1.1;host=www.example;proto=https, for=192.0.2.7;host=shop.example;proto=http',
  });
});

test('writes both families, the second from what the first says', () => {
  expect(told(behindProxy, 'both', 'X-Forwarded-For', '1.1.1.1', 'Forwarded', 'for=6.6.6.6')).toEqual({
    'X-Forwarded-For': '1.1.1.1, 192.0.2.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'shop.example',
    'X-Forwarded-Port': '443',
    Forwarded: 'for=1.1.1.1;host=www.example;proto=https, for=192.0.2.7;host=shop.example;proto=http',
  });
  expect(told({ ...behindProxy, address: '192.0.2.7' }, 'both')).toMatchObject({
    Forwarded: 'for=192.0.2.7;host=shop.example;proto=http',
  });
});

test('leaves a trusted proxy’s account alone when it is to write nothing', () => {
  const fields = { 'X-Forwarded-For': '1.1.1.1', Forwarded: 'for=1.1.1.1' };
  expect(told(behindProxy, 'off', ...Object.entries(fields).flat())).toEqual(fields);
});

test.each(['x-forwarded', 'rfc7239', 'both'] as const)(
  'the next proxy finds the same client, whatever it lied: %s',
  (mode) => {
    const family = forwardedFamily(mode);
    const field = fc.tuple(fc.constantFrom('X-Forwarded-For', 'Forwarded', 'X-Forwarded-Proto'), fc.string());
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const headers = createHeaderList(fields.flat());
        applyForwarded(headers, connection, resolverOf(false)(connection, headers), 'shop.example', mode);
        const next = { remoteAddress: '10.0.0.1', remotePort: 1, localPort: 2, secure: true };
        expect(resolverOf(1, family)(next, headers)).toEqual({
          address: '192.0.2.7',
          port: undefined,
          protocol: 'http',
          host: 'shop.example',
          trusted: true,
        });
        expect(parseForwarded(headers.get('forwarded') ?? '')).toBeDefined();
      }),
    );
  },
);
