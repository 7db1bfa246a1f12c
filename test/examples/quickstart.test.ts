// The main job, started as a newcomer starts it: demo origins or real ones, a table that is right, a killed origin that costs nothing,
// and an orderly end.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startExample, type ExampleProcess } from './example-process.ts';

function startQuickstart(...args: string[]): ExampleProcess {
  return startExample('examples/quickstart/main.ts', args);
}

/** An origin outside the quickstart's process. */
async function startOrigin(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** The columns endpoint, requests and failures of the last table in the output. */
function readTable(output: string): { endpoint: string; requests: number; share: string; failures: number }[] {
  const table = output.slice(output.lastIndexOf('  endpoint'));
  const lines = table
    .split('\n')
    .filter((line) => /^ {2}\S+ +\d+ {2}(?:available|full|ejected|draining|down)/.test(line));
  return lines.map((line) => {
    const [endpoint = '', , , requests, share = '', , , failures] = line.trim().split(/ {2,}/);
    return { endpoint, requests: Number(requests), share, failures: Number(failures) };
  });
}

async function post(url: string): Promise<number> {
  const response = await fetch(url, { method: 'POST' });
  await response.arrayBuffer();
  return response.status;
}

/** Who answered each of so many requests; each one must have been answered. */
async function askForNames(url: string, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let sent = 0; sent < count; sent++) {
    const response = await fetch(url);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    names.push(text.trim().replace('hello from ', ''));
  }
  return names;
}

async function askUntilAnsweredBy(name: string, url: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await askForNames(url, 6)).includes(name)) {
    expect(Date.now(), `${name} does not answer`).toBeLessThan(deadline);
    await delay(50);
  }
}

describe('the quickstart with --once', () => {
  test('shares 60 requests out by weight, and ends', async () => {
    const { code, stdout, stderr } = await startQuickstart('--once').ended;
    expect(stderr).toBe('');
    expect(readTable(stdout)).toEqual([
      { endpoint: 'origin-1', requests: 30, share: '50.0%', failures: 0 },
      { endpoint: 'origin-2', requests: 10, share: '16.7%', failures: 0 },
      { endpoint: 'origin-3', requests: 10, share: '16.7%', failures: 0 },
      { endpoint: 'origin-4', requests: 10, share: '16.7%', failures: 0 },
    ]);
    expect(stdout).toContain('requests failed: 0,');
    expect(code).toBe(0);
  });

  test('uses another balancer', async () => {
    const { code, stdout } = await startQuickstart('--once', '--balancer', 'round-robin').ended;
    expect(readTable(stdout).map(({ requests }) => requests)).toEqual([15, 15, 15, 15]);
    expect(code).toBe(0);
  });

  test('balances over real origins', async () => {
    const seen = { first: 0, second: 0 };
    const first = await startOrigin((_req, res) => res.end(`${++seen.first}`));
    const second = await startOrigin((_req, res) => res.end(`${++seen.second}`));
    const { code, stdout } = await startQuickstart('--once', '--to', `${first.url}*3`, '--to', second.url).ended;
    expect(seen).toEqual({ first: 45, second: 15 });
    expect(readTable(stdout).map(({ endpoint, requests }) => [endpoint, requests])).toEqual([
      [first.url, 45],
      [second.url, 15],
    ]);
    expect(code).toBe(0);
  });

  test('ends with 1 when requests fail', async () => {
    const { url, server } = await startOrigin((_req, res) => res.end());
    server.close();
    const { code, stdout } = await startQuickstart('--once', '--to', url).ended;
    expect(stdout).toContain('requests failed: 60,');
    expect(code).toBe(1);
  });
});

