// Reads the ClientHello with which a TLS connection begins: records to message, message to facts, and every failure to a value.
import type { ClientHelloReading } from './client-hello.ts';
import { HelloMalformation } from './hello-malformation.ts';
import { readHelloMessage } from './hello-message.ts';
import { HelloRecords } from './hello-records.ts';

/** The default of `maxBytes`: post-quantum key shares, ECH and session tickets take several KiB. */
export const defaultMaxHelloBytes = 16_384;

const incomplete: ClientHelloReading = Object.freeze({ state: 'incomplete' });

/**
 * Reads a ClientHello from the first bytes of a connection. Bytes behind it do not matter.
 *
 * Nothing is decrypted and nothing is changed, so that the same bytes can go to the endpoint.
 *
 * @param bytes - All bytes from the connection's first one on.
 * @param maxBytes - The most that the hello may take, with its record headers.
 * @returns what they are; `incomplete` asks for more of them, and never comes for `maxBytes` or more.
 */
export function parseClientHello(bytes: Uint8Array, maxBytes: number = defaultMaxHelloBytes): ClientHelloReading {
  return new ClientHelloReader(maxBytes).read(bytes);
}

/** The same for bytes that come in pieces: nothing is looked at twice. */
export class ClientHelloReader {
  readonly #records: HelloRecords;

  constructor(maxBytes: number) {
    this.#records = new HelloRecords(maxBytes);
  }

  /** @param bytes - All bytes from the connection's first one on, more of them at each call. */
  read(bytes: Uint8Array): ClientHelloReading {
    try {
      const body = this.#records.read(bytes);
      return body === undefined ? incomplete : { state: 'complete', hello: readHelloMessage(body) };
    } catch (error) {
      if (error instanceof HelloMalformation) return { state: 'invalid', fault: error.fault };
      throw error;
    }
  }
}
