// The path of datagrams and all the ways in which a session ends, without a network: sockets are scripted, the clock stands still.
import { coreError, createManualClock, createUpstream, type ManualClock, type Upstream } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import type { EndpointSocket, EndpointSocketOwner, IpAddress } from './datagram-socket.ts';
import { resolveUdpProxyOptions, type UdpProxyOptions } from './udp-proxy-options.ts';
import type { ListeningPort } from './udp-session-home.ts';
import { UdpSessions } from './udp-sessions.ts';

/** A socket that is connected to an endpoint, with what was sent and a way to be the endpoint. */
class ScriptedSocket implements EndpointSocket {
  readonly to: string;
  readonly owner: EndpointSocketOwner;
  readonly sent: string[] = [];
  readonly raw: Buffer[] = [];
  queuedBytes = 0;
  isClosed = false;
  /** What the next sends end with. */
  sendErrors: (Error | null)[] = [];

  constructor({ address }: IpAddress, port: number, owner: EndpointSocketOwner) {
    this.to = `${address}:${port}`;
    this.owner = owner;
  }

  send(datagram: Buffer | readonly Buffer[], onSent?: (error: Error | null) => void): void {
    const bytes = Array.isArray(datagram) ? Buffer.concat(datagram) : (datagram as Buffer);
    this.raw.push(bytes);
    this.sent.push(bytes.toString());
    const error = this.sendErrors.shift() ?? null;
    onSent?.(error);
  }

  getSendQueueSize(): number {
    return this.queuedBytes;
  }

  close(): void {
    if (this.isClosed) throw new Error('closed twice');
    this.isClosed = true;
  }

  reply(text: string): void {
    this.owner.onDatagram(Buffer.from(text));
  }

  refuse(code = 'ECONNREFUSED'): void {
    this.owner.onError(Object.assign(new Error(code), { code }));
  }
}

const endpoints = ['10.0.0.1:53', '10.0.0.2:53'];

interface World {
  readonly clock: ManualClock;
  readonly sessions: UdpSessions;
  readonly upstream: Upstream;
  readonly sockets: ScriptedSocket[];
  readonly replies: string[];
  readonly told: string[];
  /** A datagram from a client, `10.9.9.9:4000` unless told otherwise. */
  readonly send: (text: string, port?: number, address?: string) => void;
  /** The socket that was opened last. */
  readonly last: () => ScriptedSocket;
}

function createWorld(options: UdpProxyOptions = {}, lookup?: (host: string) => Promise<readonly IpAddress[]>): World {
  const clock = createManualClock(1_000);
  const given = options.to ?? options.upstream ?? options.route;
  const resolved = resolveUdpProxyOptions({ ...(given === undefined && { to: endpoints }), clock, ...options });
  const sockets: ScriptedSocket[] = [];
  const replies: string[] = [];
  const told: string[] = [];
  const sessions = new UdpSessions(
    resolved,
    (ip, port, owner) => {
      const socket = new ScriptedSocket(ip, port, owner);
      sockets.push(socket);
      return socket;
    },
    lookup,
  );
  const port: ListeningPort = {
    localAddress: '10.1.1.1',
    localPort: 53,
    index: 0,
    reply(datagram, toPort, address) {
      replies.push(`${datagram.toString()} to ${address}:${toPort}`);
      return true;
    },
  };
  sessions.events.on('session-opened', ({ endpoint }) => told.push(`opened ${endpoint.id}`));
  sessions.events.on('session-closed', ({ ended, error }) =>
    told.push(error === undefined ? ended : `${ended} ${error.code}`),
  );
  sessions.events.on('endpoint-failed', ({ endpoint, error }) => told.push(`${endpoint.id} ${error.code}`));
  sessions.events.on('datagram-dropped', ({ code }) => told.push(`dropped ${code}`));
  return {
    clock,
    sessions,
    upstream: resolved.upstream as Upstream,
    sockets,
    replies,
    told,
    send: (text, from = 4000, address = '10.9.9.9') =>
      sessions.onDatagram(port, Buffer.from(text), { address, port: from }),
    last: () => sockets.at(-1) as ScriptedSocket,
  };
}

