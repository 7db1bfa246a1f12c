// Probes of layer 4 against real sockets: banners, silence, garbage, resets, TLS, frozen servers; and an upstream that follows what they find.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  createAbortScope,
  createUpstream,
  outcomeOk,
  parseEndpointAddress,
  type Endpoint,
  type OwnedAbortScope,
  type Probe,
  type ProbeResult,
} from '@sluice/core';
import { agentProbe, tcpProbe } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { openFullBacklog } from '../support/full-backlog.ts';
import {
  createSocketPath,
  startRawServer,
  startRawTlsServer,
  whenClosed,
  type RawServer,
} from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

/** A server that does this with each connection. */
async function startServer(serve: (socket: Socket) => void): Promise<RawServer> {
  const server = await startRawServer();
  const serveNext = async (): Promise<void> => {
    for (;;) serve(await server.accept());
  };
  void serveNext();
  return server;
}

function ask(probe: Probe, address: string, scope: OwnedAbortScope = createAbortScope()): Promise<ProbeResult> {
  const endpoint = { id: address, address: parseEndpointAddress(address) } as Endpoint;
  return Promise.resolve(probe.check(endpoint, scope));
}

async function findClosedPort(): Promise<number> {
  const server = await startRawServer();
  await server.close();
  return server.port;
}

