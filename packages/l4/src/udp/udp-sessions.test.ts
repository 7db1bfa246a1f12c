// Who may begin a session, what is dropped and counted, what happens when endpoints leave, and how all sessions end.
import { coreError, createManualClock, type Upstream } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { parseProxyHeader } from '../proxy-protocol/parse-proxy-header.ts';
import type { EndpointSocketOwner } from './datagram-socket.ts';
import { resolveUdpProxyOptions, type UdpProxyOptions } from './udp-proxy-options.ts';
import type { ListeningPort } from './udp-session-home.ts';
import { UdpSessions } from './udp-sessions.ts';

interface Endpoint {
  readonly to: string;
  readonly owner: EndpointSocketOwner;
  readonly sent: Buffer[];
  isClosed: boolean;
}

function setUp(options: Omit<UdpProxyOptions, 'to' | 'upstream'> = {}, upstream?: UdpProxyOptions['upstream']) {
  const clock = createManualClock();
  const to = upstream === undefined ? ['10.0.0.1:53', '10.0.0.2:53'] : undefined;
  const resolved = resolveUdpProxyOptions({
    clock,
    ...(to === undefined ? { upstream } : { to }),
    ...options,
  } as UdpProxyOptions);
  const sockets: Endpoint[] = [];
  const sessions = new UdpSessions(resolved, ({ address }, port, owner) => {
    const socket = { to: `${address}:${port}`, owner, sent: [] as Buffer[], isClosed: false };
    sockets.push(socket);
    return {
      send: (datagram) =>
        void socket.sent.push(Array.isArray(datagram) ? Buffer.concat(datagram) : (datagram as Buffer)),
      getSendQueueSize: () => queuedBytes,
      close: () => void (socket.isClosed = true),
    };
  });
  let queuedBytes = 0;
  const replies: string[] = [];
  const createPort = (index: number, localAddress = '10.1.1.1'): ListeningPort => ({
    localAddress,
    localPort: 53 + index,
    index,
    reply: (datagram, port, address) =>
      queuedBytes === 0 && replies.push(`${datagram.toString()} to ${address}:${port}`) > 0,
  });
  const port = createPort(0);
  const send = (address: string, from = 4000, text: string | Buffer = 'q', at = port): void =>
    sessions.onDatagram(at, Buffer.from(text as string), { address, port: from });
  return {
    clock,
    sessions,
    upstream: resolved.upstream as Upstream,
    sockets,
    replies,
    send,
    port,
    createPort,
    setQueue: (bytes: number) => void (queuedBytes = bytes),
    dropped: () => sessions.stats().datagramsDropped,
    reply: (text: string, index = -1) => sockets.at(index)?.owner.onDatagram(Buffer.from(text)),
  };
}

