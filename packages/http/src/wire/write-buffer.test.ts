import fc from 'fast-check';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { WriteBuffer } from './write-buffer.ts';

/** A stream that takes a write when told to, and looks at its bytes only then. */
class SlowTarget extends Writable {
  text = '';
  writes = 0;
  #take: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes++;
    this.#take = () => {
      this.text += chunk.toString('latin1');
      done();
    };
  }

  takeAll(): void {
    for (let take = this.#take; take !== undefined; take = this.#take) {
      this.#take = undefined;
      take();
    }
  }
}

/** A stream that takes each write at once, as a socket does whose kernel has room. */
class FastTarget extends Writable {
  text = '';
  writes = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes++;
    this.text += chunk.toString('latin1');
    done();
  }
}

test('sends what was added in one write, in order', () => {
  const buffer = new WriteBuffer();
  const target = new FastTarget();
  buffer.text('a\u00e9');
  buffer.bytes(Buffer.from('bc'));
  buffer.text('d');
  buffer.flush(target);
  expect([target.text, target.writes]).toEqual(['a\u00e9bcd', 1]);
});

test('writes nothing when nothing was added, or it was dropped', () => {
  const buffer = new WriteBuffer();
  const target = new FastTarget();
  buffer.flush(target);
  buffer.text('lost');
  buffer.drop();
  buffer.flush(target);
  expect(target.writes).toBe(0);
});

test('leaves alone the memory of a write that the target has not taken', () => {
  const buffer = new WriteBuffer();
  const slow = new SlowTarget();
  buffer.text('first ');
  buffer.flush(slow);
  buffer.text('other!');
  buffer.flush(new FastTarget());
  buffer.text('second');
  buffer.flush(slow);
  slow.takeAll();
  expect(slow.text).toBe('first second');
});

test('takes text of any length, and is of its usual size again afterwards', () => {
  const buffer = new WriteBuffer();
  const target = new FastTarget();
  const long = 'x'.repeat(200_000);
  buffer.text('head ');
  buffer.text(long);
  expect(buffer.fits(1)).toBe(false);
  buffer.flush(target);
  expect(target.text).toBe(`head ${long}`);
  expect(buffer.fits(48 * 1024)).toBe(false);
  expect(buffer.fits(32 * 1024)).toBe(true);
});

test('bytes that fit always find room, whatever was added before', () => {
  const text = fc.nat(60_000).map((length) => ({ kind: 'text', length }));
  const bytes = fc.nat(60_000).map((length) => ({ kind: 'bytes', length }));
  fc.assert(
    fc.property(fc.array(fc.oneof(text, bytes), { maxLength: 12 }), (steps) => {
      const buffer = new WriteBuffer();
      const target = new FastTarget();
      let expected = '';
      for (const [index, { kind, length }] of steps.entries()) {
        const piece = String.fromCharCode(97 + index).repeat(length);
        if (kind === 'text') buffer.text(piece);
        else {
          if (!buffer.fits(length)) buffer.flush(target);
          if (!buffer.fits(length)) continue;
          buffer.bytes(Buffer.from(piece));
        }
        expected += piece;
      }
      buffer.flush(target);
      expect(target.text === expected).toBe(true);
    }),
    { numRuns: 50 },
  );
});
