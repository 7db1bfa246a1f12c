// Attack: whatever bytes, cut anywhere, from clients that leave by any way at any moment, before origins that do the same.
// Impact: an exception that nobody catches ends the process; a socket or an exchange that nobody ends is there for good.
// Guard: every phase ends by itself, and every socket has somebody who listens for its errors. The test runner fails on what nobody has caught.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { Dice } from '../fuzz/dice.ts';
import { mutate, split } from '../fuzz/mutators.ts';
import { makeRequest } from '../fuzz/request-grammar.ts';
import { makeResponse } from '../fuzz/response-grammar.ts';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { fronts } from '../support/fronts.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';

const clients = 16;
const turns = 12;
const shortMs = 100;
const timeouts = {
  requestHeadMs: shortMs,
  keepAliveMs: shortMs,
  responseHeadMs: shortMs,
  requestBodyIdleMs: shortMs,
  responseBodyIdleMs: shortMs,
  upgradeIdleMs: shortMs,
};

const extras = [
  'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
  'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
];

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

function makeAttack(dice: Dice): string {
  let bytes = dice.chance(0.3) ? dice.pick(extras) : makeRequest(dice);
  for (let more = dice.below(3); more > 0; more--) bytes += dice.chance(0.2) ? dice.pick(extras) : makeRequest(dice);
  return dice.chance(0.3) ? mutate(dice, bytes) : dice.chance(0.1) ? dice.bytes(300) : bytes;
}

function makeAnswer(dice: Dice): string {
  const bytes = dice.chance(0.2) ? switching : makeResponse(dice);
  return dice.chance(0.2) ? mutate(dice, bytes) : bytes;
}

function leave(dice: Dice, socket: Socket): void {
  // A reset behind an end would lose the socket, which is ours here (docs/notes/sockets.md).
  if (socket.writableEnded) socket.destroy();
  else dice.pick([() => socket.end(), () => socket.destroy(), () => socket.resetAndDestroy(), () => {}])();
}

/** Answers what has come with something, or leaves. */
function misbehave(dice: Dice, socket: Socket): void {
  socket.on('data', () => {
    if (dice.chance(0.1)) leave(dice, socket);
    else if (!socket.writableEnded) socket.write(makeAnswer(dice), 'latin1');
  });
  socket.on('end', () => dice.chance(0.8) && socket.end());
}

async function attack(dice: Dice, port: number): Promise<void> {
  const client = await connectRaw(port);
  const { socket } = client;
  if (dice.chance(0.1)) socket.pause();
  for (const piece of split(dice, makeAttack(dice))) {
    if (client.isClosed || socket.writableEnded) break;
    client.send(piece);
    if (dice.chance(0.3)) await sleep(dice.below(3));
    if (dice.chance(0.05)) leave(dice, socket);
  }
  if (dice.chance(0.3)) leave(dice, socket);
  await sleep(dice.below(shortMs / 2));
  socket.destroy();
}

describe.each(fronts)('$name', (front) => {
  test('is left as it was, whatever clients and origins do', async () => {
    expectNoResourcesLeft();
    const server = await startRawServer();
    const origins = new Dice(1);
    const accept = async (): Promise<void> => {
      for (;;) misbehave(origins, await server.accept());
    };
    void accept();
    const { port, proxy } = await front.start({
      upstream: { endpoints: [`http://127.0.0.1:${server.port}`], health: { maxFails: 0 } },
      timeouts,
    });
    const work = Array.from({ length: clients }, async (_, seed) => {
      const dice = new Dice(100 + seed);
      for (let turn = 0; turn < turns; turn++) await attack(dice, port);
    });
    await Promise.all(work);
    expect(proxy.stats().exchangesBegun).toBeGreaterThan(clients);
    await vi.waitFor(
      () => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }),
      10_000,
    );
  });
});
