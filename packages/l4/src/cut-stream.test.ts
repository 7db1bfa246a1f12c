import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { cutStream } from './cut-stream.ts';

test('a stream that is no socket is destroyed', async () => {
  const stream = new PassThrough();
  cutStream(stream);
  await new Promise((resolve) => stream.once('close', resolve));
  expect(stream.destroyed).toBe(true);
});

test('cutting what is destroyed does nothing', () => {
  const stream = new PassThrough();
  stream.destroy();
  expect(() => cutStream(stream)).not.toThrow();
});
