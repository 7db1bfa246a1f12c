// All origins are restarted, one after another, while clients go on: with the default options, none of their requests fails.

import { once } from 'node:events';
import { createServer, Agent, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { fronts } from '../support/fronts.ts';

beforeEach(expectNoResourcesLeft);

/** How many clients there are, each with a request under way at any time. */
const clients = 12;
/** How many answers there are between one restart and the next: enough to have connections to every origin. */
const calm = 60;

/** An origin that is deployed anew as services are: no new connections, idle ones close at once, busy ones after their answer. */
class RestartingOrigin {
  #server: Server | undefined;
  #port = 0;
  /** Whether the next answers are the last ones of their connections. */
  #isClosing = false;

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#isClosing = false;
    const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
      const answer = (): void => {
        if (this.#isClosing) res.shouldKeepAlive = false;
        res.end('fine');
      };
      // Not at once, so that some are always under way.
      req.resume().on('end', () => setImmediate(answer));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async end(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#isClosing = true;
    server.close();
    await once(server, 'close');
  }
}

/** Clients that ask again as soon as they have an answer. */
class Clients {
  /** How often each answer came. */
  readonly answers: Record<string, number> = {};
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #loops: Promise<void>[];
  #count = 0;
  #isOver = false;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(url: string) {
    this.#url = url;
    this.#loops = Array.from({ length: clients }, () => this.#loop());
  }

  /** Resolves when there have been that many more answers. */
  async more(count: number): Promise<void> {
    await new Promise<void>((resolve) => (this.#waiting = { count: this.#count + count, resolve }));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #loop(): Promise<void> {
    while (!this.#isOver) {
      const answer = await this.#ask().catch(String);
      this.answers[answer] = (this.answers[answer] ?? 0) + 1;
      if (++this.#count === this.#waiting?.count) this.#waiting.resolve();
    }
  }

  #ask(): Promise<string> {
    return new Promise((resolve, reject) => {
      request(this.#url, { agent: this.#agent })
        .once('response', (response) => void text(response).then(resolve, reject))
        .once('error', reject)
        .end();
    });
  }
}

describe.each(fronts)('$name', (front) => {
  test('no request fails while five origins are restarted one after another', async () => {
    const origins = Array.from({ length: 5 }, () => new RestartingOrigin());
    onTestFinished(async () => void (await Promise.all(origins.map((origin) => origin.end()))));
    for (const origin of origins) await origin.start();
    const { url, proxy } = await front.start({ to: origins.map(({ address }) => address) });
    const load = new Clients(url);
    onTestFinished(() => load.end());
    await load.more(calm);
    for (const origin of origins) {
      await origin.end();
      await load.more(calm);
      await origin.start();
      await load.more(calm);
    }
    await load.end();
    expect(Object.keys(load.answers)).toEqual(['fine']);
    // The proxy has met each of them while it was gone.
    for (const { ejections } of proxy.stats().upstream.endpoints) expect(ejections).toBeGreaterThan(0);
  });
});
