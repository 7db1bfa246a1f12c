import type { ProxyError } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Body, BodySink } from '../body/body.ts';
import { httpError } from '../errors.ts';
import type { HeaderList } from '../headers/header-list.ts';
import type { RequestFraming, RequestHead } from './request-head-reader.ts';
import { RequestReader, type RequestReaderOwner } from './request-reader.ts';

const limits = { maxBytes: 500, maxFields: 10, maxTargetBytes: 100, maxBodyBytes: 60_000 };

/** A receiver that takes the bytes at once, or only when told to. */
class Sink implements BodySink {
  text = '';
  readonly #isSlow: boolean;
  readonly #log: string[];
  #held: (() => void) | undefined;

  constructor(isSlow: boolean, log: string[]) {
    this.#isSlow = isSlow;
    this.#log = log;
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    if (this.#held !== undefined) throw new Error('written to while it holds a view');
    const copy = (): void => void (this.text += Buffer.from(chunk).toString('latin1'));
    if (!this.#isSlow) {
      copy();
      return true;
    }
    this.#held = () => {
      copy();
      flushed();
    };
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    this.#log.push(`body ${this.text}${trailers === undefined ? '' : ` ${trailers.toFlat().join('=')}`}`);
  }

  fail(error: ProxyError): void {
    this.#log.push(`body failed ${error.code}`);
  }

  /** @returns whether there was anything to take */
  flush(): boolean {
    const held = this.#held;
    this.#held = undefined;
    held?.();
    return held !== undefined;
  }
}

type Habit = 'reads at once' | 'reads later' | 'reads slowly' | 'discards';

/** An owner that writes down what it hears, and goes on to the next request when one is read and served. */
class Log implements RequestReaderOwner {
  readonly lines: string[] = [];
  readonly reader: RequestReader = new RequestReader(limits, this);
  isReady = true;
  body: Body | undefined;
  sink: Sink | undefined;
  readonly #habit: Habit;
  #isServing = false;

  constructor(habit: Habit = 'reads at once') {
    this.#habit = habit;
  }

