// Writes the chunked transfer coding (RFC 9112 section 7.1) around data that the caller writes by itself.
import { checkField, type HeaderList } from '../headers/header-list.ts';
import { allowedTrailers } from './trailer-fields.ts';

/** What stands behind the data of a chunk. */
export const chunkEnd = '\r\n';

/** What stands in front of a chunk's data. A chunk without data would end the body: write none. */
export function formatChunkStart(size: number): string {
  return `${size.toString(16)}\r\n`;
}

/**
 * The last chunk and the trailers, without those that must not be sent as trailers.
 *
 * @throws ProxyError `SLUICE_INTERNAL` for a trailer that would end its line early.
 */
export function formatLastChunk(trailers: HeaderList | undefined): string {
  let text = '0\r\n';
  if (trailers !== undefined) {
    allowedTrailers(trailers)?.forEach((name, value) => {
      checkField(name, value);
      text += `${name}: ${value}\r\n`;
    });
  }
  return `${text}\r\n`;
}
