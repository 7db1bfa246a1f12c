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