/** Lets everything that is settled already go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a session', () => {
  test('sends requests to one endpoint and replies to its client', () => {
    const { send, last, sockets, replies, upstream } = createWorld();
    send('one');
    send('two');
    last().reply('three');
    expect(sockets).toHaveLength(1);
    expect(last()).toMatchObject({ to: '10.0.0.1:53', sent: ['one', 'two'] });
    expect(replies).toEqual(['three to 10.9.9.9:4000']);
    expect(upstream.stats().inFlight).toBe(1);
  });

  test('is one for each address and port of clients', () => {
    const { send, sockets, replies, sessions } = createWorld();
    send('a', 4000);
    send('b', 4001);
    send('c', 4000, '10.9.9.10');
    send('d', 4000);
    expect(sockets.map(({ to, sent }) => [to, ...sent])).toEqual([
      ['10.0.0.1:53', 'a', 'd'],
      ['10.0.0.2:53', 'b'],
      ['10.0.0.1:53', 'c'],
    ]);
    sockets[1]?.reply('for b');
    expect(replies).toEqual(['for b to 10.9.9.9:4001']);
    expect(sessions.stats()).toMatchObject({
      sessionsOpen: 3,
      sessionsBegun: 3,
      requests: 4,
      replies: 1,
      replyBytes: 5,
    });
  });

  test('passes on empty datagrams', () => {
    const { send, last, replies } = createWorld();
    send('');
    last().reply('');
    expect(last().sent).toEqual(['']);
    expect(replies).toEqual([' to 10.9.9.9:4000']);
  });

  test('is over when all expected replies have come, and its endpoint has done its work', () => {
    const { send, last, told, upstream } = createWorld({ repliesPerRequest: 2 });
    send('q');
    last().reply('1');
    expect(last().isClosed).toBe(false);
    last().reply('2');
    expect(last().isClosed).toBe(true);
    expect(told).toEqual(['opened 10.0.0.1:53', 'answered']);
    expect(upstream.stats()).toMatchObject({ inFlight: 0, endpoints: [{ ok: 1 }, { acquired: 0 }] });
  });

  test('waits for the replies of all its requests', () => {
    const { send, last, told } = createWorld({ repliesPerRequest: 1 });
    send('q1');
    send('q2');
    last().reply('1');
    expect(told).toEqual(['opened 10.0.0.1:53']);
    last().reply('2');
    expect(told).toEqual(['opened 10.0.0.1:53', 'answered']);
  });

  test('hears nothing more once it is over', () => {
    const { send, last, replies, told } = createWorld({ repliesPerRequest: 1 });
    send('q');
    last().reply('answer');
    last().reply('once more');
    last().refuse();
    expect(replies).toHaveLength(1);
    expect(told).toEqual(['opened 10.0.0.1:53', 'answered']);
  });

  test('takes its number of requests, and the next one begins another, while the first still gets its replies', () => {
    const { send, sockets, replies, sessions } = createWorld({ requestsPerSession: 1, repliesPerRequest: 1 });
    send('q1');
    send('q2');
    send('q3');
    expect(sockets.map(({ to, sent }) => [to, ...sent])).toEqual([
      ['10.0.0.1:53', 'q1'],
      ['10.0.0.2:53', 'q2'],
      ['10.0.0.1:53', 'q3'],
    ]);
    sockets[1]?.reply('a2');
    sockets[0]?.reply('a1');
    expect(replies).toEqual(['a2 to 10.9.9.9:4000', 'a1 to 10.9.9.9:4000']);
    expect(sessions.stats().sessionsOpen).toBe(1);
  });

  test('with several requests each, the next one begins another as well', () => {
    const { send, sockets } = createWorld({ requestsPerSession: 2 });
    for (const text of ['1', '2', '3', '4', '5']) send(text);
    expect(sockets.map(({ sent }) => sent)).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });
});

describe('an idle session', () => {
  test('ends some time after its last datagram in either direction, and no earlier', () => {
    const { clock, send, last, told, upstream } = createWorld({ timeouts: { idleMs: 8_000 } });
    send('q');
    clock.advance(7_000);
    last().reply('a');
    clock.advance(7_900);
    send('q');
    clock.advance(7_900);
    expect(told).toEqual(['opened 10.0.0.1:53']);
    clock.advance(2_100);
    expect(told).toEqual(['opened 10.0.0.1:53', 'idle']);
    expect(last().isClosed).toBe(true);
    expect(upstream.stats()).toMatchObject({ inFlight: 0, endpoints: [{ ok: 1 }, {}] });
    expect(clock.pendingTimers).toBe(0);
  });

  test('says nothing about an endpoint that has not replied', () => {
    const { clock, send, upstream } = createWorld();
    send('log line');
    clock.advance(70_000);
    expect(upstream.stats().endpoints[0]).toMatchObject({ ok: 0, failed: 0, cancelled: 1 });
  });

  test('is looked for by one timer for all, and only while there is any', () => {
    const { clock, send } = createWorld();
    expect(clock.pendingTimers).toBe(0);
    for (let port = 1; port <= 100; port++) send('q', port);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(70_000);
    expect(clock.pendingTimers).toBe(0);
    send('q');
    expect(clock.pendingTimers).toBe(1);
  });

  test('lives for ever without a limit', () => {
    const { clock, send, told } = createWorld({ timeouts: { idleMs: false } });
    send('q');
    clock.advance(1e7);
    expect(told).toEqual(['opened 10.0.0.1:53']);
  });
});

describe('an endpoint that refuses', () => {
  test('loses the session and its last request to another one', () => {
    const { send, last, sockets, told, replies, upstream } = createWorld();
    send('q');
    sockets[0]?.refuse();
    expect(sockets[0]?.isClosed).toBe(true);
    expect(last()).toMatchObject({ to: '10.0.0.2:53', sent: ['q'] });
    last().reply('a');
    expect(replies).toEqual(['a to 10.9.9.9:4000']);
    expect(told).toEqual(['opened 10.0.0.1:53', '10.0.0.1:53 SLUICE_CONNECT_REFUSED', 'opened 10.0.0.2:53']);
    expect(upstream.stats().endpoints[0]).toMatchObject({ failed: 1, state: 'ejected' });
  });

  test('is noticed when the refusal of one request comes with the next', () => {
    const { send, last, sockets } = createWorld();
    send('q1');
    (sockets[0] as ScriptedSocket).sendErrors = [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })];
    send('q2');
    expect(last()).toMatchObject({ to: '10.0.0.2:53', sent: ['q2'] });
  });

  test('is noticed in the middle of a session', () => {
    const { send, last, sockets } = createWorld();
    send('q1');
    last().reply('a1');
    send('q2');
    sockets[0]?.refuse();
    expect(last()).toMatchObject({ to: '10.0.0.2:53', sent: ['q2'] });
  });

  test('ends a session that has nothing to send', () => {
    const { send, last, sockets, told } = createWorld();
    send('q');
    last().reply('a');
    last().refuse();
    expect(sockets).toHaveLength(1);
    expect(told.at(-1)).toBe('failed SLUICE_CONNECT_REFUSED');
  });

  test('is one of all: the session ends with the last failure, and the next request tries again', async () => {
    const { send, last, sockets, told, sessions } = createWorld();
    send('q');
    sockets[0]?.refuse();
    sockets[1]?.refuse();
    await settle();
    expect(told.slice(-2)).toEqual(['failed SLUICE_CONNECT_REFUSED', 'dropped SLUICE_CONNECT_REFUSED']);
    expect(sessions.stats()).toMatchObject({ sessionsOpen: 0, sessionsFailed: { SLUICE_CONNECT_REFUSED: 1 } });
    send('q');
    expect(sockets).toHaveLength(3);
    expect(last().sent).toEqual(['q']);
  });

  test('is followed by no more than maxAttempts others', () => {
    const to = [1, 2, 3, 4].map((host) => `10.0.0.${host}:53`);
    const { send, sockets, told } = createWorld({ to, maxAttempts: 2 });
    send('q');
    sockets[0]?.refuse();
    sockets[1]?.refuse();
    expect(sockets).toHaveLength(2);
    expect(told.at(-1)).toBe('failed SLUICE_CONNECT_REFUSED');
  });

  test('has attempts anew when one has answered since', () => {
    const { send, last, sockets } = createWorld({ maxAttempts: 2, upstream: { endpoints, health: false } });
    send('q1');
    sockets[0]?.refuse();
    last().reply('a1');
    send('q2');
    sockets[1]?.refuse();
    expect(last()).toMatchObject({ to: '10.0.0.1:53', sent: ['q2'] });
  });
});

describe('an endpoint that can not be sent to', () => {
  test('is passed over like one that refuses', () => {
    const { send, last, sockets, told } = createWorld();
    send('q');
    sockets[0]?.refuse('ENETUNREACH');
    expect(told).toContain('10.0.0.1:53 SLUICE_CONNECT_FAILED');
    expect(last()).toMatchObject({ to: '10.0.0.2:53', sent: ['q'] });
  });

  test('is never one with TLS or a Unix socket', async () => {
    const { send, told } = createWorld({ to: ['https://10.0.0.1', 'unix:/run/app.sock'] });
    send('q');
    await settle();
    expect(told).toEqual(['failed SLUICE_NO_ENDPOINT', 'dropped SLUICE_NO_ENDPOINT']);
  });

  test('does not suffer from datagrams that are too long or forbidden', () => {
    const { send, last, told, upstream } = createWorld();
    send('q1');
    last().sendErrors = [Object.assign(new Error('too long'), { code: 'EMSGSIZE' })];
    send('q2');
    expect(told.at(-1)).toBe('dropped SLUICE_DATAGRAM_UNSENT');
    last().reply('a1');
    expect(upstream.stats().endpoints[0]).toMatchObject({ failed: 0, state: 'available' });
  });

  test('says nothing about endpoints when it is this process that has no sockets left', async () => {
    const { sessions, send, told, upstream } = createWorld();
    Object.assign(sessions, {
      connect: () => {
        throw Object.assign(new Error('no descriptors'), { code: 'EMFILE' });
      },
    });
    send('q');
    await settle();
    expect(told).toEqual(['failed SLUICE_SOCKET_FAILED', 'dropped SLUICE_SOCKET_FAILED']);
    expect(upstream.stats()).toMatchObject({ inFlight: 0, endpoints: [{ failed: 0, cancelled: 1 }, {}] });
  });
});

describe('an endpoint that replies', () => {
  test('is well again at once, however long the session lasts', () => {
    const { clock, send, last, sockets, upstream } = createWorld();
    send('q', 1);
    sockets[0]?.refuse();
    expect(upstream.stats().endpoints[0]?.state).toBe('ejected');
    clock.advance(11_000);
    for (let port = 2; last().to !== '10.0.0.1:53'; port++) send('q', port);
    last().reply('a');
    expect(upstream.stats().endpoints[0]).toMatchObject({ state: 'available', inFlight: 1 });
  });

  test('is known by how long its first reply took, if anybody wants to know', () => {
    const { clock, send, sockets } = createWorld({ upstream: { endpoints, balancer: 'peak-ewma' } });
    send('q', 1);
    send('q', 2);
    expect(new Set(sockets.map(({ to }) => to)).size).toBe(2);
    clock.advance(1);
    sockets[0]?.reply('a');
    clock.advance(499);
    sockets[1]?.reply('a');
    for (let port = 3; port < 6; port++) send('q', port);
    expect(new Set(sockets.slice(2).map(({ to }) => to))).toEqual(new Set([sockets[0]?.to]));
  });
});

describe('a silent endpoint', () => {
  const timeouts = { replyMs: 2_000, idleMs: 60_000 };

  test('fails when no reply has come in time, and the next request goes elsewhere', () => {
    const { clock, send, last, told } = createWorld({ timeouts });
    send('q1');
    clock.advance(2_000);
    expect(told).toEqual(['opened 10.0.0.1:53']);
    clock.advance(500);
    expect(told.slice(1)).toEqual(['10.0.0.1:53 SLUICE_REPLY_TIMEOUT', 'failed SLUICE_REPLY_TIMEOUT']);
    send('q2');
    expect(last()).toMatchObject({ to: '10.0.0.2:53', sent: ['q2'] });
  });

  test('is not blamed while it answers others: it may be the request', () => {
    const { clock, send, sockets, told, upstream } = createWorld({ timeouts, to: '10.0.0.1:53' });
    send('garbage', 1);
    clock.advance(1_000);
    send('question', 2);
    sockets[1]?.reply('answer');
    clock.advance(5_000);
    expect(told).toEqual(['opened 10.0.0.1:53', 'opened 10.0.0.1:53']);
    expect(upstream.stats().endpoints[0]?.failed).toBe(0);
  });

  test('is not blamed when it has replied to the session before', () => {
    const { clock, send, last, told } = createWorld({ timeouts });
    send('q1');
    last().reply('a1');
    send('q2');
    clock.advance(10_000);
    expect(told).toEqual(['opened 10.0.0.1:53']);
  });
});

describe('waiting for an endpoint', () => {
  const upstream = { endpoints: [{ address: '10.0.0.1:53', maxInFlight: 1 }] };

  test('keeps requests in order, bounded, and sends them when it is free', async () => {
    const { send, sockets, last, told } = createWorld({
      upstream,
      limits: { maxPendingBytes: 4 },
      repliesPerRequest: 1,
    });
    send('first', 1);
    send('12345', 2);
    send('x', 2);
    expect(told.at(-1)).toBe('dropped SLUICE_DATAGRAM_QUEUE_FULL');
    expect(sockets).toHaveLength(1);
    last().reply('done');
    await settle();
    expect(last().sent).toEqual(['12345']);
    send('y', 2);
    expect(last().sent).toEqual(['12345', 'y']);
  });

  test('ends as the queue says', async () => {
    const { clock, send, told } = createWorld({ upstream: { ...upstream, limits: { queueTimeoutMs: 500 } } });
    send('first', 1);
    send('second', 2);
    clock.advance(500);
    await settle();
    expect(told.slice(1)).toEqual(['failed SLUICE_QUEUE_TIMEOUT', 'dropped SLUICE_QUEUE_TIMEOUT']);
  });

  test('has an end of its own, and a lease that comes too late goes back', async () => {
    const {
      clock,
      send,
      told,
      last,
      upstream: pool,
    } = createWorld({
      upstream: { ...upstream, limits: { queueTimeoutMs: false } },
      timeouts: { idleMs: 1_000 },
    });
    send('first', 1);
    send('second', 2);
    clock.advance(600);
    send('first again', 1);
    send('second again', 2);
    clock.advance(600);
    expect(told.slice(1)).toEqual([
      'failed SLUICE_ESTABLISH_TIMEOUT',
      'dropped SLUICE_ESTABLISH_TIMEOUT',
      'dropped SLUICE_ESTABLISH_TIMEOUT',
    ]);
    last().reply('done');
    clock.advance(2_000);
    await settle();
    expect(pool.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

describe('a route', () => {
  const here = createUpstream({ endpoints: ['10.0.0.7:1'] });

  test('chooses by client and first datagram, at once or later', async () => {
    const there = createUpstream({ endpoints: ['10.0.0.8:1'] });
    const seen: string[] = [];
    const { send, sockets } = createWorld({
      route: ({ remoteAddress, remotePort, localAddress, localPort }, datagram) => {
        seen.push(`${remoteAddress}:${remotePort} ${localAddress}:${localPort} ${datagram.toString()}`);
        return datagram.toString() === 'here' ? here : Promise.resolve(there);
      },
    });
    send('here', 1);
    send('there', 2);
    send('and more', 2);
    expect(sockets.map(({ to }) => to)).toEqual(['10.0.0.7:1']);
    await settle();
    expect(sockets[1]).toMatchObject({ to: '10.0.0.8:1', sent: ['there', 'and more'] });
    expect(seen).toEqual(['10.9.9.9:1 10.1.1.1:53 here', '10.9.9.9:2 10.1.1.1:53 there']);
  });

  test('that knows nowhere leaves the session to the upstream, or to nobody', () => {
    const route = (): undefined => undefined;
    const withUpstream = createWorld({ route, upstream: here });
    withUpstream.send('q');
    expect(withUpstream.last().to).toBe('10.0.0.7:1');
    const without = createWorld({ route });
    without.send('q');
    expect(without.told).toEqual(['failed SLUICE_NO_ROUTE', 'dropped SLUICE_NO_ROUTE']);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
      'SLUICE_ROUTE_FAILED',
    ],
    ['rejects', () => Promise.reject(new Error('a bug')), 'SLUICE_ROUTE_FAILED'],
    [
      'refuses',
      () => {
        throw coreError('SLUICE_NO_ENDPOINT', 'not you');
      },
      'SLUICE_NO_ENDPOINT',
    ],
  ])('that %s ends the session', async (_what, route: () => never | Promise<never>, code) => {
    const { send, told, sessions } = createWorld({ route });
    send('q');
    await settle();
    expect(told).toEqual([`failed ${code}`, `dropped ${code}`]);
    expect(sessions.stats().sessionsOpen).toBe(0);
  });
});

describe('balancing', () => {
  test('hashes the client address, or what it is told to', () => {
    const to = [1, 2, 3, 4, 5].map((host) => `10.0.0.${host}:53`);
    const byAddress = createWorld({ upstream: { endpoints: to, balancer: 'ring-hash' } });
    for (let port = 1; port <= 20; port++) byAddress.send('q', port);
    expect(new Set(byAddress.sockets.map((socket) => socket.to)).size).toBe(1);
    const byDatagram = createWorld({
      upstream: { endpoints: to, balancer: 'ring-hash' },
      hashKey: (_client, datagram) => datagram.toString(),
    });
    for (let port = 1; port <= 20; port++) byDatagram.send(`q${port}`, port);
    expect(new Set(byDatagram.sockets.map((socket) => socket.to)).size).toBeGreaterThan(1);
  });
});

describe('a name', () => {
  const ips: readonly IpAddress[] = [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];

  test('is looked up once for all sessions of a while', async () => {
    let count = 0;
    const { clock, send, sockets } = createWorld({ to: 'dns.example:53' }, () => {
      count++;
      return Promise.resolve(ips);
    });
    send('a', 1);
    send('b', 2);
    await settle();
    send('c', 3);
    expect(sockets.map(({ to }) => to)).toEqual(['::1:53', '::1:53', '::1:53']);
    expect(count).toBe(1);
    clock.advance(30_000);
    send('d', 4);
    await settle();
    expect(count).toBe(2);
  });

  test('has several addresses, and only when all refuse it is the endpoint that fails', async () => {
    const { send, sockets, told, upstream } = createWorld({ to: 'dns.example:53' }, () => Promise.resolve(ips));
    send('q');
    await settle();
    sockets[0]?.refuse();
    expect(sockets[1]).toMatchObject({ to: '127.0.0.1:53', sent: ['q'] });
    expect(upstream.stats().endpoints[0]).toMatchObject({ failed: 0, cancelled: 1 });
    sockets[1]?.refuse();
    await settle();
    expect(told.at(-2)).toBe('failed SLUICE_CONNECT_REFUSED');
    expect(upstream.stats().endpoints[0]?.failed).toBe(1);
  });

  test('without an address fails its endpoint, and another one gets the requests', async () => {
    const { send, last, told } = createWorld({ to: ['nowhere.example:53', '10.0.0.2:53'] }, () =>
      Promise.reject(new Error('ENOTFOUND')),
    );
    send('q1');
    send('q2');
    await settle();
    expect(told[0]).toBe('nowhere.example:53 SLUICE_CONNECT_FAILED');
    expect(last()).toMatchObject({ to: '10.0.0.2:53', sent: ['q1', 'q2'] });
  });

  test('whose look-up never ends holds a session no longer than its time', async () => {
    const { clock, send, told, upstream } = createWorld({ to: 'slow.example:53' }, () => new Promise(() => {}));
    send('q');
    await settle();
    clock.advance(70_000);
    expect(told[0]).toBe('failed SLUICE_ESTABLISH_TIMEOUT');
    expect(upstream.stats().inFlight).toBe(0);
  });
});