describe('admission', () => {
  test('lets in who is on the one list and not on the other', () => {
    const { send, sockets, dropped } = setUp({ allow: ['10.9.0.0/16', 'fe80::/10'], deny: ['10.9.1.0/24'] });
    send('10.9.0.1');
    send('10.9.1.1');
    send('10.8.0.1');
    send('::ffff:10.9.0.2');
    send('fe80::1%eth0');
    expect(sockets).toHaveLength(3);
    expect(dropped()).toEqual({ SLUICE_CLIENT_DENIED: 2 });
  });

  test('drops datagrams that claim to come from the port itself, or from no port at all', () => {
    const { send, sockets, dropped } = setUp();
    send('10.1.1.1', 53);
    send('10.9.9.9', 0);
    expect(sockets).toHaveLength(0);
    expect(dropped()).toEqual({ SLUICE_CLIENT_DENIED: 2 });
  });

  test('limits sessions in all, and those that are open go on', () => {
    const { send, sockets, dropped, reply } = setUp({ limits: { maxSessions: 2 }, repliesPerRequest: 1 });
    send('10.9.9.9', 1);
    send('10.9.9.9', 2);
    send('10.9.9.9', 3);
    send('10.9.9.9', 2);
    expect(sockets.map(({ sent }) => sent.length)).toEqual([1, 2]);
    expect(dropped()).toEqual({ SLUICE_SESSIONS_FULL: 1 });
    reply('a', 0);
    send('10.9.9.9', 3);
    expect(sockets).toHaveLength(3);
  });

  test('limits sessions of one address, also those that take no more requests', () => {
    const { send, sockets, dropped, reply } = setUp({
      limits: { maxSessionsPerAddress: 2 },
      requestsPerSession: 1,
      repliesPerRequest: 1,
    });
    send('10.9.9.9');
    send('10.9.9.9');
    send('10.9.9.9');
    send('10.9.9.10');
    expect(sockets).toHaveLength(3);
    expect(dropped()).toEqual({ SLUICE_SESSIONS_PER_ADDRESS: 1 });
    reply('a', 0);
    send('10.9.9.9');
    expect(sockets).toHaveLength(4);
  });

  test('takes an IPv6 network for one client', () => {
    const { send, sockets } = setUp({ limits: { maxSessionsPerAddress: 2 } });
    for (const host of ['::1', '::2', '::3']) send(`2001:db8${host}`);
    expect(sockets).toHaveLength(2);
  });

  test('keeps the same client apart on different ports of the proxy', () => {
    const { send, sockets, createPort } = setUp();
    const other = createPort(1);
    send('10.9.9.9', 1);
    send('10.9.9.9', 1, 'q', other);
    expect(sockets).toHaveLength(2);
  });

  test('tells of what was dropped', () => {
    const { send, sessions } = setUp({ deny: ['10.9.9.9'] });
    const told: unknown[] = [];
    sessions.events.on('datagram-dropped', (event) => told.push(event));
    send('::ffff:10.9.9.9', 1);
    const client = { remoteAddress: '10.9.9.9', remotePort: 1, localAddress: '10.1.1.1', localPort: 53 };
    expect(told).toEqual([{ client, code: 'SLUICE_CLIENT_DENIED' }]);
  });
});

describe('limits of datagrams', () => {
  test('drop a request that is too long, before it begins a session and after', () => {
    const { send, sockets, dropped } = setUp({ limits: { maxRequestBytes: 4 } });
    send('10.9.9.9', 1, '12345');
    expect(sockets).toHaveLength(0);
    send('10.9.9.9', 1, '1234');
    send('10.9.9.9', 1, '12345');
    expect(sockets[0]?.sent).toHaveLength(1);
    expect(dropped()).toEqual({ SLUICE_DATAGRAM_TOO_LARGE: 2 });
  });

  test('drop a reply that is too long', () => {
    const { send, replies, dropped, reply } = setUp({ limits: { maxReplyBytes: 4 } });
    send('10.9.9.9');
    reply('12345');
    reply('1234');
    expect(replies).toEqual(['1234 to 10.9.9.9:4000']);
    expect(dropped()).toEqual({ SLUICE_DATAGRAM_TOO_LARGE: 1 });
  });

  test('bound the number of replies for each request', () => {
    const { send, replies, dropped, reply } = setUp({ limits: { maxRepliesPerRequest: 2 } });
    send('10.9.9.9');
    for (const text of ['1', '2', '3']) reply(text);
    expect(replies).toHaveLength(2);
    send('10.9.9.9');
    for (const text of ['4', '5', '6']) reply(text);
    expect(replies).toHaveLength(4);
    expect(dropped()).toEqual({ SLUICE_REPLY_LIMIT: 2 });
  });

  test('bound what can be made of a small request', () => {
    const { send, replies, dropped, reply } = setUp({ limits: { maxReplyByteRatio: 3 } });
    send('10.9.9.9', 1, '12345');
    reply('0123456789');
    reply('0123456789');
    reply('01234');
    expect(replies).toHaveLength(2);
    expect(dropped()).toEqual({ SLUICE_REPLY_LIMIT: 1 });
    send('10.9.9.9', 1, '12345');
    reply('0123456789');
    expect(replies).toHaveLength(3);
  });

  test('bound what waits in sockets', () => {
    const { send, sockets, setQueue, dropped, replies, reply } = setUp({ limits: { maxQueuedBytes: 100 } });
    send('10.9.9.9');
    setQueue(101);
    for (let count = 0; count < 100; count++) send('10.9.9.9');
    const sent = sockets[0]?.sent.length ?? 0;
    expect(sent).toBeLessThan(20);
    expect(dropped()).toEqual({ SLUICE_DATAGRAM_QUEUE_FULL: 101 - sent });
    reply('a');
    expect(replies).toEqual([]);
    setQueue(0);
    send('10.9.9.9');
    reply('b');
    expect(sockets[0]?.sent).toHaveLength(sent + 1);
    expect(replies).toEqual(['b to 10.9.9.9:4000']);
  });
});

