import { expect, test } from 'vitest';
import { emptyBody, type BodySink } from './body.ts';
import { bytesBody } from './bytes-body.ts';

function recordingSink(takes: boolean): BodySink & { readonly log: string[]; flushed: () => void } {
  const log: string[] = [];
  return {
    log,
    flushed: () => {},
    write(chunk, flushed) {
      log.push(Buffer.from(chunk).toString());
      this.flushed = flushed;
      return takes;
    },
    end: () => void log.push('end'),
    fail: (error) => void log.push(error.code),
  };
}

test('an empty text is the empty body', () => {
  expect(bytesBody('')).toBe(emptyBody);
});

test('sends its bytes and ends at once when the sink takes them', () => {
  const sink = recordingSink(true);
  bytesBody('héllo').pipe(sink);
  expect(sink.log).toEqual(['héllo', 'end']);
});

test('ends only when the sink has flushed', () => {
  const sink = recordingSink(false);
  bytesBody('hello').pipe(sink);
  expect(sink.log).toEqual(['hello']);
  sink.flushed();
  expect(sink.log).toEqual(['hello', 'end']);
});

test('many bytes come in pieces, each when the one before was flushed', () => {
  const sink = recordingSink(false);
  bytesBody('x'.repeat(600_000)).pipe(sink);
  for (let pieces = 1; pieces <= 3; pieces++) {
    expect(sink.log).toHaveLength(pieces);
    sink.flushed();
  }
  expect(sink.log.map(({ length }) => length)).toEqual([262_144, 262_144, 75_712, 3]);
});

test('says nothing after it was cancelled', () => {
  const sink = recordingSink(false);
  const body = bytesBody('hello');
  body.pipe(sink);
  body.cancel(undefined);
  sink.flushed();
  expect(sink.log).toEqual(['hello']);
});

test('knows its size in bytes and flows only once', () => {
  const body = bytesBody('é');
  expect(body.size).toBe(2);
  expect(body.started).toBe(false);
  body.pipe(recordingSink(true));
  expect(body.started).toBe(true);
  expect(() => body.pipe(recordingSink(true))).toThrow('only once');
});
