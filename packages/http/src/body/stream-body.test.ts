import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { httpError } from '../errors.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { bodyStream } from './body-stream.ts';
import { readBody } from './read-body.ts';
import { streamBody } from './stream-body.ts';

test('carries all bytes of a stream, text as UTF-8', async () => {
  const body = streamBody(Readable.from(['a', Buffer.from('b'), 'ç']));
  expect((await readBody(body, 100)).toString()).toBe('abç');
});

test('pauses the stream until the sink has flushed', async () => {
  const stream = new PassThrough();
  const chunks: string[] = [];
  let flush = (): void => {};
  streamBody(stream).pipe({
    write(chunk, flushed) {
      chunks.push(Buffer.from(chunk).toString());
      flush = flushed;
      return false;
    },
    end: () => void chunks.push('end'),
    fail: (error) => void chunks.push(error.code),
  });
  stream.write('one');
  stream.write('two');
  await new Promise(setImmediate);
  expect(chunks).toEqual(['one']);
  expect(stream.isPaused()).toBe(true);
  flush();
  await new Promise(setImmediate);
  expect(chunks).toEqual(['one', 'two']);
  flush();
  stream.end();
  await once(stream, 'close');
  expect(chunks).toEqual(['one', 'two', 'end']);
});

test('hands over the trailers at the end', async () => {
  const trailers = createHeaderList(['X-Sum', '1']);
  const seen = await new Promise((resolve, reject) => {
    streamBody(Readable.from(['a']), { trailers: () => trailers }).pipe({
      write: () => true,
      end: resolve,
      fail: reject,
    });
  });
  expect(seen).toBe(trailers);
});

test('fails when the stream breaks, also before it was piped', async () => {
  const stream = new PassThrough();
  const body = streamBody(stream);
  stream.destroy(new Error('disk gone'));
  await new Promise((resolve) => stream.once('close', resolve));
  await expect(readBody(body, 100)).rejects.toMatchObject({ code: 'SLUICE_INTERNAL', cause: { message: 'disk gone' } });
});

test('fails when the stream closes without an end', async () => {
  const stream = new PassThrough();
  const reading = readBody(streamBody(stream), 100);
  stream.write('half');
  stream.destroy();
  await expect(reading).rejects.toMatchObject({ code: 'SLUICE_INTERNAL' });
});

test('fails with the error its owner makes', async () => {
  const stream = new PassThrough();
  const toError = (cause: unknown) => httpError('SLUICE_CLIENT_ABORTED', 'gone', { cause });
  const reading = readBody(streamBody(stream, { toError }), 100);
  stream.destroy(new Error('reset'));
  await expect(reading).rejects.toMatchObject({ code: 'SLUICE_CLIENT_ABORTED' });
});

test('destroys the stream when it is cancelled, and lets it fail in peace', async () => {
  const stream = new PassThrough();
  streamBody(stream).cancel(undefined);
  stream.destroy(new Error('nobody listens'));
  await new Promise((resolve) => stream.once('close', resolve));
  expect(stream.destroyed).toBe(true);
});

test('read into memory only up to the limit', async () => {
  const stream = Readable.from(['12345', '67890']);
  await expect(readBody(streamBody(stream), 9)).rejects.toMatchObject({ code: 'SLUICE_BODY_TOO_LARGE' });
  expect(stream.destroyed).toBe(true);
  await expect(readBody(streamBody(Readable.from(['x']), { size: 10 }), 9)).rejects.toMatchObject({
    code: 'SLUICE_BODY_TOO_LARGE',
  });
});

test('becomes a stream again, with backpressure', async () => {
  const source = Readable.from(Array.from({ length: 100 }, (_, index) => Buffer.alloc(10_000, index)));
  const received: Buffer[] = [];
  for await (const chunk of bodyStream(streamBody(source))) received.push(chunk as Buffer);
  expect(Buffer.concat(received).byteLength).toBe(1_000_000);
  expect(Buffer.concat(received)[999_999]).toBe(99);
});

test('destroying the stream made of a body cancels the body', async () => {
  const source = new PassThrough();
  const stream = bodyStream(streamBody(source));
  stream.resume();
  stream.destroy();
  await once(source, 'close');
  expect(source.destroyed).toBe(true);
});
