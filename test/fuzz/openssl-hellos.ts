// How a server with node's OpenSSL reads a ClientHello: whether it goes on with the handshake, and the names that it tells its owner.
import { duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { createCertificateAuthority } from '../support/certificates.ts';

/** What came of a hello. */
export interface OpensslReading {
  /** `accepted`: it sent a ServerHello or asks for another hello; `refused`: an alert, or no answer at all. */
  readonly verdict: 'accepted' | 'refused';
  /** As sent; `undefined` when it was not told any. */
  readonly serverName: string | undefined;
  readonly alpnProtocols: readonly string[];
}

const handshakeRecord = 22;

/** Reads many hellos, side by side. */
export async function readWithOpenssl(hellos: readonly Buffer[]): Promise<OpensslReading[]> {
  const { cert, key } = createCertificateAuthority().issue(['a.example']);
  const context = createSecureContext({ cert, key, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
  return Promise.all(hellos.map((bytes) => readOne(bytes, context)));
}

async function readOne(bytes: Buffer, secureContext: SecureContext): Promise<OpensslReading> {
  const [client, transport] = duplexPair();
  let serverName: string | undefined;
  let alpnProtocols: readonly string[] = [];
  const server = new TLSSocket(transport, {
    isServer: true,
    secureContext,
    SNICallback: (name, done) => {
      serverName = name;
      done(null, secureContext);
    },
    ALPNCallback: ({ protocols }) => {
      alpnProtocols = protocols;
      return protocols[0];
    },
  });
  let failed = false;
  let firstByte: number | undefined;
  server.on('error', () => (failed = true));
  client.on('error', () => {});
  client.on('data', (chunk: Buffer) => (firstByte ??= chunk[0]));
  client.write(bytes);
  // It answers within the turns that the bytes take both ways; one that has not, waits for more.
  for (let turn = 0; turn < 12 && firstByte === undefined && !failed; turn++) await nextTurn();
  server.destroy();
  client.destroy();
  return { verdict: firstByte === handshakeRecord ? 'accepted' : 'refused', serverName, alpnProtocols };
}
