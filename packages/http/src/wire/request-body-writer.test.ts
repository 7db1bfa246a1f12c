import { createManualClock, type ManualClock, type ProxyError } from '@sluice/core';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ScriptedBody } from '../transport/contract/scripted-body.ts';
import { PhaseTimer } from './phase-timer.ts';
import { RequestBodyWriter, type RequestBodyOwner } from './request-body-writer.ts';

/** The writing side of a socket whose system takes bytes only when it is told to. */
class Kernel extends Writable {
  taken = '';
  isFull = false;
  #pending: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const take = (): void => {
      this.taken += chunk.toString('latin1');
      done();
    };
    if (this.isFull) this.#pending = take;
    else take();
  }

  drain(): void {
    this.isFull = false;
    this.#pending?.();
  }
}

interface WriterSetup {
  readonly kernel: Kernel;
  readonly writer: RequestBodyWriter;
  readonly clock: ManualClock;
  readonly log: string[];
  readonly owner: { isReadingPaused: boolean };
}

function setUp(size?: number): WriterSetup {
  const kernel = new Kernel();
  const clock = createManualClock();
  const log: string[] = [];
  const owner: RequestBodyOwner & { isReadingPaused: boolean } = {
    isReadingPaused: false,
    onRequestSent: () => void log.push('sent'),
    onRequestFailed: (error: ProxyError) => void log.push(error.code),
  };
  const timer: PhaseTimer = new PhaseTimer(clock, () => writer.expire());
  const options = { timer, idleMs: 100, endpoint: 'a.example:80' };
  const body = new ScriptedBody(size);
  const writer = new RequestBodyWriter(kernel as unknown as Socket, body, owner, options);
  writer.start();
  return { kernel, writer, clock, log, owner };
}

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test('gives memory back at once when the system has taken it, and later when it has not', async () => {
  const { kernel, writer } = setUp();
  expect(writer.write(Buffer.from('one'), () => expect.unreachable())).toBe(true);
  kernel.isFull = true;
  let flushed = 0;
  expect(writer.write(Buffer.from('two'), () => void flushed++)).toBe(false);
  // The callback of the first write runs here; it says nothing about the second.
  await nextTick();
  expect(flushed).toBe(0);
  kernel.drain();
  await nextTick();
  expect([flushed, kernel.taken]).toEqual([1, '3\r\none\r\n3\r\ntwo\r\n']);
});

test('sends as many bytes as it was told, neither more nor fewer', () => {
  const exact = setUp(3);
  exact.writer.write(Buffer.from('abc'), () => {});
  exact.writer.end(undefined);
  expect([exact.kernel.taken, exact.log]).toEqual(['abc', ['sent']]);
  const more = setUp(3);
  more.writer.write(Buffer.from('abcd'), () => {});
  more.writer.end(undefined);
  expect([more.kernel.taken, more.log]).toEqual(['', ['SLUICE_INTERNAL']]);
  const fewer = setUp(3);
  fewer.writer.write(Buffer.from('ab'), () => {});
  fewer.writer.end(undefined);
  expect([fewer.kernel.taken, fewer.log]).toEqual(['ab', ['SLUICE_INTERNAL']]);
});

test('writes no empty chunk, which would end the body', () => {
  const { kernel, writer, log } = setUp();
  expect(writer.write(Buffer.alloc(0), () => {})).toBe(true);
  expect([kernel.taken, log]).toEqual(['', []]);
});

test('writes nothing once it was abandoned', () => {
  const { kernel, writer, log } = setUp();
  writer.abandon(undefined);
  expect(writer.write(Buffer.from('a'), () => {})).toBe(true);
  writer.end(undefined);
  expect([kernel.taken, log]).toEqual(['', []]);
});

test('tells the slow client from the slow endpoint', () => {
  const client = setUp();
  client.writer.write(Buffer.from('a'), () => {});
  client.clock.advance(99);
  client.writer.write(Buffer.from('b'), () => {});
  client.clock.advance(99);
  expect(client.log).toEqual([]);
  client.clock.advance(1);
  expect(client.log).toEqual(['SLUICE_REQUEST_TIMEOUT']);
  const endpoint = setUp();
  endpoint.kernel.isFull = true;
  endpoint.writer.write(Buffer.from('a'), () => {});
  endpoint.clock.advance(100);
  expect(endpoint.log).toEqual(['SLUICE_SEND_FAILED']);
});

test('blames nobody while we read nothing ourselves', () => {
  const { kernel, writer, clock, log, owner } = setUp();
  kernel.isFull = true;
  owner.isReadingPaused = true;
  writer.write(Buffer.from('a'), () => {});
  clock.advance(1_000);
  expect(log).toEqual([]);
  owner.isReadingPaused = false;
  clock.advance(100);
  expect(log).toEqual(['SLUICE_SEND_FAILED']);
});

test('leaves no timer running when the body is sent', () => {
  const { writer, clock, log } = setUp();
  writer.end(undefined);
  clock.advance(1_000);
  expect(log).toEqual(['sent']);
});
