// Clients whose ClientHello is too large for one packet.

import type { ConnectionOptions } from 'node:tls';

const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number);

/** OpenSSL knows post-quantum key exchange, and keys for more than one curve (`*`), from 3.5 on. Node 22 has an older one. */
const hasLargeKeys = major > 3 || (major === 3 && minor >= 5);

/** Makes node send a hello of several KiB: by its keys, as browsers do, or where it has none of that size, by what it says it speaks. */
export const largeHello: ConnectionOptions = hasLargeKeys
  ? { ecdhCurve: '*X25519MLKEM768:*SecP384r1MLKEM1024:*X25519' }
  : { ALPNProtocols: Array.from({ length: 12 }, (_, index) => `${index}`.padEnd(250, 'x')) };