describe('the PROXY header', () => {
  const readHeader = (bytes: Buffer | undefined) => {
    const parsed = parseProxyHeader(bytes ?? Buffer.alloc(0));
    return { header: parsed?.header, rest: bytes?.subarray(parsed?.bytesRead).toString() };
  };

  test('goes before each request', () => {
    const { send, sockets } = setUp({ sendProxyProtocol: 'each' });
    send('10.9.9.9', 4000, 'one');
    send('10.9.9.9', 4000, 'two');
    for (const [index, rest] of ['one', 'two'].entries()) {
      expect(readHeader(sockets[0]?.sent[index])).toMatchObject({
        header: {
          version: 2,
          transport: 'udp4',
          source: { address: '10.9.9.9', port: 4000 },
          destination: { address: '10.1.1.1', port: 53 },
        },
        rest,
      });
    }
  });

  test('goes before the first one only', () => {
    const { send, sockets } = setUp({ sendProxyProtocol: 'first' });
    send('10.9.9.9', 4000, 'one');
    send('10.9.9.9', 4000, 'two');
    expect(readHeader(sockets[0]?.sent[0])).toMatchObject({ header: { transport: 'udp4' }, rest: 'one' });
    expect(sockets[0]?.sent[1]?.toString()).toBe('two');
  });

  test.each([
    ['::ffff:10.9.9.9', '::', 'udp4', '10.9.9.9', '0.0.0.0'],
    ['2001:db8::9', '::', 'udp6', '2001:db8::9', '::'],
    ['2001:db8::9', '2001:db8::1', 'udp6', '2001:db8::9', '2001:db8::1'],
    ['fe80::9%eth0', '::', 'udp6', 'fe80::9', '::'],
  ])('of %s on %s is one of %s', (address, localAddress, transport, source, destination) => {
    const { send, sockets, createPort } = setUp({ sendProxyProtocol: 'each' });
    send(address, 1, 'q', createPort(0, localAddress));
    const { header, rest } = readHeader(sockets[0]?.sent[0]);
    expect(header).toMatchObject({ transport });
    expect([header?.source?.address, header?.destination?.address, rest]).toEqual([source, destination, 'q']);
  });
});

describe('when an endpoint leaves', () => {
  test('its sessions are cut, and their next requests go to another one', () => {
    const { send, sockets, upstream, sessions } = setUp();
    send('10.9.9.9', 1);
    send('10.9.9.9', 2);
    upstream.update(['10.0.0.2:53']);
    expect(sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(sessions.stats().sessionsEnded.cut).toBe(1);
    send('10.9.9.9', 1);
    expect(sockets.at(-1)).toMatchObject({ to: '10.0.0.2:53' });
  });

  test('the sessions of others with it are cut when one of them has it ejected', () => {
    const { send, sockets } = setUp({ repliesPerRequest: 1 });
    for (const port of [1, 2, 3]) send('10.9.9.9', port);
    sockets[0]?.owner.onError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    expect(sockets.map(({ to, isClosed }) => [to, isClosed])).toEqual([
      ['10.0.0.1:53', true],
      ['10.0.0.2:53', false],
      ['10.0.0.1:53', true],
      ['10.0.0.2:53', false],
    ]);
  });

  test('its sessions are kept if they shall be', () => {
    const { send, sockets, upstream } = setUp({
      endpointLoss: { onRemoved: 'keep', onEjected: 'keep', onDrained: 'keep' },
    });
    send('10.9.9.9', 1);
    upstream.update(['10.0.0.2:53']);
    send('10.9.9.9', 1);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.sent).toHaveLength(2);
  });

  test('its sessions have some time if they shall', () => {
    const { clock, send, sockets, upstream } = setUp({ endpointLoss: { onRemoved: 'drain', drainMs: 5_000 } });
    send('10.9.9.9', 1);
    upstream.update(['10.0.0.2:53']);
    clock.advance(4_000);
    expect(sockets[0]?.isClosed).toBe(false);
    clock.advance(3_000);
    expect(sockets[0]?.isClosed).toBe(true);
  });

  test('a drain ends when its sessions have ended', async () => {
    const { send, upstream, reply } = setUp({ repliesPerRequest: 1 });
    send('10.9.9.9', 1);
    const drained = upstream.drain('10.0.0.1:53', 10_000);
    reply('a');
    expect(await drained).toBe(0);
  });

  test('sessions that outlast a drain are cut', async () => {
    const { clock, send, sockets, upstream } = setUp();
    send('10.9.9.9', 1);
    const drained = upstream.drain('10.0.0.1:53', 10_000);
    clock.advance(10_000);
    expect(await drained).toBe(1);
    expect(sockets[0]?.isClosed).toBe(true);
  });
});

