// Clients stay on their endpoints, by a cookie of ours or one of the endpoints' own; and keys of hashing balancers.

import type { BalancerName } from '@sluice/core';
import {
  affinity,
  balancerKey,
  createProxy,
  type AffinityOptions,
  type Middleware,
  type ProxyOptions,
} from '@sluice/http';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpOrigin } from '../support/http-origin.ts';

const secrets = ['0123456789abcdef'];

async function setUp(
  middleware: Middleware,
  options: Partial<ProxyOptions> = {},
  balancer: BalancerName = 'round-robin',
) {
  const ids = ['a', 'b', 'c'];
  const origins = await Promise.all(
    ids.map((id) =>
      startHttpOrigin((req, res) => {
        if (req.url === '/login') res.setHeader('Set-Cookie', `SESSION=${id}-session; Path=/`);
        res.end(id);
      }),
    ),
  );
  const endpoints = origins.map(({ url }, index) => ({ address: url, id: ids[index] ?? '' }));
  const proxy = createProxy({ upstream: { endpoints, balancer }, middleware: [middleware], ...options });
  onTestFinished(() => proxy.close());
  const { url } = await proxy.listen();
  const ask = async (path = '/', cookie = '', fields: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers: { ...fields, ...(cookie !== '' && { Cookie: cookie }) } });
    const [given = ''] = response.headers.getSetCookie();
    return { status: response.status, body: await response.text(), given, cookie: given.split(';')[0] ?? '' };
  };
  return { proxy, origins, ask };
}

const withCookie = (options: Partial<AffinityOptions> = {}): Middleware =>
  affinity({ cookie: { secrets }, ...options });

