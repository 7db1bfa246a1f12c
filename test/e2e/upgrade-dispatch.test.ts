// Several proxies and foreign handlers share the upgrades of one server.

import { createProxy, dispatchUpgrades, type Proxy, type ProxyOptions } from '@sluice/http';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startHttpOrigin } from '../support/http-origin.ts';

/** A proxy to an origin that answers WebSocket messages with its name and the path that it was asked for. */
async function startEcho(name: string, options: ProxyOptions = {}): Promise<Proxy> {
  const origin = await startHttpOrigin((_req, res) => res.end());
  new WebSocketServer({ server: origin.server }).on('connection', (socket, req) => {
    socket.on('error', () => {}).on('message', () => socket.send(`${name} ${req.url}`));
  });
  const proxy = createProxy({ to: origin.url, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

async function listen(server: Server): Promise<string> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a WebSocket hears first, or the status of the refusal. */
async function talk(url: string, headers: Record<string, string> = {}): Promise<string> {
  const socket = new WebSocket(url, { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (data: Buffer) => resolve(data.toString()));
    socket.on('unexpected-response', (_req, res) => resolve(String(res.statusCode)));
    socket.on('error', reject);
  });
}

describe('routes', () => {
  test('lead to proxies by path, as if they were mounted there', async () => {
    const server = createServer();
    dispatchUpgrades(server, [
      { path: '/chat', to: await startEcho('chat') },
      { path: '/kept/', to: await startEcho('kept', { mountPath: 'keep' }) },
      { to: await startEcho('rest') },
    ]);
    const url = await listen(server);
    const heard = await Promise.all(
      ['/chat', '/chat?x=1', '/chat/room?x=1', '/chatter', '/kept/y', '/'].map((path) => talk(`${url}${path}`)),
    );
    expect(heard).toEqual(['chat /', 'chat /?x=1', 'chat /room?x=1', 'rest /chatter', 'kept /kept/y', 'rest /']);
  });

  test('lead by host and by a function of the request', async () => {
    const server = createServer();
    dispatchUpgrades(server, [
      { host: 'A.example', to: await startEcho('a') },
      { match: (req) => req.headers['x-canary'] === '1', to: await startEcho('canary') },
      { to: await startEcho('rest') },
    ]);
    const url = await listen(server);
    expect(await talk(url, { Host: 'a.EXAMPLE:8080' })).toBe('a /');
    expect(await talk(url, { 'X-Canary': '1' })).toBe('canary /');
    expect(await talk(url)).toBe('rest /');
  });

  test('lead to foreign handlers, which see the request untouched', async () => {
    const sockets = new WebSocketServer({ noServer: true, path: '/own/x' });
    sockets.on('connection', (socket) => socket.on('message', () => socket.send('own')));
    const server = createServer();
    dispatchUpgrades(server, [
      {
        path: '/own',
        to: (req, socket, head) =>
          sockets.handleUpgrade(req, socket, head, (client) => sockets.emit('connection', client, req)),
      },
      { path: '/chat', to: await startEcho('chat') },
    ]);
    expect(await talk(`${await listen(server)}/own/x`)).toBe('own');
  });

  test('that are wrong are refused, all in one message', () => {
    const wrong = [{ path: 'chat', to: () => {} }, { path: '/x' }] as never;
    expect(() => dispatchUpgrades(createServer(), wrong)).toThrow(/begin with a slash[^]*must be a proxy/);
    expect(() => dispatchUpgrades(createServer(), [], { unmatched: 'drop' as never })).toThrow('unmatched');
  });
});

describe('an upgrade that no route takes', () => {
  test('is refused when nobody else listens, also by two dispatchers', async () => {
    const server = createServer();
    dispatchUpgrades(server, [{ path: '/one', to: await startEcho('one') }]);
    dispatchUpgrades(server, [{ path: '/two', to: await startEcho('two') }]);
    const url = await listen(server);
    expect(await Promise.all(['/one', '/two', '/three'].map((path) => talk(`${url}${path}`)))).toEqual([
      'one /',
      'two /',
      '404',
    ]);
  });

  test('is left to other listeners', async () => {
    const server = createServer();
    dispatchUpgrades(server, [{ path: '/chat', to: await startEcho('chat') }]);
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (req, socket, head) => {
      if (req.url === '/hmr') sockets.handleUpgrade(req, socket, head, (client) => client.send('hmr'));
    });
    const url = await listen(server);
    expect(await talk(`${url}/hmr`)).toBe('hmr');
    expect(await talk(`${url}/chat`)).toBe('chat /');
  });

  test('is refused or left as it is told', async () => {
    const strict = createServer().on('upgrade', () => {});
    dispatchUpgrades(strict, [], { unmatched: 'refuse' });
    expect(await talk(await listen(strict))).toBe('404');
    const lax = createServer();
    dispatchUpgrades(lax, [], { unmatched: 'leave' });
    const left = vi.fn<() => void>();
    const url = await listen(lax);
    lax.on('upgrade', (_req, socket) => {
      left();
      socket.destroy();
    });
    await expect(talk(url)).rejects.toThrow('hang up');
    expect(left).toHaveBeenCalledOnce();
  });

  test('is refused by nobody once the dispatcher is stopped', async () => {
    const server = createServer((_req, res) => res.writeHead(200).end());
    const stop = dispatchUpgrades(server, []);
    stop();
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await talk(await listen(server))).toBe('200');
  });
});
