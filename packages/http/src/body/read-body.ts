// Reads a whole body into memory, up to a limit: for middleware that has to see it.
import { httpError } from '../errors.ts';
import type { Body } from './body.ts';

/**
 * Resolves to all bytes of a body. Its trailers are dropped.
 *
 * @param maxBytes - The most that is held in memory.
 * @throws ProxyError `SLUICE_BODY_TOO_LARGE` past the limit (the body is cancelled), or the error the body failed with.
 */
export function readBody(body: Body, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (): void => {
      const error = httpError('SLUICE_BODY_TOO_LARGE', `a body of more than ${maxBytes} bytes is not held in memory`);
      body.cancel(error);
      reject(error);
    };
    if (body.size !== undefined && body.size > maxBytes) {
      refuse();
      return;
    }
    body.pipe({
      write(chunk) {
        length += chunk.byteLength;
        if (length > maxBytes) refuse();
        else chunks.push(Buffer.from(chunk));
        return true;
      },
      end: () => resolve(Buffer.concat(chunks, length)),
      fail: reject,
    });
  });
}
