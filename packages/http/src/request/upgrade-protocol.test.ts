import { expect, test } from 'vitest';
import { createHeaderList } from '../headers/header-list.ts';
import { upgradeProtocol } from './upgrade-protocol.ts';

const asking = (...values: string[]) => createHeaderList(values.flatMap((value) => ['Upgrade', value]));

test('offers the protocol as the client wrote it', () => {
  expect(upgradeProtocol(asking('WebSocket'), 'any')).toBe('WebSocket');
  expect(upgradeProtocol(asking('a', 'b'), 'any')).toBe('a, b');
});

test('never offers h2c, not even among others', () => {
  expect(upgradeProtocol(asking('h2c'), 'any')).toBeUndefined();
  expect(upgradeProtocol(asking('websocket, H2C'), 'any')).toBeUndefined();
});

test('offers only what the policy lists', () => {
  expect(upgradeProtocol(asking('websocket'), ['websocket'])).toBe('websocket');
  expect(upgradeProtocol(asking('tls'), ['websocket'])).toBeUndefined();
  expect(upgradeProtocol(asking('websocket'), false)).toBeUndefined();
});

test('offers nothing when nothing was asked for', () => {
  expect(upgradeProtocol(createHeaderList(), 'any')).toBeUndefined();
});