describe('the command line', () => {
  test('explains itself', async () => {
    const { code, stdout, stderr } = await startQuickstart('--help').ended;
    for (const option of ['--to', '--port', '--balancer', '--traffic', '--once', '--help']) {
      expect(stdout).toContain(`\n  ${option}`);
    }
    expect(stdout).toContain('least-requests');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['--port', 'x'], '--port must be an integer'],
    [['--balancer', 'fastest'], '--balancer fastest is unknown'],
    [['--to', 'http://127.0.0.1:3000/path'], '--to http://127.0.0.1:3000/path: an address must be'],
  ])('refuses %j in one line', async (args, reason) => {
    const { code, stdout, stderr } = await startQuickstart(...args).ended;
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/^[^\n]+ \(--help lists the options\)\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('refuses a port that is taken, when it was asked for', async () => {
    const { url } = await startOrigin((_req, res) => res.end());
    const { code, stdout, stderr } = await startQuickstart('--port', new URL(url).port).ended;
    expect(stderr).toMatch(/^--port \d+ can not be had \(EADDRINUSE\).*\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('takes any free port when 8080 is taken and none was asked for', async () => {
    // Whoever else has 8080 here serves this test as well.
    const squatter = createServer().on('error', () => {});
    squatter.listen(8080, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await Promise.race([once(squatter, 'listening'), once(squatter, 'error')]);
    const quickstart = startQuickstart('--traffic', '0');
    const url = await quickstart.output(/listens on (http:\S+) /);
    expect(new URL(url).port).not.toBe('8080');
    expect(await askForNames(url, 1)).toEqual(['origin-1']);
  });
});

describe('the quickstart on show', () => {
  test('survives that an origin is killed and restarted under traffic', async () => {
    const quickstart = startQuickstart('--port', '0', '--traffic', '100');
    const url = await quickstart.output(/listens on (http:\S+) /);
    await askUntilAnsweredBy('origin-2', url);

    expect(await post(`${url}/_demo/kill/2`)).toBe(200);
    expect(await askForNames(url, 24)).not.toContain('origin-2');

    expect(await post(`${url}/_demo/restart/2`)).toBe(200);
    await askUntilAnsweredBy('origin-2', url);
    quickstart.kill('SIGINT');
    const { code, stdout, stderr } = await quickstart.ended;
    expect(stdout).toContain('origin-2 failed');
    expect(stdout).toContain('origin-2 is back');
    expect(readTable(stdout)[1]?.failures).toBeGreaterThan(0);
    expect(stdout.slice(stdout.lastIndexOf('failures'))).toContain('requests failed: 0,');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('kills and restarts by POST only, and only what is there', async () => {
    const quickstart = startQuickstart('--port', '0', '--traffic', '0');
    const url = await quickstart.output(/listens on (http:\S+) /);
    expect((await fetch(`${url}/_demo/kill/1`)).status).toBe(405);
    expect(await post(`${url}/_demo/kill/5`)).toBe(404);
    expect(await post(`${url}/_demo/kill/0`)).toBe(404);
    expect(await post(`${url}/_demo/explode/1`)).toBe(200); // any other path is the origins'
    expect(await askForNames(url, 1)).toHaveLength(1);
  });

  test('sends no traffic to real origins unasked', async () => {
    let seen = 0;
    const origin = await startOrigin((_req, res) => res.end(`hello from ${++seen}`));
    const quickstart = startQuickstart('--port', '0', '--to', origin.url);
    const url = await quickstart.output(/listens on (http:\S+) /);
    expect(await askForNames(url, 2)).toEqual(['1', '2']);
    await quickstart.output(/sends no requests by itself/);
    quickstart.kill('SIGTERM');
    expect(await quickstart.ended).toMatchObject({ code: 0, stderr: '' });
    expect(seen).toBe(2);
  });

  test('lets open requests end after SIGINT', async () => {
    const { server, url: address } = await startOrigin(() => {});
    const arrived = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const quickstart = startQuickstart('--port', '0', '--to', address);
    const url = await quickstart.output(/listens on (http:\S+) /);
    const answer = fetch(url);
    const [, res] = await arrived;
    quickstart.kill('SIGINT');
    await quickstart.output(/Draining/);
    res.end('in time');
    expect(await (await answer).text()).toBe('in time');
    const { code, stdout } = await quickstart.ended;
    expect(stdout).toContain('Drained.');
    expect(code).toBe(0);
  });

  test('quits at once on a second SIGINT', async () => {
    const { server, url: address } = await startOrigin(() => {});
    const arrived = once(server, 'request');
    const quickstart = startQuickstart('--port', '0', '--to', address);
    const url = await quickstart.output(/listens on (http:\S+) /);
    const answer = fetch(url).catch((error: unknown) => error);
    await arrived;
    quickstart.kill('SIGINT');
    await quickstart.output(/Draining/);
    quickstart.kill('SIGINT');
    expect(await quickstart.ended).toMatchObject({ code: 130 });
    expect(await answer).toBeInstanceOf(Error);
  });
});
