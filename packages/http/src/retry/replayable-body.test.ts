import { expect, test } from 'vitest';
import type { Body, BodySink } from '../body/body.ts';
import { httpError } from '../errors.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { ReplayableBody } from './replayable-body.ts';

/** A body that a test pushes. */
class Source implements Body {
  size: number | undefined;
  started = false;
  cancelled = false;
  flushes = 0;
  sink: BodySink | undefined;

  pipe(sink: BodySink): void {
    this.started = true;
    this.sink = sink;
  }

  cancel(): void {
    this.started = true;
    this.cancelled = true;
  }

  push(text: string): boolean {
    return this.sink?.write(Buffer.from(text), () => this.flushes++) === true;
  }
}

/** A sink that takes everything, unless it is slow. */
class Sink implements BodySink {
  text = '';
  outcome = 'open';
  isSlow = false;
  flushed: (() => void) | undefined;

  write(chunk: Uint8Array, flushed: () => void): boolean {
    this.text += Buffer.from(chunk).toString();
    if (this.isSlow) this.flushed = flushed;
    return !this.isSlow;
  }

  end(): void {
    this.outcome = 'end';
  }

  fail(): void {
    this.outcome = 'fail';
  }
}

function setUp(maxBytes = 100) {
  const source = new Source();
  const body = new ReplayableBody(source, maxBytes);
  const attempt = (isSlow = false): { sink: Sink; body: Body } => {
    const sink = new Sink();
    sink.isSlow = isSlow;
    const next = body.next();
    next.pipe(sink);
    return { sink, body: next };
  };
  return { source, body, attempt };
}

test('flows through to the first attempt', () => {
  const { source, attempt } = setUp();
  const { sink } = attempt();
  expect(source.push('abc')).toBe(true);
  source.sink?.end(createHeaderList());
  expect([sink.text, sink.outcome]).toEqual(['abc', 'end']);
});

test('another attempt gets what has flowed, and then the rest', () => {
  const { source, body, attempt } = setUp();
  const first = attempt();
  source.push('abc');
  first.body.cancel(undefined);
  expect([body.isWhole, source.cancelled]).toEqual([true, false]);
  const second = attempt();
  expect(source.push('def')).toBe(true);
  source.sink?.end(undefined);
  expect([first.sink.text, second.sink.text, second.sink.outcome]).toEqual(['abc', 'abcdef', 'end']);
});

test('what comes between two attempts waits for the second, and the source with it', () => {
  const { source, attempt } = setUp();
  const first = attempt();
  source.push('abc');
  first.body.cancel(undefined);
  expect(source.push('def')).toBe(false);
  const second = attempt();
  expect([second.sink.text, source.flushes]).toEqual(['abcdef', 1]);
});

test('a source that waits for an attempt that was given up goes on with the next one', () => {
  const { source, attempt } = setUp();
  const first = attempt(true);
  expect(source.push('abc')).toBe(false);
  first.body.cancel(undefined);
  const second = attempt();
  expect([second.sink.text, source.flushes]).toEqual(['abc', 1]);
  first.sink.flushed?.();
  expect(source.flushes).toBe(1);
});

test('a slow second attempt gets the pieces one by one', () => {
  const { source, attempt } = setUp();
  const first = attempt();
  source.push('abc');
  source.push('def');
  first.body.cancel(undefined);
  const second = attempt(true);
  expect(second.sink.text).toBe('abc');
  second.sink.flushed?.();
  expect(second.sink.text).toBe('abcdef');
  expect(source.push('ghi')).toBe(false);
  second.sink.flushed?.();
  expect([second.sink.text, source.flushes]).toEqual(['abcdefghi', 0]);
  second.sink.flushed?.();
  expect(source.flushes).toBe(1);
});

test('a body that is over flows again as a whole', () => {
  const { source, attempt } = setUp();
  const first = attempt();
  source.push('abc');
  source.sink?.end(undefined);
  first.body.cancel(undefined);
  const second = attempt();
  expect([second.sink.text, second.sink.outcome]).toEqual(['abc', 'end']);
});

test('past the limit it is like any other body: not whole, and cancelled with its attempt', () => {
  const { source, body, attempt } = setUp(5);
  const first = attempt();
  source.push('abc');
  expect(body.isWhole).toBe(true);
  source.push('def');
  expect([body.isWhole, first.sink.text]).toEqual([false, 'abcdef']);
  first.body.cancel(undefined);
  expect(source.cancelled).toBe(true);
});

test('a body that is known to be too long remembers nothing, but is whole until it flows', () => {
  const source = new Source();
  source.size = 6;
  const body = new ReplayableBody(source, 5);
  expect(body.isWhole).toBe(true);
  body.next().cancel(undefined);
  expect([body.isWhole, source.cancelled]).toEqual([true, false]);
  body.next().pipe(new Sink());
  expect(body.isWhole).toBe(false);
});

test('a source that fails fails the attempt, and there is no other', () => {
  const { source, body, attempt } = setUp();
  const { sink } = attempt();
  source.sink?.fail(httpError('SLUICE_CLIENT_ABORTED', 'gone'));
  expect([sink.outcome, body.isWhole]).toEqual(['fail', false]);
});
