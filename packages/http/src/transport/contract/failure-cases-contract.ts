// The transport contract: origins that break, lie or attack. Impact of the attacks: a second response that belongs to no request (response queue
// poisoning), or a body that the client takes for whole.
import { expect } from 'vitest';
import { collect, type TransportCase } from './contract-setup.ts';

const invalid = { code: 'SLUICE_RESPONSE_INVALID', source: 'upstream' };
const cut = { code: 'SLUICE_RESPONSE_CUT', source: 'upstream' };

/** Heads that two parsers could read differently, or that are no heads. */
const badHeads: readonly string[] = [
  'SSH-2.0-OpenSSH_9\r\n',
  '<html>\r\n\r\n',
  'HTTP/1.1 2x0 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nA: b\rC: d\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nA: b\u0000c\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nA(b): c\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n',
];

/** The same, where less strict parsers look the other way. */
const ambiguousHeads: readonly string[] = [
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'HTTP/1.1 200 OK\r\nA: b\nC: d\r\nContent-Length: 0\r\n\r\n',
];

/** The same, for those who look at the version. */
const badVersions: readonly string[] = [
  'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
];

const badBodies: readonly string[] = [
  '5\r\nhello!\r\n',
  'x\r\n',
  '5\nhello\r\n',
  '-1\r\n',
  'fffffffffffffffff\r\n',
  '\r\n',
];

function refuses(title: string, heads: readonly string[]): TransportCase {
  return {
    title,
    async run({ origin, send }) {
      for (const head of heads) {
        const sent = send();
        const connection = await origin.accept();
        await connection.nextHead();
        connection.send(head);
        await expect(sent, JSON.stringify(head)).rejects.toMatchObject(invalid);
        await connection.untilClosed();
      }
    },
  };
}

export const failureCases: readonly TransportCase[] = [
  {
    title: 'an origin that refuses the connection',
    async run({ origin, send, endpoint }) {
      const gone = endpoint();
      await origin.close();
      await expect(send({ endpoint: gone })).rejects.toMatchObject({ code: 'SLUICE_CONNECT_REFUSED', retry: 'safe' });
    },
  },
  {
    title: 'an origin that dies before it answers',
    async run({ origin, send }) {
      for (const how of ['finish', 'reset'] as const) {
        const sent = send();
        const connection = await origin.accept();
        await connection.nextHead();
        connection[how]();
        await expect(sent).rejects.toMatchObject({ code: 'SLUICE_SEND_FAILED', retry: 'if-idempotent' });
      }
      expect(origin.connections).toHaveLength(2);
    },
  },
  {
    title: 'an origin that dies inside a head',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.finish('HTTP/1.1 200 OK\r\nContent-Le');
      await expect(sent).rejects.toMatchObject(invalid);
    },
  },
  {
    title: 'an origin that dies inside a body',
    async run({ origin, send }) {
      for (const body of [
        'Content-Length: 10\r\n\r\nhello',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
      ]) {
        for (const how of ['finish', 'reset'] as const) {
          const sent = send();
          const connection = await origin.accept();
          await connection.nextHead();
          connection.send(`HTTP/1.1 200 OK\r\n${body}`);
          const sink = collect(await sent);
          connection[how]();
          await expect(sink.done, body).rejects.toMatchObject(cut);
        }
      }
    },
  },
  {
    title: 'an origin that resets a body which lasts until the connection closes',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\n\r\nhalf');
      const sink = collect(await sent);
      connection.reset();
      await expect(sink.done).rejects.toMatchObject(cut);
    },
  },
  refuses('answers that are no HTTP, or that two parsers read differently', badHeads),
  refuses('answers that only a strict parser refuses', ambiguousHeads),
  refuses('answers of a version that we do not speak, or with a framing that their version does not have', badVersions),
  {
    title: 'a head over the limit',
    async run({ origin, send }) {
      for (const filler of [`X: ${'x'.repeat(100_000)}\r\n`, 'A: b\r\n'.repeat(20_000)]) {
        const sent = send();
        const connection = await origin.accept();
        await connection.nextHead();
        connection.send(`HTTP/1.1 200 OK\r\n${filler}\r\n`);
        await expect(sent).rejects.toMatchObject(invalid);
        await connection.untilClosed();
      }
    },
  },
  {
    title: 'a chunked body that is malformed',
    async run({ origin, send }) {
      for (const body of badBodies) {
        const sent = send();
        const connection = await origin.accept();
        await connection.nextHead();
        connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        const sink = collect(await sent);
        connection.send(body);
        await expect(sink.done, JSON.stringify(body)).rejects.toMatchObject(cut);
        await connection.untilClosed();
      }
    },
  },
  {
    title: 'a switch of protocols that nobody asked for',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
      await expect(sent).rejects.toMatchObject(invalid);
      await connection.untilClosed();
    },
  },
];
