// A client that goes away takes its work with it at once, in whichever phase, and nobody is blamed for it.

import type { ProxyOptions } from '@sluice/http';
import { describe, expect, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import type { ByteLog } from '../support/byte-log.ts';
import { fronts } from '../support/fronts.ts';
import { openFullBacklog } from '../support/full-backlog.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const upload = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n';
const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

const departures: readonly (readonly [how: string, leave: (client: ByteLog) => void])[] = [
  ['closes', (client) => client.socket.destroy()],
  ['ends its side only', (client) => client.socket.end()],
  ['resets', (client) => client.socket.resetAndDestroy()],
];

describe.each(fronts)('$name', (front) => {
  describe.each(departures)('a client that %s', (_how, leave) => {
    /** Starts a proxy that notes how exchanges end. */
    async function start(options: ProxyOptions) {
      const endings: string[] = [];
      const running = await front.start(options);
      running.proxy.on('exchange-finished', ({ status, error }) => endings.push(`${status} ${error?.code}`));
      const client = await connectRaw(running.port);
      return { ...running, client, endings };
    }

    test('while its request waits for an endpoint', async () => {
      expectNoResourcesLeft();
      const origin = await startScriptedOrigin();
      const { port, proxy, client, endings } = await start({
        upstream: { endpoints: [{ address: origin.url, maxInFlight: 1 }] },
      });
      client.send(get);
      const busy = await origin.accept();
      await busy.until(/\r\n\r\n$/);
      const waiting = await connectRaw(port);
      waiting.send(get);
      await vi.waitFor(() => expect(proxy.stats().upstream.queued).toBe(1));
      leave(waiting);
      await vi.waitFor(() => expect(endings).toEqual(['499 SLUICE_CLIENT_ABORTED']));
      expect(proxy.stats().upstream).toMatchObject({ queued: 0, inFlight: 1, endpoints: [{ acquired: 1 }] });
    });

    test('while a connection is being made', async () => {
      expectNoResourcesLeft();
      const { proxy, client, endings } = await start({ to: `http://127.0.0.1:${await openFullBacklog()}` });
      client.send(get);
      await vi.waitFor(() => expect(proxy.stats().transport.openConnections).toBe(1));
      leave(client);
      await vi.waitFor(() => expect(endings).toEqual(['499 SLUICE_CLIENT_ABORTED']));
      expect(proxy.stats()).toMatchObject({ transport: { openConnections: 0 }, upstream: { inFlight: 0 } });
    });

    test('in the middle of a TLS handshake with the endpoint', async () => {
      expectNoResourcesLeft();
      const origin = await startRawServer();
      const { proxy, client, endings } = await start({ to: `https://127.0.0.1:${origin.port}` });
      client.send(get);
      const connection = await origin.accept();
      const closed = new Promise((resolve) => void connection.resume().once('close', resolve).once('end', resolve));
      leave(client);
      await closed;
      await vi.waitFor(() => expect(endings).toEqual(['499 SLUICE_CLIENT_ABORTED']));
      expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 0, cancelled: 1 });
    });

    test.each([
      ['before the response', get, '', /^$/],
      ['behind interim responses', get, 'HTTP/1.1 103 Early Hints\r\n\r\n', /103/],
      ['in the middle of its upload', `${upload}half`, '', /^$/],
      [
        'in the middle of a chunk',
        upload.replace('Content-Length: 100', 'Transfer-Encoding: chunked') + '9\r\nabc',
        '',
        /^$/,
      ],
      ['before 100 Continue', upload.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'), '', /^$/],
      ['in the middle of its download', get, 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', /half$/],
      [
        'in the middle of a chunked download',
        get,
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
        /half/,
      ],
      [
        'in the middle of its upload, with a response under way',
        `${upload}half`,
        'HTTP/1.1 200 OK\r\n\r\nhalf',
        /half/,
      ],
      ['in the middle of an upgrade', upgrade, '', /^$/],
    ])('%s', async (_phase, request, answer, seen) => {
      expectNoResourcesLeft();
      const { client, origin, proxy } = await openExchange(front, request);
      if (answer !== '') origin.send(answer);
      await client.until(seen);
      leave(client);
      await origin.untilClosed();
      await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
      origin.socket.destroy();
      await vi.waitFor(() => expect(proxy.stats().transport).toMatchObject({ openConnections: 0 }));
      // The endpoint did nothing wrong, and takes the next request.
      expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 0, state: 'available' });
    });

    test('in the middle of a tunnel', async () => {
      expectNoResourcesLeft();
      const { client, origin, proxy } = await openExchange(front, upgrade);
      origin.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nhello');
      await client.until(/hello$/);
      leave(client);
      await origin.untilClosed();
      // Whoever only closes may still want to read: then the endpoint ends the tunnel.
      origin.socket.end();
      await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
    });
  });
});
