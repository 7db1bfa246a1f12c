// Reads the ClientHello with which a TLS connection begins: records to message, message to facts.
import type { ClientHello } from './client-hello.ts';
import { readHelloMessage } from './hello-message.ts';
import { HelloRecords } from './hello-records.ts';

/** How long a ClientHello may be. */
export interface ClientHelloLimits {
  /** The most bytes of it, with its record headers. @defaultValue 16384: post-quantum key shares, ECH and tickets take several KiB */
  readonly maxHelloBytes?: number;
}

/** The default of `maxHelloBytes`. */
export const defaultMaxHelloBytes = 16_384;

/**
 * Reads a ClientHello from the first bytes of a connection.
 *
 * Nothing is decrypted and nothing is changed, so that the same bytes can go to the endpoint. What it says of the first bytes, it says of
 * all that start with them: a hello is refused as early as possible, and how the bytes were cut on their way makes no difference.
 *
 * @returns `undefined` when there is more to come; never for `maxHelloBytes` or more.
 * @throws ClientHelloError (`SLUICE_CLIENT_HELLO_INVALID`) when this is no ClientHello, or a malformed one
 */
export function parseClientHello(bytes: Uint8Array, limits: ClientHelloLimits = {}): ClientHello | undefined {
  const { buffer, byteOffset, length } = bytes;
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer, byteOffset, length);
  return new ClientHelloReader(limits.maxHelloBytes ?? defaultMaxHelloBytes).read(view);
}

/** The same for bytes that come in pieces: nothing is looked at twice. */
export class ClientHelloReader {
  readonly #records: HelloRecords;

  constructor(maxHelloBytes: number) {
    this.#records = new HelloRecords(maxHelloBytes);
  }

  /**
   * Reads on.
   *
   * @param bytes - All bytes from the connection's first one on, more of them at each call.
   * @throws ClientHelloError
   */
  read(bytes: Buffer): ClientHello | undefined {
    const body = this.#records.read(bytes);
    return body === undefined ? undefined : readHelloMessage(body);
  }
}