describe('a TCP probe', () => {
  test('is content with a connection, and closes it', async () => {
    const server = await startRawServer();
    expect(await ask(tcpProbe(), `127.0.0.1:${server.port}`)).toEqual({ healthy: true, reason: 'connected' });
    const socket = await server.accept();
    socket.resume().end();
    await whenClosed(socket);
  });

  test('goes to Unix sockets too', async () => {
    const path = createSocketPath();
    await startRawServer({ path });
    expect(await ask(tcpProbe(), `unix:${path}`)).toMatchObject({ healthy: true });
  });

  test('finds out that nobody listens', async () => {
    const port = await findClosedPort();
    await expect(ask(tcpProbe(), `127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'SLUICE_CONNECT_REFUSED' });
  });

  test('gives up with its scope when nobody accepts', async () => {
    const port = await openFullBacklog();
    const scope = createAbortScope();
    const asked = ask(tcpProbe(), `127.0.0.1:${port}`, scope);
    scope.abort(new Error('time is over'));
    await expect(asked).rejects.toThrow('time is over');
  });

  test.each([
    ['220', '220 mail.example ESMTP\r\n'],
    ['* OK', '* OK IMAP4rev1 ready\r\n'],
    ['SSH-2.0-', 'SSH-2.0-dropbear\r\n'],
    [/^\+OK .*ready/, '+OK POP3 ready\r\n'],
  ] as const)('waits for the banner %s', async (expected, banner) => {
    // In two pieces, so that the first one does not decide.
    const server = await startServer((socket) => {
      socket.write(banner.slice(0, 2));
      setImmediate(() => socket.write(banner.slice(2)));
    });
    const answer = await ask(tcpProbe({ expect: expected }), `127.0.0.1:${server.port}`);
    expect(answer).toEqual({ healthy: true, reason: expect.stringContaining(banner.slice(0, 2)) });
  });

  test('speaks first when it is told to', async () => {
    const server = await startServer((socket) => {
      socket.once('data', (data: Buffer) => socket.write(String(data) === 'PING\r\n' ? '+PONG\r\n' : '-ERR\r\n'));
    });
    const probe = tcpProbe({ send: 'PING\r\n', expect: '+PONG' });
    expect(await ask(probe, `127.0.0.1:${server.port}`)).toEqual({ healthy: true, reason: 'answered "+PONG"' });
  });

  test('says goodbye before it leaves', async () => {
    const server = await startRawServer();
    const asked = ask(tcpProbe({ expect: '220', quit: 'QUIT\r\n' }), `127.0.0.1:${server.port}`);
    const socket = await server.accept();
    socket.write('220 hi\r\n');
    expect(String((await once(socket, 'data'))[0])).toBe('QUIT\r\n');
    expect(await asked).toMatchObject({ healthy: true });
    await once(socket, 'end');
  });

  test('refuses another banner at its first wrong byte, without waiting for more', async () => {
    const server = await startServer((socket) => socket.write('5'));
    expect(await ask(tcpProbe({ expect: '220' }), `127.0.0.1:${server.port}`)).toEqual({
      healthy: false,
      reason: 'answered "5" instead of "220"',
    });
  });

  test('reads no more than its share of an answer that has no end', async () => {
    const server = await startServer((socket) => {
      const write = (): boolean => !socket.destroyed && socket.write(Buffer.alloc(65_536, 'x'), () => write());
      write();
    });
    expect(await ask(tcpProbe({ expect: /never/, maxBytes: 100 }), `127.0.0.1:${server.port}`)).toEqual({
      healthy: false,
      reason: 'no /never/ in the first 100 bytes',
    });
  });

  test('is not content with an endpoint that closes or resets early', async () => {
    const closing = await startServer((socket) => socket.end('22'));
    const probe = tcpProbe({ expect: '220' });
    expect(await ask(probe, `127.0.0.1:${closing.port}`)).toEqual({
      healthy: false,
      reason: 'no "220" before the end, after 2 bytes',
    });
    const resetting = await startServer((socket) => {
      socket.once('data', () => void socket.resetAndDestroy());
    });
    expect(await ask(tcpProbe({ send: 'hi', expect: '220' }), `127.0.0.1:${resetting.port}`)).toEqual({
      healthy: false,
      reason: 'no "220" before the connection broke, after 0 bytes',
    });
  });

  test('gives up with its scope while the endpoint is silent', async () => {
    const server = await startRawServer();
    const scope = createAbortScope();
    const asked = ask(tcpProbe({ expect: '220' }), `127.0.0.1:${server.port}`, scope);
    const socket = await server.accept();
    scope.abort(new Error('time is over'));
    await expect(asked).rejects.toThrow('time is over');
    socket.resume().end();
    await whenClosed(socket);
  });

  test('speaks TLS to endpoints that do, and trusts whom it was told to trust', async () => {
    const authority = createCertificateAuthority();
    const server = await startRawTlsServer(authority.issue(['127.0.0.1']));
    const address = `https://127.0.0.1:${server.port}`;
    const banner = async (): Promise<void> => void (await server.accept()).write('220 hi\r\n');
    const trusting = tcpProbe({ expect: '220', tls: { ca: authority.cert } });
    const [answer] = await Promise.all([ask(trusting, address), banner()]);
    expect(answer).toMatchObject({ healthy: true });
    await expect(ask(tcpProbe(), address)).rejects.toMatchObject({ code: 'SLUICE_TLS_FAILED' });
    const [forced] = await Promise.all([
      ask(tcpProbe({ expect: '220', secure: true, tls: { ca: authority.cert } }), `127.0.0.1:${server.port}`),
      banner(),
    ]);
    expect(forced).toMatchObject({ healthy: true });
  });

  test('goes to another port when it is told to', async () => {
    const health = await startServer((socket) => socket.write('fine\n'));
    const address = `127.0.0.1:${await findClosedPort()}`;
    expect(await ask(tcpProbe({ port: health.port, expect: 'fine' }), address)).toMatchObject({ healthy: true });
  });

  test('refuses options that make no sense', () => {
    expect(() => tcpProbe({ expect: '', send: 4 as never, maxBytes: 0, port: 70_000, quti: '' } as never)).toThrow(
      /expect must be text.*port must be an integer.*send must be text.*maxBytes must be.*quti is unknown/,
    );
  });
});

describe('an agent probe', () => {
  test('asks an agent beside the endpoint, also beside one that speaks TLS', async () => {
    const agent = await startServer((socket) => {
      socket.once('data', (data: Buffer) => socket.end(`${String(data).trim()} 50%\n`));
    });
    const probe = agentProbe({ port: agent.port, send: 'up\n' });
    expect(await ask(probe, 'https://127.0.0.1:1')).toEqual({
      healthy: true,
      weightPercent: 50,
      reason: 'the agent said "up 50%"',
    });
  });

  test('needs a whole line', async () => {
    const agent = await startServer((socket) => socket.end('up'));
    expect(await ask(agentProbe({ port: agent.port }), '127.0.0.1:1')).toEqual({
      healthy: false,
      reason: 'no line before the end, after 2 bytes',
    });
  });

  test('must be told a port', () => {
    expect(() => agentProbe({} as never)).toThrow('port must be the port of the agent');
  });
});

describe('an upstream with TCP checks', () => {
  test('follows servers that go and come back, and leaves nothing open when it is closed', async () => {
    const first = await startRawServer();
    const second = await startRawServer();
    for (const server of [first, second]) void drainConnections(server);
    const upstream = createUpstream({
      endpoints: [
        { id: 'first', address: `127.0.0.1:${first.port}` },
        { id: 'second', address: `127.0.0.1:${second.port}` },
      ],
      health: { checks: [{ probe: tcpProbe(), intervalMs: 10, rise: 1, fall: 2 }] },
    });
    onTestFinished(() => upstream.close());
    const heard: string[] = [];
    const until = (line: string): Promise<void> =>
      new Promise((resolve) => {
        const hear = (event: string): void => {
          heard.push(event);
          if (event === line) resolve();
        };
        upstream.on('endpoint-healthy', ({ endpoint }) => hear(`${endpoint.id} up`));
        upstream.on('endpoint-unhealthy', ({ endpoint, reason }) => hear(`${endpoint.id} down: ${reason}`));
      });
    const down = until(`first down: 127.0.0.1:${first.port} refused the connection: 127.0.0.1 ECONNREFUSED`);
    await first.close();
    await down;
    const lease = await upstream.acquire();
    expect(lease.endpoint.id).toBe('second');
    lease.release(outcomeOk);
    const up = until('first up');
    const again = await startRawServer({ port: first.port });
    void drainConnections(again);
    await up;
    expect(upstream.stats().endpoints.map(({ state }) => state)).toEqual(['available', 'available']);
  });

  test('a server that is frozen is out after its time, in whatever phase', async () => {
    const port = await openFullBacklog();
    const silent = await startRawServer();
    void drainConnections(silent);
    const upstream = createUpstream({
      endpoints: [`127.0.0.1:${port}`, `127.0.0.1:${silent.port}`],
      health: { checks: [{ probe: tcpProbe({ expect: '220' }), intervalMs: 10, timeoutMs: 20, fall: 1 }] },
    });
    onTestFinished(() => upstream.close());
    const reasons: string[] = [];
    await new Promise<void>((resolve) => {
      upstream.on('endpoint-unhealthy', ({ reason }) => {
        if (reasons.push(reason) === 2) resolve();
      });
    });
    expect(reasons).toEqual(['no verdict within 20 ms', 'no verdict within 20 ms']);
  });
});

/** Lets connections end when the other side does. */
async function drainConnections(server: RawServer): Promise<void> {
  for (;;) {
    const socket = await server.accept();
    socket.resume().once('end', () => socket.end());
  }
}
