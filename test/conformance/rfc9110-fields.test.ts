// RFC 9110 sections 5 to 8, 10 and 11: which fields pass an intermediary, which end there, and which it adds.

import { createHeaderList, createResponse, type Body } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { connectRaw } from '../support/raw-client.ts';
import { headAtClient, headAtOrigin, openExchange, parseHead } from '../support/relayed-exchange.ts';

function get(fields = ''): string {
  return `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
}

function answer(fields: string): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`;
}

describe.each(fronts)('$name', (front) => {
  test('5.1: a proxy MUST forward unrecognised fields', async () => {
    const fields = "X-Unknown: 1\r\n!#$%&'*+.^_`|~9: 2\r\nX-Bytes: caf\xe9\r\n";
    const head = await headAtOrigin(front, get(fields));
    expect(head.lines).toEqual(expect.arrayContaining(fields.trimEnd().split('\r\n')));
    const answered = await headAtClient(front, answer(fields));
    expect(answered.lines).toEqual(expect.arrayContaining(fields.trimEnd().split('\r\n')));
  });

  test('5.3: a proxy MUST NOT change the order of lines of the same name', async () => {
    const fields = 'A: 1\r\nB: 1\r\na: 2\r\nB: 2\r\nA: 3\r\n';
    const head = await headAtOrigin(front, get(fields));
    expect([head.values('a'), head.values('b')]).toEqual([
      ['1', '2', '3'],
      ['1', '2'],
    ]);
    const answered = await headAtClient(front, answer(fields));
    expect([answered.values('a'), answered.values('b')]).toEqual([
      ['1', '2', '3'],
      ['1', '2'],
    ]);
  });

  test('5.3: Set-Cookie lines are never combined', async () => {
    const { values } = await headAtClient(front, answer('Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2, c\r\n'));
    expect(values('set-cookie')).toEqual(['a=1; Path=/', 'b=2, c']);
  });

  test('6.6.1: a response without Date gets one, and an origin’s Date is left alone', async () => {
    const dated = await headAtClient(front, answer('Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n'));
    expect(dated.values('date')).toEqual(['Sun, 06 Nov 1994 08:49:37 GMT']);
    const undated = await headAtClient(front, answer(''));
    expect(undated.values('date')).toEqual([expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)]);
  });

  test('7.2: Host reaches the origin as the client sent it', async () => {
    const head = await headAtOrigin(front, 'GET / HTTP/1.1\r\nX: y\r\nHost: Shop.Example:8080\r\n\r\n');
    expect(head.values('host')).toEqual(['Shop.Example:8080']);
  });

  test.each([
    ['OPTIONS', /^HTTP\/1\.1 204 /],
    ['TRACE', /^HTTP\/1\.1 405 /],
  ])(
    '7.6.2: an intermediary MUST NOT forward %s with Max-Forwards: 0, and answers by itself',
    async (method, answered) => {
      const { port, proxy } = await front.start({ to: 'http://127.0.0.1:9' });
      const client = await connectRaw(port);
      client.send(`${method} / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n`);
      const head = parseHead(await client.until(/\r\n\r\n/));
      expect(head.startLine).toMatch(answered);
      expect(head.values('allow')).toEqual([expect.stringContaining('OPTIONS')]);
      expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ acquired: 0 });
    },
  );

  test('7.6.2: an intermediary MUST update Max-Forwards of OPTIONS and TRACE, and leaves that of other methods alone', async () => {
    const seen: string[][] = [];
    for (const method of ['OPTIONS', 'TRACE', 'GET']) {
      const head = await headAtOrigin(front, `${method} / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 5\r\n\r\n`);
      seen.push(head.values('max-forwards'));
    }
    expect(seen).toEqual([['4'], ['4'], ['5']]);
  });

  test('7.6.1: fields that Connection lists MUST be removed, and Connection itself replaced, in requests', async () => {
    const head = await headAtOrigin(
      front,
      get(
        'Connection: X-One,x-two\r\nconnection: X-Three\r\nX-One: 1\r\nX-TWO: 2\r\nX-Three: 3\r\nX-One: 4\r\nX-Four: 5\r\n',
      ),
    );
    expect(head.lines.filter((line) => /^x-(?:one|two|three|four)/i.test(line))).toEqual(['X-Four: 5']);
    expect(head.values('connection').join()).not.toMatch(/x-/i);
  });

  test('7.6.1: fields that Connection lists MUST be removed, and Connection itself replaced, in responses', async () => {
    const head = await headAtClient(front, answer('Connection: X-One,x-two\r\nX-One: 1\r\nX-TWO: 2\r\nX-Four: 5\r\n'));
    expect(head.lines.filter((line) => /^x-/i.test(line))).toEqual(['X-Four: 5']);
    expect(head.values('connection').join()).not.toMatch(/x-/i);
  });

  test('7.6.1: a field that Connection lists MUST be removed from the trailer section as well, in requests', async () => {
    const head =
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n';
    const { client, origin } = await openExchange(front, `${head}2\r\nhi\r\n0\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n`);
    expect(await origin.until(/0\r\n(?:[^]*\r\n)?\r\n$/)).toMatch(/\r\n2\r\nhi\r\n0\r\nX-End: 2\r\n\r\n$/);
    origin.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until(/204/);
  });

  test('7.6.1: a field that Connection lists MUST be removed from the trailer section as well, in responses', async () => {
    const { client, origin } = await openExchange(front, get('Connection: TE\r\nTE: trailers\r\n'));
    const head = 'HTTP/1.1 200 OK\r\nConnection: X-Hop, X-Other\r\nTransfer-Encoding: chunked\r\n\r\n';
    origin.send(`${head}2\r\nhi\r\n0\r\nX-Hop: 1\r\nX-End: 2\r\nx-other: 3\r\n\r\n`);
    expect(await client.until(/0\r\n(?:[^]*\r\n)?\r\n$/)).toMatch(/\r\n2\r\nhi\r\n0\r\nX-End: 2\r\n\r\n$/);
  });

  test('6.5.1: what must be in the head is not taken from trailers, whoever sent them', async () => {
    const trailers = createHeaderList(['Proxy', 'http://evil', 'X-End', '1', 'Content-Length', '9']);
    const body: Body = {
      size: undefined,
      started: false,
      pipe: (sink) => sink.end(trailers),
      cancel: () => {},
    };
    const { port } = await front.start({ to: 'http://127.0.0.1:9', middleware: [() => createResponse({ body })] });
    const client = await connectRaw(port);
    client.send(get());
    expect(await client.until(/0\r\n(?:[^]*\r\n)?\r\n$/)).toMatch(/\r\n\r\n0\r\nX-End: 1\r\n\r\n$/);
  });

  test.each(['Proxy-Connection: keep-alive', 'Keep-Alive: timeout=5', 'TE: trailers', 'Upgrade: foo'])(
    '7.6.1: intermediaries SHOULD remove %s, even without Connection',
    async (line) => {
      const [name = ''] = line.split(':');
      const head = await headAtOrigin(front, get(`${line}\r\n`));
      expect(head.values(name)).not.toContain(line.slice(name.length + 2));
    },
  );

  test('7.6.3: a gateway MUST send Via in each inbound request, behind those of the proxies before', async () => {
    const options = { via: 'edge' };
    expect((await headAtOrigin(front, get(), options)).values('via')).toEqual(['1.1 edge']);
    const passed = await headAtOrigin(front, get('Via: 1.0 fred, 1.1 p.example.net (Apache/1.1)\r\n'), options);
    expect(passed.values('via').join(', ')).toBe('1.0 fred, 1.1 p.example.net (Apache/1.1), 1.1 edge');
  });

  test('7.6.3: the received-protocol in Via is the version the message came with', async () => {
    const head = await headAtOrigin(front, 'GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n', {
      via: 'edge',
    });
    expect(head.values('via')).toEqual(['1.0 edge']);
  });

  test('7.7: a proxy MUST NOT modify the absolute-path and query parts of the target', async () => {
    const target = "/a/./b//c%2fd/../e%7e;p=1?x=%41&y='%zz'&";
    const { startLine } = await headAtOrigin(front, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(startLine).toBe(`GET ${target} HTTP/1.1`);
  });

  test('7.7: content passes untransformed, with the fields that describe it', async () => {
    const fields =
      'Content-Type: text/html\r\nContent-Encoding: gzip\r\nETag: W/"x"\r\nCache-Control: no-transform\r\n';
    const { lines } = await headAtClient(front, answer(fields));
    expect(lines).toEqual(expect.arrayContaining(fields.trimEnd().split('\r\n')));
  });

  test('8.6: a server MUST NOT send Content-Length in a 204', async () => {
    const { values } = await headAtClient(front, 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n');
    expect([...values('content-length'), ...values('transfer-encoding')]).toEqual([]);
  });

  test('8.6: a user agent SHOULD send Content-Length in an empty POST, and not in an empty GET', async () => {
    const post = await headAtOrigin(front, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    expect(post.values('content-length')).toEqual(['0']);
    const plain = await headAtOrigin(front, get());
    expect([...plain.values('content-length'), ...plain.values('transfer-encoding')]).toEqual([]);
  });

  test('11.7: credentials for this proxy are not forwarded, those for the origin are', async () => {
    const head = await headAtOrigin(
      front,
      get('Proxy-Authorization: Basic cHJveHk=\r\nAuthorization: Basic b3JpZ2lu\r\n'),
    );
    expect(head.values('proxy-authorization')).toEqual([]);
    expect(head.values('authorization')).toEqual(['Basic b3JpZ2lu']);
  });

  test('11.6: challenges of the origin reach the client', async () => {
    const { client, origin } = await openExchange(front, get());
    origin.send(
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n',
    );
    expect(parseHead(await client.until(/\r\n\r\n$/)).values('www-authenticate')).toEqual([
      'Basic realm="a"',
      'Bearer',
    ]);
  });
});

describe('7.6.3', () => {
  test('a proxy MUST NOT forward its own request again: a loop ends with 508 instead of going round', async () => {
    const [front] = fronts;
    if (front === undefined) throw new Error('no front');
    const { port } = await front.start({ to: 'http://127.0.0.1:9', via: 'edge' });
    const client = await connectRaw(port);
    client.send(get('Via: 1.1 other, 1.1 Edge (comment)\r\n'));
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 508 /);
    client.send(get('Via: 1.1 other (edge), 1.1 edges\r\n'));
    expect(await client.until(/HTTP\/1\.1 5\d\d[^]*HTTP\/1\.1 5\d\d/)).toMatch(/HTTP\/1\.1 502 /);
  });
});
