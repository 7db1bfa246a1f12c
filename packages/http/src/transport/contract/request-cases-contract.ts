// The transport contract: how requests reach the origin.
import { once } from 'node:events';
import { expect } from 'vitest';
import { bytesBody } from '../../body/bytes-body.ts';
import { httpError } from '../../errors.ts';
import { createHeaderList } from '../../headers/header-list.ts';
import { nextTurn, type TransportCase } from './contract-setup.ts';
import { ScriptedBody } from './scripted-body.ts';

const empty = 'HTTP/1.1 204 No Content\r\n\r\n';

export const requestCases: readonly TransportCase[] = [
  {
    title: 'sends method and target as they are, and the fields with order, case and duplicates',
    async run({ origin, send }) {
      const fields = ['Host', 'a.example', 'X-One', '1', 'x-two', '\u00e9', 'X-ONE', '2'];
      const sent = send({ method: 'REPORT', target: '/a/./b//c%2fd/../e%7e?x=%41', headers: createHeaderList(fields) });
      const connection = await origin.accept();
      const lines = (await connection.nextHead()).split('\r\n');
      expect(lines[0]).toBe('REPORT /a/./b//c%2fd/../e%7e?x=%41 HTTP/1.1');
      expect(lines.filter((line) => /^x-/i.test(line))).toEqual(['X-One: 1', 'x-two: \u00e9', 'X-ONE: 2']);
      expect(lines.filter((line) => /^host:/i.test(line))).toHaveLength(1);
      expect(lines.filter((line) => /^(content-length|transfer-encoding):/i.test(line))).toEqual([]);
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'never sends framing or connection management that the fields bring along',
    async run({ origin, send }) {
      const fields = ['Host', 'a', 'Content-Length', '5', 'Transfer-Encoding', 'chunked', 'Connection', 'x', 'TE', 'x'];
      const sent = send({ headers: createHeaderList([...fields, 'Upgrade', 'x', 'Expect', 'x', 'Keep-Alive', 'x']) });
      const connection = await origin.accept();
      const head = await connection.nextHead();
      expect(head).not.toMatch(/^(content-length|transfer-encoding|te|upgrade|expect|keep-alive):/im);
      expect(head).not.toMatch(/^connection: x/im);
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'sends the target * of OPTIONS',
    async run({ origin, send }) {
      const sent = send({ method: 'OPTIONS', target: '*' });
      const connection = await origin.accept();
      expect(await connection.nextHead()).toMatch(/^OPTIONS \* HTTP\/1\.1\r\n/);
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'sends nothing for a target or a field that would end its line early',
    async run({ origin, send }) {
      await expect(send({ target: '/ HTTP/1.1\r\nEvil: 1\r\n\r\n' })).rejects.toMatchObject({ name: 'ProxyError' });
      const headers = createHeaderList(['Host', 'a', 'X', 'a\r\nEvil: 1']);
      await expect(send({ headers })).rejects.toMatchObject({ name: 'ProxyError' });
      await nextTurn();
      expect(origin.connections.map(({ received }) => received).join('')).toBe('');
    },
  },
  {
    title: 'sends a body whose length is known with Content-Length',
    async run({ origin, send }) {
      const sent = send({ method: 'POST', body: bytesBody('payload') });
      const connection = await origin.accept();
      expect(await connection.nextHead()).toMatch(/\r\ncontent-length: 7\r\n/i);
      await connection.until(() => connection.received === 'payload');
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'sends a body of unknown length chunked, piece by piece as it comes',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body });
      const connection = await Promise.all([origin.accept(), body.send(Buffer.from('first'))]).then(([one]) => one);
      expect(await connection.nextHead()).toMatch(/\r\ntransfer-encoding: chunked\r\n/i);
      await connection.untilReceived('5\r\nfirst');
      await Promise.all([
        body.send(Buffer.from('and then the second')),
        connection.untilReceived('13\r\nand then the second'),
      ]);
      await body.end();
      await connection.until(() => connection.received === '5\r\nfirst\r\n13\r\nand then the second\r\n0\r\n\r\n');
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'sends the trailers of a chunked body, without those that must not come late',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body, headers: createHeaderList(['Host', 'a', 'Trailer', 'X-Sum']) });
      await body.send(Buffer.from('a'));
      await body.end(createHeaderList(['X-Sum', '1', 'Content-Length', '5', 'X-Forwarded-For', '1.2.3.4']));
      const connection = await origin.accept();
      expect(await connection.nextHead()).toContain('Trailer: X-Sum\r\n');
      await connection.until(() => connection.received === '1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n');
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'says that a POST has no body',
    async run({ origin, send }) {
      const sent = send({ method: 'POST' });
      const connection = await origin.accept();
      expect(await connection.nextHead()).toMatch(/\r\ncontent-length: 0\r\n/i);
      connection.send(empty);
      await sent;
    },
  },
  {
    title: 'carries a large body in both framings, every byte in order',
    async run(setup) {
      const pattern = Buffer.from(Array.from({ length: 1_000_003 }, (_, index) => (index * 31) % 251));
      for (const size of [3 * pattern.length, undefined]) {
        const body = new ScriptedBody(size);
        const sent = setup.send({ method: 'PUT', body });
        const sending = (async () => {
          for (let count = 0; count < 3; count++) await body.send(Buffer.from(pattern));
          await body.end();
        })();
        const connection = await setup.origin.accept();
        const head = await connection.nextHead();
        await sending;
        const expected = size === undefined ? /0\r\n\r\n$/ : /./;
        await connection.until(
          () => connection.received.length >= 3 * pattern.length && expected.test(connection.received.slice(-5)),
        );
        const text = size === undefined ? decodeChunked(connection.received) : connection.received;
        expect(head).toMatch(/^PUT /);
        expect(text === pattern.toString('latin1').repeat(3)).toBe(true);
        connection.finish('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
        await sent;
        await connection.untilClosed();
      }
    },
  },
  {
    title: 'leaves the request unfinished when its body fails',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body });
      const connection = await Promise.all([origin.accept(), body.send(Buffer.from('half'))]).then(([one]) => one);
      await connection.untilReceived('half');
      const gone = httpError('SLUICE_CLIENT_ABORTED', 'gone');
      await body.fail(gone);
      await expect(sent).rejects.toBe(gone);
      await connection.untilClosed();
      expect(connection.received).not.toContain('0\r\n\r\n');
    },
  },
  {
    title: 'refuses a body that is not as long as it says',
    async run({ origin, send }) {
      for (const text of ['too long a body', 'x']) {
        const body = new ScriptedBody(5);
        const sent = send({ method: 'POST', body });
        const connection = await origin.accept();
        void body.send(Buffer.from(text)).then(() => body.end());
        await expect(sent).rejects.toMatchObject({ name: 'ProxyError' });
        await connection.untilClosed();
        expect(connection.received).not.toContain('too long a body');
      }
    },
  },
  {
    title: 'offers an upgrade, and hands over the connection with the bytes behind the 101',
    async run({ origin, send }) {
      const sent = send({ upgrade: 'websocket' });
      const connection = await origin.accept();
      const head = await connection.nextHead();
      expect(head).toMatch(/\r\nconnection: upgrade\r\n/i);
      expect(head).toMatch(/\r\nupgrade: websocket\r\n/i);
      connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello');
      const { status, headers, tunnel } = await sent;
      expect([status, headers.get('upgrade')]).toEqual([101, 'websocket']);
      if (tunnel === undefined) throw new Error('no tunnel');
      if (tunnel.head.length > 0) tunnel.socket.unshift(tunnel.head);
      const reading = once(tunnel.socket, 'data');
      tunnel.socket.resume();
      const [first] = (await reading) as Buffer[];
      expect(first?.toString()).toBe('hello');
      tunnel.socket.write('echo');
      await connection.untilReceived('echo');
      tunnel.socket.destroy();
      await connection.untilClosed();
    },
  },
  {
    title: 'relays the answer of an origin that refuses an upgrade',
    async run({ exchange }) {
      const [response, sink] = await exchange('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno', {
        upgrade: 'websocket',
      });
      expect([response.status, response.tunnel, sink.text]).toEqual([401, undefined, 'no']);
    },
  },
];

function decodeChunked(text: string): string {
  let decoded = '';
  for (let at = 0; at < text.length;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = parseInt(text.slice(at, lineEnd), 16);
    if (size === 0) return decoded;
    decoded += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 4 + size;
  }
  return decoded;
}
