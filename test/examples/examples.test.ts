// Every example starts, does what its first lines say, and ends in order. The quickstart has a test of its own.

import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startExample, type ExampleProcess } from './example-process.ts';

const examplesFolder = path.resolve(import.meta.dirname, '../../examples');

/** What an example has to do once it listens on `url`. */
type Probe = (url: string, example: ExampleProcess) => Promise<void>;

const probes: Readonly<Record<string, Probe>> = {
  'plain-http-server.ts': async (url) => {
    expect(await get(url)).toBe('hello from the-origin\n');
    expect(await get(`${url}/health`)).toBe('fine\n');
  },

  'express-body-parser.ts': async (url) => {
    const body = JSON.stringify({ hello: 'world' });
    const response = await fetch(`${url}/api/upload`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(await response.text()).toBe(`the-origin took ${body.length} bytes\n`);
    expect(await get(`${url}/health`)).toBe('fine\n');
    expect((await fetch(`${url}/nobody-is-here`)).status).toBe(404);
  },

  'websocket.ts': async (url, example) => {
    expect(await example.output(/own listener: (.*)\n/)).toBe('you said: hello');
    expect(await example.output(/your server: (.*)\n/)).toBe('you said: hello again');
    expect(await echo(url, 'from outside')).toBe('you said: from outside');
  },

  'custom-balancer.ts': async (url) => {
    expect(await get(url)).toBe('hello from here\n');
    const open = await Promise.all([fetch(`${url}/stream`), fetch(`${url}/stream`)]);
    expect(await get(url)).toBe('hello from there\n');
    for (const response of open) await response.body?.cancel();
  },

  'active-health.ts': async (url, example) => {
    const shaky = await example.output(/shaky is at (\S+)\n/);
    await get(`${shaky}/break`);
    await example.output(/shaky is unhealthy, GET \/healthz: status 503\n/);
    for (let count = 0; count < 4; count++) expect(await get(url)).toBe('hello from steady\n');
    await get(`${shaky}/mend`);
    await example.output(/shaky is healthy again\n/);
    expect(new Set([await get(url), await get(url)]).size).toBe(2);
  },

  'outlier-detection.ts': async (url, example) => {
    const ejected = example.output(/flaky is out for \d+ s by failure-percentage: (\d+ % of \d+ requests failed)\n/);
    let isOut = false;
    const untilOut = ejected.then(() => (isOut = true));
    while (!isOut) await (await fetch(url)).text();
    await untilOut;
    for (let count = 0; count < 4; count++) expect(await get(url)).toBe('hello from good\n');
  },

  'discovery.ts': async (url, example) => {
    expect(await get(url)).toBe('hello from blue\n');
    const edit = await example.output(/echo '(\[.*?\]' > .*?\/endpoints\.json);/);
    const [list = '', file = ''] = edit.split("' > ");
    const refused = example.output(/(the last good list stays: .*)\n/);
    writeFileSync(file, '["http://');
    await refused;
    expect(await get(url)).toBe('hello from blue\n');
    const updated = example.output(/(the file has 1 more and 1 less)\n/);
    writeFileSync(file, list);
    await updated;
    expect(await get(url)).toBe('hello from green\n');
  },

  'hedging.ts': async (url, example) => {
    const faster = example.output(/(steady was faster than moody)\n/);
    const answers = [await get(url), await get(url)];
    expect(answers).toEqual(['hello from steady\n', expect.stringMatching(/^hello from /)]);
    await faster;
    await example.output(/moody was not waited for\n/);
  },

  'two-upstreams-by-path.ts': async (url) => {
    expect(await get(url)).toBe('hello from pages\n');
    expect(await get(`${url}/api/users`)).toBe('hello from api\n');
    expect(await get(`${url}/api/slow?ms=1`)).toBe('hello from api, after 1 ms\n');
  },

  'one-proxy-per-core.ts': async (url) => {
    // Each connection of its own: the system spreads connections, not requests.
    const threads = new Set<string | null>();
    for (let count = 0; count < 40; count++) {
      const response = await fetch(url, { headers: { Connection: 'close' } });
      expect(await response.text()).toBe('hello from the-origin\n');
      threads.add(response.headers.get('X-Thread'));
    }
    expect(threads.size).toBeGreaterThan(1);
  },

  'tcp-proxy.ts': async (url, example) => {
    const greetings = [await greetingOf(url), await greetingOf(url), await greetingOf(url), await greetingOf(url)];
    expect(greetings.toSorted()).toEqual(['large\r\n', 'large\r\n', 'large\r\n', 'small\r\n']);
    await example.output(/127\.0\.0\.1 -> small: 0 up, 7 down, both-ended/);
  },

  'mail-and-ssh.ts': async (_url, example) => {
    const greetings: readonly (readonly [name: string, greeting: RegExp])[] = [
      ['smtp', /^220 one/],
      ['imap', /^\* OK one/],
      ['ssh', /^SSH-2\.0-one/],
      ['redis', /^\+PONG/],
    ];
    for (const [name, greeting] of greetings) {
      const url = await example.output(new RegExp(`${name} listening on (\\S+)\n`));
      for (let visits = 0; visits < 3; visits++) expect(await greetingOf(url)).toMatch(greeting);
    }
    await example.output(/ssh 127\.0\.0\.1:\d+: answered "go away/);
  },

  'sni-passthrough.ts': async (url, example) => {
    expect(await visitTls(url, 'shop.example')).toEqual({
      certificate: 'shop.example',
      text: 'hello from shop.example\n',
    });
    expect(await visitTls(url, 'a.b.tenants.example')).toMatchObject({ certificate: '*.tenants.example' });
    expect(await visitTls(url)).toMatchObject({ certificate: 'default.example' });
    await example.output(/no name -> 127/);
    expect(await readAll(url, 'GET / HTTP/1.1\r\n\r\n')).toBe('');
    await example.output(/refused: the ClientHello is missing/);
  },

  'tls-termination.ts': async (url, example) => {
    const certificates = async (...names: string[]) =>
      Promise.all(names.map(async (name) => (await askTls(url, { servername: name })).certificate));
    expect(await certificates('shop.example', 'a.tenants.example', '')).toMatchObject([
      { subject: 'CN=shop.example' },
      { subject: 'CN=*.tenants.example' },
      { subject: 'CN=default.example' },
    ]);
    const [before] = await certificates('shop.example');
    example.kill('SIGHUP');
    await example.output(/serving 3 certificates/);
    const [after] = await certificates('shop.example');
    expect(after?.subject).toBe(before?.subject);
    expect(after?.fingerprint256).not.toBe(before?.fingerprint256);
    expect(await readAll(url, 'GET / HTTP/1.1\r\n\r\n')).toBe('');
    await example.output(/127\.0\.0\.1: not-tls/);
  },

  'client-certificates.ts': async (url, example) => {
    const file = await example.output(/--cert (\S+alice\.pem)/);
    const pem = readFileSync(file);
    expect((await askTls(url, { cert: pem, key: pem })).answer).toMatch(/hello alice\.example\n/);
    await expect(askTls(url, {})).rejects.toThrow(/certificate required/);
  },

  'one-port-many-protocols.ts': async (url, example) => {
    expect(await get(url.replace('tcp', 'http'))).toBe('hello from the-origin\n');
    expect(await visitTls(url, 'shop.example')).toMatchObject({ certificate: 'shop.example' });
    expect(await readAll(url, '')).toBe('220 mail.example ESMTP\r\n');
    await example.output(/serving http1\nserving tls\nserving a silent client/);
  },

  'proxy-protocol.ts': async (url, example) => {
    expect(await get(url.replace('tcp', 'http'))).toBe('hello from the-origin\n');
    await example.output(/a request of 127\.0\.0\.1, by a header of version 2/);
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 80\r\n';
    expect(await readAll(url, `${line}${request}`)).toMatch(/hello from the-origin\n$/);
    await example.output(/a request of 192\.0\.2\.1, by a header of version 2/);
    expect(await readAll(url, line.replace('50000', '99999'))).toBe('');
    await example.output(/refused: the PROXY header has a port/);
  },

  'dns-load-balancer.ts': async (url, example) => {
    const { port } = new URL(url);
    const resolver = new Resolver({ timeout: 5_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    const answers = [await resolver.resolve4('one.example'), await resolver.resolve4('two.example')].flat();
    expect(answers.toSorted()).toEqual(['127.0.0.2', '127.0.0.3']);
    await example.output(/127\.0\.0\.1 asked 127\.0\.0\.\d:\d+, answered in \d+ ms/);
    // A query with its length before it: for the address of the name `a`.
    const query = Buffer.from([0, 19, 7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(query);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect([...answer.subarray(2, 4), ...answer.subarray(-4, -1)]).toEqual([7, 7, 127, 0, 0]);
  },

  'graceful-shutdown.ts': async (url, example) => {
    expect(await get(url)).toBe('hello from the-origin\n');
    await example.output(/GET \/ 200 in \d+ ms/);
  },
};

/** What a server says first. */
async function greetingOf(url: string): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  socket.end();
  await once(socket, 'close');
  return greeting.toString();
}

async function get(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
}

/** The certificate that a TLS client is shown, and what it is told. */
async function visitTls(
  url: string,
  servername = '',
): Promise<{ readonly certificate: string; readonly text: string }> {
  const socket = connectTls({ port: Number(new URL(url).port), servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = String(socket.getPeerCertificate().subject.CN);
  return { certificate, text: await readText(socket) };
}

/** Asks for a page over TLS. */
async function askTls(
  url: string,
  options: ConnectionOptions,
): Promise<{ readonly certificate: X509Certificate | undefined; readonly answer: string }> {
  const socket = connectTls({ port: Number(new URL(url).port), rejectUnauthorized: false, ...options });
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  return { certificate, answer: await readText(socket) };
}

/** What a server says to a client that says this, and then waits. */
async function readAll(url: string, hello: string): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  if (hello !== '') socket.write(hello);
  return readText(socket).catch(() => '');
}

async function echo(url: string, text: string): Promise<string> {
  const client = new WebSocket(`${url.replace('http', 'ws')}/chat`);
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('open', () => client.send(text));
    client.once('message', (answer: Buffer) => {
      client.close();
      resolve(answer.toString());
    });
  });
}

describe('the examples', () => {
  test('are all probed here, but for the quickstart', () => {
    const entries = readdirSync(examplesFolder, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts')).map((entry) => entry.name);
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules');
    expect(files.toSorted()).toEqual(Object.keys(probes).toSorted());
    expect(folders.map((folder) => folder.name)).toEqual(['quickstart']);
  });

  test.each(Object.entries(probes))('%s works, and ends in order on SIGTERM', async (file, probe) => {
    const example = startExample(`examples/${file}`);
    const url = await example.output(/listening on (\w+:\S+)\n/);
    await probe(url, example);
    example.kill('SIGTERM');
    const { code, stderr } = await example.ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('listen on the port in PORT, and end on SIGINT', async () => {
    const first = startExample('examples/plain-http-server.ts');
    const url = await first.output(/listening on (http:\S+)\n/);
    expect(await get(`${url}/health`)).toBe('fine\n');
    first.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 0, stderr: '' });

    const second = startExample('examples/plain-http-server.ts', [], new URL(url).port);
    expect(await second.output(/listening on (http:\S+)\n/)).toBe(url);
    expect(await get(`${url}/health`)).toBe('fine\n');
  });

  test('cut no request that is open when the signal comes', async () => {
    const example = startExample('examples/graceful-shutdown.ts');
    const url = await example.output(/listening on (http:\S+)\n/);
    const stream = await fetch(`${url}/stream`);
    const ticks = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await ticks?.read()).toEqual({ done: false, value: 'data: tick 1 from the-origin\n\n' });
    example.kill('SIGTERM');
    await example.output(/draining/);
    expect(await ticks?.read()).toEqual({ done: false, value: 'data: tick 2 from the-origin\n\n' });
    await ticks?.cancel();
    await example.output(/drained, 0 requests cut/);
    expect(await example.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
