import type { ProxyError } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BodySink } from '../body/body.ts';
import type { IncomingBody } from './incoming-body.ts';
import type { ResponseHead } from './response-head-reader.ts';
import type { ResponseReaderOwner } from './response-reader-owner.ts';
import { ResponseReader } from './response-reader.ts';

const limits = { maxBytes: 1_000, maxFields: 20 };

/** An owner that writes down what it hears. */
class Log implements ResponseReaderOwner {
  readonly lines: string[] = [];
  readonly reader: ResponseReader = new ResponseReader(limits, 'a.example:80', this);
  body: IncomingBody | undefined;
  isReady = true;
  /** What the receiver does in the call that brings the head. */
  atHead: (body: IncomingBody) => void = () => {};
  readonly #own = Buffer.alloc(32_768);

  onInterim({ status }: ResponseHead): void {
    this.lines.push(`interim ${status}`);
  }

  onHead({ status }: ResponseHead, _framing: unknown, body: IncomingBody | undefined): void {
    this.lines.push(`head ${status}`);
    this.body = body;
    if (body !== undefined) this.atHead(body);
  }

  onSwitched({ status }: ResponseHead, rest: Buffer): void {
    this.lines.push(`switched ${status} ${rest.toString()}`);
  }

  onComplete(excess: boolean): void {
    this.lines.push(excess ? 'complete with excess' : 'complete');
  }

  onReady(): void {
    this.isReady = true;
  }

  onFailed(error: ProxyError, answered: boolean): void {
    this.lines.push(`${error.code} ${answered ? 'answered' : 'unanswered'}`);
    this.reader.stop(error);
  }

  /** Brings bytes as a socket does: between bodies in memory that is overwritten at once, within one in memory that the next read overwrites. */
  receive(text: string): void {
    const isShared = this.reader.betweenBodies;
    const memory = isShared ? Buffer.alloc(text.length) : this.#own.fill(0x58).subarray(0, text.length);
    memory.write(text, 'latin1');
    this.isReady = this.reader.receive(memory, isShared);
    if (isShared) memory.fill(0x58);
  }
}

/** A receiver that takes the bytes only when told to, and looks at them as late as it may. */
class SlowSink implements BodySink {
  text = '';
  outcome = '';
  #held: { readonly chunk: Uint8Array; readonly flushed: () => void } | undefined;

  write(chunk: Uint8Array, flushed: () => void): boolean {
    this.#held = { chunk, flushed };
    return false;
  }

  end(trailers: Iterable<[string, string]> | undefined): void {
    this.outcome = `end ${trailers === undefined ? '' : [...trailers].join()}`;
  }

  fail(error: ProxyError): void {
    this.outcome = error.code;
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  flush(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    this.text += Buffer.from(held.chunk).toString('latin1');
    held.flushed();
  }
}

class QuickSink implements BodySink {
  text = '';
  outcome = '';

  write(chunk: Uint8Array): boolean {
    this.text += Buffer.from(chunk).toString('latin1');
    return true;
  }

  end(): void {
    this.outcome = 'end';
  }