  onRequest({ method, target }: RequestHead, { kind }: RequestFraming, body: Body): void {
    this.lines.push(`${method} ${target} ${kind}`);
    this.#isServing = true;
    if (kind === 'none') return;
    this.body = body;
    if (this.#habit === 'reads at once') this.pipe();
  }

  onFault(error: ProxyError, head: RequestHead | undefined): void {
    this.lines.push(`${error.code}${head === undefined ? '' : ` ${head.target}`}`);
  }

  onBodyFault({ code }: ProxyError): void {
    this.lines.push(`fault ${code}`);
  }

  onRequestRead(): void {
    // As the server connection does: a request that was answered early makes room for the next as soon as its body has passed.
    if (!this.#isServing) this.reader.next();
  }

  onBodyWanted(): void {}

  onReady(): void {
    this.isReady = true;
  }

  pipe(): void {
    this.sink = new Sink(this.#habit === 'reads slowly', this.lines);
    this.body?.pipe(this.sink);
  }

  receive(text: string): void {
    if (!this.reader.receive(Buffer.from(text, 'latin1'))) this.isReady = false;
  }

  /** Serves what has come, as far as it has. */
  serve(): void {
    while (this.#isServing) {
      if (this.reader.isRequestRead) {
        this.#isServing = false;
        this.reader.next();
      } else if (this.#habit === 'discards') {
        this.#isServing = false;
        this.body?.cancel(undefined);
      } else if (this.body?.started === false) this.pipe();
      else if (this.sink?.flush() !== true) return;
    }
  }
}

const messages = [
  'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0a\r\n0123456789\r\n0\r\nA: b\r\nHost: c\r\n\r\n',
  'DELETE /4 HTTP/1.0\r\nContent-Length: 0\r\n\r\n',
  'POST /5 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz',
];
const heard = [
  'GET /1 none',
  'POST /2 length',
  'body hello',
  'PUT /3 chunked',
  'body abc0123456789 A=b',
  'DELETE /4 none',
];
const last = ['POST /5 length', 'body xyz'];

/** Sends the text in pieces; serves before each piece, or in the end only. */
function play(habit: Habit, pieces: readonly string[], isEager: boolean): string[] {
  const log = new Log(habit);
  for (const piece of pieces) {
    if (isEager) log.serve();
    log.receive(piece);
  }
  log.serve();
  return log.lines;
}

function split(text: string, cuts: readonly number[]): string[] {
  const edges = [0, ...new Set(cuts.filter((cut) => cut < text.length)), text.length].toSorted((a, b) => a - b);
  return edges.slice(1).map((end, index) => text.slice(edges[index], end));
}

test.each<Habit>(['reads at once', 'reads later', 'reads slowly', 'discards'])(
  'an owner that %s gets the same requests wherever the bytes are cut',
  (habit) => {
    const expected = [...heard, ...last].filter((line) => habit !== 'discards' || !line.startsWith('body'));
    const cuts = fc.array(fc.nat(messages.join('').length), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (at, isEager) => {
        expect(play(habit, split(messages.join(''), at), isEager)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  },
);

test('reads one request at a time; the next waits until it is asked for', () => {
  const log = new Log();
  log.receive(messages.join(''));
  expect([log.lines, log.reader.isRequestRead]).toEqual([['GET /1 none'], true]);
  log.reader.next();
  expect(log.lines).toHaveLength(3);
});

test('tells the owner to stop when 16 KiB wait, and when to go on', () => {
  const log = new Log('reads later');
  log.receive('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n');
  for (let sent = 0; log.isReady; sent += 1_000) {
    expect(sent).toBeLessThanOrEqual(17_000);
    log.receive('x'.repeat(1_000));
  }
  log.pipe();
  expect(log.isReady).toBe(true);
});

test('tells the owner to stop when 64 pieces wait, however small', () => {
  const log = new Log('reads later');
  log.receive('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  for (let sent = 0; log.isReady; sent++) {
    expect(sent).toBeLessThanOrEqual(65);
    log.receive('x');
  }
  expect(log.reader.takeRest().length).toBe(65);
});

test('a receiver that is busy stops the flow, and starts it again', () => {
  const log = new Log('reads slowly');
  log.receive('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n');
  log.pipe();
  log.receive('abc');
  expect([log.isReady, log.reader.awaitsBody]).toEqual([false, false]);
  log.sink?.flush();
  expect([log.isReady, log.reader.awaitsBody]).toEqual([true, true]);
});

test('knows whether a request has begun', () => {
  const { reader } = new Log();
  const states = ['', '\r\n', 'G', 'ET / HTTP/1.1\r\n\r\n'].map((text) => {
    reader.receive(Buffer.from(text));
    return [reader.isIdle, reader.isInHead, reader.isRequestRead];
  });
  expect(states).toEqual([
    [true, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});

test.each([
  ['a malformed head, and reads nothing more', 'GET / HTTP/1.1\r\nA : b\r\n\r\n', 'SLUICE_FRAMING_INVALID'],
  [
    'bad framing, with the head at fault',
    'POST /x HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'SLUICE_FRAMING_INVALID /x',
  ],
])('reports %s', (_title, text, line) => {
  const log = new Log();
  log.receive(`${text}GET /smuggled HTTP/1.1\r\n\r\n`);
  log.receive('GET /smuggled HTTP/1.1\r\n\r\n');
  expect([log.lines, log.reader.isBroken]).toEqual([[line], true]);
});

test('a malformed body fails, and nothing behind it is read', () => {
  const log = new Log();
  log.receive(
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
  );
  const heardOf = ['POST / chunked', 'body failed SLUICE_FRAMING_INVALID', 'fault SLUICE_FRAMING_INVALID'];
  expect([log.lines, log.reader.isBroken]).toEqual([heardOf, true]);
});

test('a body over the limit fails, however it is framed', () => {
  const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
  const log = new Log();
  log.receive(`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(15)}`);
  expect(log.lines.slice(-2)).toEqual(['body failed SLUICE_BODY_TOO_LARGE', 'fault SLUICE_BODY_TOO_LARGE']);
  expect(log.sink?.text.length).toBeLessThanOrEqual(limits.maxBodyBytes);
});

test('a body under way fails when the connection stops, and what is sent later is not kept', () => {
  const log = new Log();
  log.receive('POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe');
  log.reader.stop(httpError('SLUICE_CLIENT_ABORTED', 'gone'));
  log.receive('llo');
  expect([log.lines.at(-1), log.reader.takeRest().length]).toEqual(['body failed SLUICE_CLIENT_ABORTED', 0]);
});

test('gives away what came behind a request', () => {
  const log = new Log();
  log.receive(`${messages[0]}some`);
  log.receive('thing');
  expect([log.reader.takeRest().toString(), log.reader.takeRest().length]).toEqual(['something', 0]);
});
