// A body as a Node stream, for middleware and applications that want one. The data path itself never needs it.
import { Readable } from 'node:stream';
import type { Body } from './body.ts';

/**
 * Turns a body into a Node stream, which starts the body's flow when it is first read.
 *
 * Destroying the stream cancels the body; a body that fails destroys the stream with its `ProxyError`. Trailers are dropped.
 */
export function bodyStream(body: Body): Readable {
  let resume: (() => void) | undefined;
  return new Readable({
    read() {
      if (!body.started) {
        body.pipe({
          write: (chunk, flushed) => {
            // The view belongs to the source, a stream's reader may keep what it gets: hence the copy.
            if (this.push(Buffer.from(chunk))) return true;
            resume = flushed;
            return false;
          },
          end: () => void this.push(null),
          fail: (error) => void this.destroy(error),
        });
        return;
      }
      const flushed = resume;
      resume = undefined;
      if (flushed !== undefined) queueMicrotask(flushed);
    },
    destroy(error, callback) {
      body.cancel(error);
      callback(error);
    },
  });
}
