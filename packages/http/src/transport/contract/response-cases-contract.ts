// The transport contract: how responses come back.
import { expect } from 'vitest';
import { CollectingSink } from './collecting-sink.ts';
import { collect, nextTurn, type TransportCase } from './contract-setup.ts';

export const responseCases: readonly TransportCase[] = [
  {
    title: 'reads status, reason and fields with order, case and duplicates',
    async run({ exchange }) {
      const [response] = await exchange(
        'HTTP/1.1 299 Oh Well\r\nX-One: 1\r\nx-two:  \u00e9 \r\nSet-Cookie: a=b\r\nX-ONE: 2\r\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n',
      );
      expect([response.status, response.statusText]).toEqual([299, 'Oh Well']);
      expect(response.headers.toFlat()).toEqual(
        ['X-One: 1', 'x-two: \u00e9', 'Set-Cookie: a=b', 'X-ONE: 2', 'Set-Cookie: c=d', 'Content-Length: 0'].flatMap(
          (line) => line.split(': '),
        ),
      );
    },
  },
  {
    title: 'reads a body with Content-Length',
    async run({ exchange }) {
      const [response, sink] = await exchange('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
      expect([response.body.size, sink.text, sink.trailers]).toEqual([5, 'hello', undefined]);
    },
  },
  {
    title: 'reads a chunked body',
    async run({ exchange }) {
      const [response, sink] = await exchange(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n',
      );
      await sink.done;
      expect([response.body.size, sink.text, sink.trailers]).toEqual([undefined, 'hello, world', undefined]);
    },
  },
  {
    title: 'reads a body that lasts until the connection closes',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.finish('HTTP/1.1 200 OK\r\n\r\nall of it');
      const sink = collect(await sent);
      await sink.done;
      expect(sink.text).toBe('all of it');
    },
  },
  {
    title: 'reads an answer of HTTP/1.0',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold');
      const sink = collect(await sent);
      await sink.done;
      expect(sink.text).toBe('old');
      await connection.untilClosed();
    },
  },
  {
    title: 'answers without a body have none, whatever their fields say',
    async run({ origin, send }) {
      for (const [method, status, fields] of [
        ['HEAD', 200, 'Content-Length: 5\r\n'],
        ['HEAD', 200, 'Transfer-Encoding: chunked\r\n'],
        ['HEAD', 200, ''],
        ['GET', 204, ''],
        ['GET', 304, 'Content-Length: 5\r\n'],
        ['GET', 200, 'Content-Length: 0\r\n'],
      ] as const) {
        const sent = send({ method });
        const connection = await origin.accept();
        await connection.nextHead();
        connection.send(`HTTP/1.1 ${status} X\r\nConnection: close\r\n${fields}\r\n`);
        const response = await sent;
        const sink = collect(response);
        await sink.done;
        expect([method, response.status, sink.byteLength, response.body.size]).toEqual([method, status, 0, 0]);
        await connection.untilClosed();
      }
    },
  },
  {
    title: 'reads the same wherever the bytes of an answer are cut',
    async run({ origin, send }) {
      const text = 'HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nB: 2\r\n\r\n';
      let connection;
      for (let cut = 1; cut < text.length; cut++) {
        const sent = send();
        connection ??= await origin.accept();
        await connection.nextHead();
        connection.send(text.slice(0, cut));
        await nextTurn();
        connection.send(text.slice(cut));
        const response = await sent;
        const sink = collect(response);
        await sink.done;
        await nextTurn();
        expect([cut, response.headers.get('a'), sink.text, sink.trailers?.toFlat()]).toEqual([
          cut,
          '1',
          'abc',
          ['B', '2'],
        ]);
      }
      expect(origin.connections).toHaveLength(1);
    },
  },
  {
    title: 'hands over trailers, without those that must not come late',
    async run({ exchange }) {
      const [, sink] = await exchange(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nAuthorization: x\r\nHost: evil\r\n\r\n',
      );
      expect(sink.trailers?.toFlat()).toEqual(['X-Sum', '1']);
    },
  },
  {
    title: 'passes every byte of a large body on, to receivers of any pace',
    async run({ origin, send }) {
      const pattern = Array.from({ length: 100_003 }, (_, index) => String.fromCharCode((index * 31) % 251)).join('');
      const expected = pattern.repeat(10);
      for (const pace of ['quick', 'slow'] as const) {
        for (const framing of [`Content-Length: ${expected.length}`, 'Transfer-Encoding: chunked', 'X: until close']) {
          const sent = send();
          const connection = await origin.accept();
          await connection.nextHead();
          connection.send(`HTTP/1.1 200 OK\r\nConnection: close\r\n${framing}\r\n\r\n`);
          for (let count = 0; count < 10; count++) {
            connection.send(framing.includes('chunked') ? `${pattern.length.toString(16)}\r\n${pattern}\r\n` : pattern);
          }
          connection.finish(framing.includes('chunked') ? '0\r\n\r\n' : '');
          const sink = collect(await sent, new CollectingSink(pace));
          await sink.done;
          expect([pace, framing, sink.text === expected]).toEqual([pace, framing, true]);
        }
      }
    },
  },
  {
    title: 'passes pieces of a body on as they come',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      const sink = collect(await sent);
      for (let count = 1; count <= 3; count++) {
        connection.send('5\r\nevent\r\n');
        while (sink.byteLength < 5 * count) await nextTurn();
      }
      connection.send('0\r\n\r\n');
      await sink.done;
      expect(sink.text).toBe('eventeventevent');
    },
  },
  {
    title: 'a body may be read long after its head came',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      const response = await sent;
      await nextTurn();
      connection.send('world');
      await nextTurn();
      expect(response.body.started).toBe(false);
      const sink = collect(response);
      await sink.done;
      expect(sink.text).toBe('helloworld');
      expect(() => response.body.pipe(sink)).toThrow('only once');
    },
  },
];