  fail(error: ProxyError): void {
    this.outcome = error.code;
  }
}

function begin(method = 'GET'): Log {
  const log = new Log();
  log.reader.begin(method);
  return log;
}

test('reads one response after the other', () => {
  const log = begin();
  for (const text of ['one', 'three']) {
    const sink = new QuickSink();
    log.receive(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    log.body?.pipe(sink);
    expect([sink.text, sink.outcome]).toEqual([text, 'end']);
    log.reader.begin('GET');
  }
  expect(log.lines).toEqual(['head 200', 'complete', 'head 200', 'complete']);
});

test('a body that is piped in the call of its head gets in it what has come', () => {
  const log = begin();
  const sink = new QuickSink();
  let textAtHead = '';
  log.atHead = (body) => {
    body.pipe(sink);
    textAtHead = sink.text;
  };
  log.receive('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwho');
  log.receive('le');
  log.receive('!');
  expect([textAtHead, sink.text, sink.outcome]).toEqual(['who', 'whole!', 'end']);
  expect(log.lines).toEqual(['head 200', 'complete']);
});

test('such a body is still whole when its receiver needs the bytes for longer than their memory lasts', () => {
  const log = begin();
  const sink = new SlowSink();
  log.atHead = (body) => body.pipe(sink);
  log.receive('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
  expect(log.lines).toEqual(['head 200']);
  while (sink.isHolding) sink.flush();
  expect([sink.text, sink.outcome]).toEqual(['onetwo', 'end ']);
});

test('the exchange may go on to the next request in the call of its head', () => {
  const log = begin();
  const sink = new QuickSink();
  log.atHead = (body) => {
    body.pipe(sink);
    log.reader.begin('GET');
  };
  log.receive('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none');
  log.receive('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo');
  expect([sink.text, log.lines]).toEqual(['onetwo', ['head 200', 'complete', 'head 200', 'complete']]);
});

test.each([
  ['small one, whose rest is read', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab', ['head 200', 'complete']],
  [
    'large one, whose rest is not',
    'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nab',
    ['head 200', 'SLUICE_CLIENT_ABORTED answered'],
  ],
])('a body can be cancelled in the call of its head: a %s', (_, start, lines) => {
  const log = begin();
  log.atHead = (body) => body.cancel();
  log.receive(start);
  log.receive('cd');
  expect(log.lines).toEqual(lines);
});

test('sets a small body aside without a stop of reading, and stops for a large one until it is wanted', () => {
  const small = begin();
  small.receive('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
  expect(small.isReady).toBe(true);
  small.receive('cd');
  expect(small.isReady).toBe(true);
  const large = begin();
  large.receive(`HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(20_000)}`);
  expect(large.isReady).toBe(false);
  const sink = new QuickSink();
  large.body?.pipe(sink);
  expect([large.isReady, sink.text.length]).toEqual([true, 20_000]);
});

test('does not stop for a large body that is all there', () => {
  const log = begin();
  log.receive(`HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n${'x'.repeat(20_000)}`);
  expect([log.isReady, log.reader.betweenBodies]).toEqual([true, true]);
  const sink = new QuickSink();
  log.body?.pipe(sink);
  expect([sink.text.length, log.lines.at(-1)]).toEqual([20_000, 'complete']);
});

test('answers without a body are complete with their head', () => {
  const log = begin('HEAD');
  log.receive('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n');
  expect([log.lines, log.body]).toEqual([['head 200', 'complete'], undefined]);
});

test('tells of interim heads before the final one', () => {
  const log = begin();
  log.receive(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  );
  expect(log.lines).toEqual(['interim 100', 'interim 103', 'head 204', 'complete']);
});

test('hands over the bytes behind a switch of protocols', () => {
  const log = begin();
  log.receive('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nfirst frame');
  expect(log.lines).toEqual(['switched 101 first frame']);
});

test.each([
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na'],
  ['GET', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab'],
  ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n'],
])('notices bytes behind the response to %s: %j', (method, text) => {
  const log = begin(method);
  log.receive(text);
  log.body?.pipe(new QuickSink());
  expect(log.lines.at(-1)).toBe('complete with excess');
});

test.each([
  ['', 'SLUICE_SEND_FAILED unanswered'],
  ['HTTP/1.1 2', 'SLUICE_RESPONSE_INVALID answered'],
  ['HTTP/1.1 103 Early Hints\r\n\r\n', 'SLUICE_RESPONSE_INVALID answered'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc', 'SLUICE_RESPONSE_CUT answered'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'SLUICE_RESPONSE_CUT answered'],
])('a connection that ends after %j fails the response', (text, line) => {
  for (const ending of ['proper', 'broken'] as const) {
    const log = begin();
    if (text !== '') log.receive(text);
    log.body?.pipe(new QuickSink());
    log.reader.endInput(ending, undefined);
    expect(log.lines.at(-1)).toBe(line);
  }
});

test('a proper end completes a body that lasts until the connection closes, a broken one cuts it', () => {
  for (const [ending, outcome] of [
    ['proper', 'end'],
    ['broken', 'SLUICE_RESPONSE_CUT'],
  ] as const) {
    const log = begin();
    const sink = new QuickSink();
    log.receive('HTTP/1.1 200 OK\r\n\r\nabc');
    log.reader.endInput(ending, undefined);
    log.body?.pipe(sink);
    expect([sink.text, sink.outcome]).toEqual(['abc', outcome]);
  }
});

test('passes on what had come before the connection ended', () => {
  const log = begin();
  const sink = new SlowSink();
  log.receive('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
  log.receive('cd');
  log.reader.endInput('broken', undefined);
  log.body?.pipe(sink);
  sink.flush();
  sink.flush();
  expect([sink.text, sink.outcome]).toEqual(['abcd', 'end ']);
});

test('a malformed body fails it, and whatever the receiver throws does too', () => {
  const log = begin();
  const sink = new QuickSink();
  log.receive('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc');
  log.body?.pipe(sink);
  expect([sink.text, sink.outcome]).toEqual(['ab', 'SLUICE_RESPONSE_CUT']);
  const other = begin();
  other.receive('HTTP/1.1 200 OK\r\n\r\nabc');
  other.body?.pipe({
    write: () => {
      throw new Error('bug');
    },
    end: () => {},
    fail: (error) => void other.lines.push(error.message),
  });
  expect(other.lines.slice(1)).toEqual(['SLUICE_INTERNAL answered', 'the receiver of a response failed']);
});

test('reads a short rest for nobody when the body is cancelled, and gives up a long one', () => {
  const short = begin();
  short.receive('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
  short.body?.cancel();
  short.receive('cd');
  expect(short.lines).toEqual(['head 200', 'complete']);
  for (const framing of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
    const long = begin();
    long.receive(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
    long.body?.cancel();
    expect(long.lines).toEqual(['head 200', 'SLUICE_CLIENT_ABORTED answered']);
  }
});

test('gives up a body that is cancelled while its receiver holds a view', () => {
  const log = begin();
  log.receive('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
  log.body?.pipe(new SlowSink());
  log.body?.cancel();
  expect(log.lines).toEqual(['head 200', 'SLUICE_CLIENT_ABORTED answered']);
  expect(log.reader.holdsViews).toBe(true);
});

test('a receiver that cancels within write hears nothing more', () => {
  const log = begin();
  const heard: string[] = [];
  log.receive(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n7d0\r\n${'b'.repeat(2000)}\r\n`);
  const { body } = log;
  body?.pipe({
    write: (chunk) => {
      heard.push(Buffer.from(chunk).toString());
      body.cancel();
      return true;
    },
    end: () => void heard.push('end'),
    fail: (error) => void heard.push(error.code),
  });
  expect(heard).toEqual(['a']);
  expect(log.lines).toEqual(['head 200', 'SLUICE_CLIENT_ABORTED answered']);
});

test('delivers every byte in order, however it arrives and however slowly it is taken', () => {
  const payload = Array.from({ length: 400 }, (_, index) => String.fromCharCode(33 + (index % 90))).join('');
  const chunks = payload.match(/.{1,37}/g) ?? [];
  const bodies = {
    length: `Content-Length: 400\r\n\r\n${payload}`,
    chunked: `Transfer-Encoding: chunked\r\n\r\n${chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('')}0\r\nX-A: 1\r\n\r\n`,
    close: `\r\n${payload}`,
  };
  const step = fc.oneof(fc.constant('flush' as const), fc.integer({ min: 1, max: 150 }));
  fc.assert(
    fc.property(fc.constantFrom('length', 'chunked', 'close'), fc.array(step), fc.nat(10), (kind, steps, pipeAt) => {
      const log = begin();
      const sink = new SlowSink();
      let rest = `HTTP/1.1 200 OK\r\n${bodies[kind]}`;
      let isPiped = false;
      const all = [...steps, ...Array.from({ length: 500 }, (_, index) => (index % 2 === 0 ? ('flush' as const) : 40))];
      for (const [index, one] of all.entries()) {
        if (one === 'flush') sink.flush();
        else if (log.isReady && rest !== '') {
          log.receive(rest.slice(0, one));
          rest = rest.slice(one);
          if (rest === '' && kind === 'close') log.reader.endInput('proper', undefined);
        }
        if (!isPiped && index >= pipeAt && log.body !== undefined) {
          isPiped = true;
          log.body.pipe(sink);
        }
      }
      expect([sink.text, sink.isHolding, sink.outcome]).toEqual([
        payload,
        false,
        kind === 'chunked' ? 'end X-A,1' : 'end ',
      ]);
      expect(log.lines).toEqual(['head 200', 'complete']);
    }),
  );
});

test('garbage fails the response or is one, and nothing is ever thrown', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.constantFrom(
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 103 X\r\n\r\n',
      'Content-Length: 3\r\n',
      '\r\n',
      '\r\n\r\n',
      'abc',
    ),
    fc.constantFrom('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n', '0\r\n', 'Connection: close\r\n', 'A: b\r\n'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('proper', 'broken'), (pieces, ending) => {
      const log = begin();
      const sink = new QuickSink();
      for (const text of pieces) {
        if (log.reader.isIdle) break;
        log.receive(text);
        if (log.body?.started === false) log.body.pipe(sink);
      }
      log.reader.endInput(ending, undefined);
      const ends = log.lines.filter((line) => /^(complete|switched|SLUICE_)/.test(line));
      expect([ends.length, log.reader.isIdle]).toEqual([1, true]);
      expect(log.body === undefined || sink.outcome !== '').toBe(true);
    }),
    { numRuns: 500 },
  );
});