test('a client with our cookie comes back to its endpoint, and gets no second cookie', async () => {
  const { ask } = await setUp(withCookie());
  const first = await ask();
  expect(first.given).toMatch(/^sluice-affinity=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  for (let count = 0; count < 5; count++) {
    const again = await ask('/', `theme=dark; ${first.cookie}`);
    expect([again.body, again.given]).toEqual([first.body, '']);
  }
  const others = await Promise.all([ask(), ask(), ask()]);
  expect(new Set(others.map(({ body }) => body)).size).toBe(3);
});

test('a cookie that was forged chooses nobody', async () => {
  const { ask } = await setUp(withCookie());
  const { cookie } = await ask();
  const bodies = new Set<string>();
  for (let count = 0; count < 6; count++) {
    const answer = await ask(
      '/',
      cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    );
    expect(answer.given).not.toBe('');
    bodies.add(answer.body);
  }
  expect(bodies.size).toBe(3);
});

test('a draining endpoint keeps its clients and gets no new ones', async () => {
  const { proxy, ask } = await setUp(withCookie());
  const { body, cookie } = await ask();
  const drained = proxy.upstream.drain(body, 10_000);
  for (let count = 0; count < 4; count++) expect((await ask('/', cookie)).body).toBe(body);
  const others = await Promise.all([ask(), ask(), ask(), ask()]);
  expect(others.every((answer) => answer.body !== body)).toBe(true);
  expect(await drained).toBe(0);
});

test('when an endpoint is gone, its clients move, and stay where they went', async () => {
  const { proxy, ask } = await setUp(withCookie());
  const { body, cookie } = await ask();
  proxy.upstream.update(
    proxy.upstream.endpointSet.endpoints
      .filter(({ id }) => id !== body)
      .map(({ id, address }) => ({ id, address: address.href })),
  );
  const moved = await ask('/', cookie);
  expect(moved.body).not.toBe(body);
  expect(moved.cookie).toMatch(/^sluice-affinity=/);
  expect((await ask('/', moved.cookie)).body).toBe(moved.body);
});

test('an endpoint that refuses connections: its clients move, or are refused when they are not to', async () => {
  const lenient = await setUp(withCookie());
  const { body, cookie } = await lenient.ask();
  await lenient.origins['abc'.indexOf(body)]?.kill();
  expect((await lenient.ask('/', cookie)).body).not.toBe(body);

  const strict = await setUp(withCookie({ onUnavailable: 'refuse' }));
  const first = await strict.ask();
  await strict.origins['abc'.indexOf(first.body)]?.kill();
  expect([502, 503]).toContain((await strict.ask('/', first.cookie)).status);
  expect((await strict.ask()).status).toBe(200);
});

test('a cookie with a time is renewed when half of it is over, and forgotten when it is over', async () => {
  let nowMs = Date.parse('2026-01-01');
  const clock = { now: () => nowMs, wallTimeMs: () => nowMs, setTimer: () => ({ refresh() {}, cancel() {} }) };
  const { ask } = await setUp(affinity({ cookie: { secrets, ttlMs: 60_000 }, clock }));
  const first = await ask();
  expect(first.given).toMatch(/; Max-Age=60$/);
  nowMs += 20_000;
  expect((await ask('/', first.cookie)).given).toBe('');
  nowMs += 20_000;
  const renewed = await ask('/', first.cookie);
  expect([renewed.body, renewed.cookie === '']).toEqual([first.body, false]);
  nowMs += 30_000;
  const bodies = [await ask('/', first.cookie), await ask('/', first.cookie), await ask('/', first.cookie)];
  expect(new Set(bodies.map(({ body }) => body)).size).toBe(3);
  expect((await ask('/', renewed.cookie)).body).toBe(first.body);
});

test('sessions of the endpoints are learned from their cookie', async () => {
  const { ask } = await setUp(affinity({ learned: { name: 'SESSION' } }));
  const { body, cookie } = await ask('/login');
  expect(cookie).toBe(`SESSION=${body}-session`);
  for (let count = 0; count < 4; count++) expect((await ask('/', cookie)).body).toBe(body);
  const unknown = [
    await ask('/', 'SESSION=made-up'),
    await ask('/', 'SESSION=made-up'),
    await ask('/', 'SESSION=made-up'),
  ];
  expect(new Set(unknown.map((answer) => answer.body)).size).toBe(3);
});

test('answers of our own bind nobody', async () => {
  const early: Middleware = (_exchange, next) => next();
  const proxy = createProxy({ to: 'http://127.0.0.1:1', middleware: [withCookie(), early] });
  onTestFinished(() => proxy.close());
  const { url } = await proxy.listen();
  const response = await fetch(url);
  expect([response.status, response.headers.getSetCookie()]).toEqual([502, []]);
});

test.each([
  ['a field', { header: 'X-User' }, '/', { 'X-User': 'u1' }],
  ['a cookie', { cookie: 'user' }, '/', { Cookie: 'user=u1' }],
  ['the query', { query: 'user' }, '/?x=1&user=u1', {}],
  ['the path', { path: true }, '/u1?x=1', {}],
] as const)('%s can be the key', async (_what, options, path, fields) => {
  const { ask } = await setUp(balancerKey(options), undefined, 'maglev');
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(path, '', fields)));
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
});

test('keys spread over the endpoints, and a request without one goes by its client', async () => {
  const { ask } = await setUp(balancerKey({ query: 'user' }), undefined, 'maglev');
  const answers = await Promise.all(Array.from({ length: 30 }, (_, user) => ask(`/?user=${user}`)));
  expect(new Set(answers.map(({ body }) => body)).size).toBe(3);
  expect(new Set([await ask(), await ask('/?user='), await ask()].map(({ body }) => body)).size).toBe(1);
});

test('refuses options that protect nobody, all at once', () => {
  expect(() => affinity({ cookie: { secrets: ['short'] } })).toThrow(
    'secrets[0] must be text of at least 16 characters',
  );
  expect(() => affinity({ cookie: {} as never })).toThrow('secrets must be given');
  expect(() => affinity({})).toThrow('cookie or learned must be given');
  expect(() => affinity({ cookie: { secrets, path: '/; Domain=evil' } })).toThrow('path must not end the attribute');
  expect(() => balancerKey({ header: 'a', path: true })).toThrow('one must be given, got 2');
});
