import { expect, test } from 'vitest';
import { httpError } from '../errors.ts';
import type { Body, BodySink } from './body.ts';
import { bytesBody } from './bytes-body.ts';
import { emptyBody } from './body.ts';
import { readBodyStart } from './read-body-start.ts';

/** A body that sends these pieces until it is cancelled, and then fails or ends. */
function bodyOf(pieces: readonly string[], error?: ReturnType<typeof httpError>): Body & { cancelled: boolean } {
  return {
    size: undefined,
    started: false,
    cancelled: false,
    pipe(sink: BodySink) {
      for (const piece of pieces) if (!this.cancelled) sink.write(Buffer.from(piece), () => {});
      if (this.cancelled) return;
      if (error === undefined) sink.end(undefined);
      else sink.fail(error);
    },
    cancel() {
      this.cancelled = true;
    },
  };
}

test('reads all of a short body', async () => {
  expect(String(await readBodyStart(bytesBody(Buffer.from('hello')), 100))).toBe('hello');
  expect(await readBodyStart(emptyBody, 100)).toHaveLength(0);
});

test('reads the start of a long one, and gives up the rest', async () => {
  const body = bodyOf(['hello ', 'world', ' and more']);
  expect(String(await readBodyStart(body, 8))).toBe('hello wo');
  expect(body.cancelled).toBe(true);
});

test('fails with a body that breaks off before its start is there', async () => {
  const cut = httpError('SLUICE_RESPONSE_CUT', 'cut');
  await expect(readBodyStart(bodyOf(['hello'], cut), 8)).rejects.toBe(cut);
  expect(String(await readBodyStart(bodyOf(['hello'], cut), 5))).toBe('hello');
});
