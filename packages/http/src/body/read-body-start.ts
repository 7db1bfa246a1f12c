// Reads the first bytes of a body and gives up the rest: for those who need to see what it begins with, and that it is sound so far.
import type { Body } from './body.ts';

/** Resolves to the first `maxBytes` bytes, or to all of them if there are less. Rejects with the error of a body that fails before. */
export function readBodyStart(body: Body, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (): void => resolve(Buffer.concat(chunks, length));
    body.pipe({
      write(chunk) {
        const kept = Buffer.from(chunk.subarray(0, maxBytes - length));
        chunks.push(kept);
        length += kept.byteLength;
        if (length === maxBytes) {
          body.cancel(undefined);
          finish();
        }
        return true;
      },
      end: finish,
      fail: reject,
    });
  });
}
