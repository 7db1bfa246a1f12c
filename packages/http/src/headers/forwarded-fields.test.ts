import { expect, test } from 'vitest';
import type { ClientInfo } from './client-resolver.ts';
import { applyForwarded, type ForwardedMode } from './forwarded-fields.ts';
import { createHeaderList } from './header-list.ts';

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
  const headers = createHeaderList(fields);
  applyForwarded(headers, connection, client, 'shop.example', mode);
  return Object.fromEntries(headers);
}

const lies = [
  'X-Forwarded-For',
  '6.6.6.6',
  'X-Forwarded-Proto',
  'https',
  'X-Forwarded-Host',
  'evil',
  'X-Real-IP',
  '6.6.6.6',
  'Forwarded',
  'for=6.6.6.6',
  'True-Client-IP',
  '6.6.6.6',
];

test('replaces everything an untrusted client says of itself', () => {
  expect(told(direct, 'x-forwarded', ...lies)).toEqual({
    'X-Forwarded-For': '192.0.2.7',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'shop.example',
    'X-Forwarded-Port': '8080',
  });
});

test('removes lies even where it writes nothing', () => {
  expect(told(direct, 'off', ...lies)).toEqual({});
});

test('continues the chain of a trusted proxy and keeps what it stated', () => {
  const fields = [
    'X-Forwarded-For',
    '1.1.1.1',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'www.example',
    'X-Forwarded-Port',
    '443',
  ];
  expect(told(behindProxy, 'x-forwarded', ...fields)).toEqual({
    'X-Forwarded-For': '1.1.1.1, 192.0.2.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'www.example',
    'X-Forwarded-Port': '443',
  });
});

test('writes Forwarded as RFC 7239 says', () => {
  expect(told(direct, 'rfc7239', ...lies)).toEqual({ Forwarded: 'for=192.0.2.7;host=shop.example;proto=http' });
  expect(told(behindProxy, 'rfc7239', 'Forwarded', 'for=1.1.1.1')).toEqual({
    Forwarded: 'for=1.1.1.1, for=192.0.2.7;host=shop.example;proto=http',
  });
});

test('writes both families when asked to', () => {
  expect(Object.keys(told(direct, 'both'))).toEqual(expect.arrayContaining(['X-Forwarded-For', 'Forwarded']));
});