describe('the end', () => {
  const reason = coreError('SLUICE_SHUTTING_DOWN', 'the end');

  test('begins with no new sessions, while the open ones go on', async () => {
    const { send, sockets, sessions, replies, dropped, reply } = setUp({ repliesPerRequest: 1 });
    send('10.9.9.9', 1);
    sessions.stop(reason);
    send('10.9.9.9', 2);
    expect(sockets).toHaveLength(1);
    expect(dropped()).toEqual({ SLUICE_SHUTTING_DOWN: 1 });
    const idle = sessions.idle();
    reply('a');
    await idle;
    expect(replies).toHaveLength(1);
  });

  test('leaves nothing open, and nobody waiting', async () => {
    const limited = { endpoints: [{ address: '10.0.0.1:53', maxInFlight: 1 }] };
    const { clock, send, sockets, sessions, upstream } = setUp({}, { ...limited, clock: createManualClock() });
    send('10.9.9.9', 1);
    send('10.9.9.9', 2);
    expect(upstream.stats()).toMatchObject({ inFlight: 1, queued: 1 });
    sessions.close(reason);
    await sessions.idle();
    await upstream.close();
    expect(sockets[0]?.isClosed).toBe(true);
    expect(upstream.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    expect(sessions.stats()).toMatchObject({ sessionsOpen: 0, sessionsEnded: { cut: 2 } });
    expect(clock.pendingTimers).toBe(0);
  });

  test('cuts the sessions of one port when that is closed', () => {
    const { send, sockets, sessions, createPort, port } = setUp();
    send('10.9.9.9', 1);
    send('10.9.9.9', 1, 'q', createPort(1));
    expect(sessions.cutAll(reason, port)).toBe(1);
    expect(sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  test('may come from a listener of an event', () => {
    const { send, sockets, sessions } = setUp();
    sessions.events.on('session-opened', () => sessions.close(reason));
    send('10.9.9.9', 1);
    expect(sockets).toMatchObject([{ isClosed: true, sent: [] }]);
    expect(sessions.stats()).toMatchObject({ sessionsOpen: 0, datagramsDropped: {} });
  });
});

test('a session tells what it was', () => {
  const { clock, send, sessions, reply } = setUp({ repliesPerRequest: 2 });
  const told: unknown[] = [];
  sessions.events.on('session-closed', (event) => told.push(event));
  send('10.9.9.9', 1, 'abc');
  clock.advance(20);
  reply('12345');
  clock.advance(10);
  reply('');
  expect(told).toMatchObject([
    {
      client: { remoteAddress: '10.9.9.9', remotePort: 1 },
      endpoint: { id: '10.0.0.1:53' },
      ended: 'answered',
      error: undefined,
      requests: 1,
      replies: 2,
      requestBytes: 3,
      replyBytes: 5,
      durationMs: 30,
    },
  ]);
});
