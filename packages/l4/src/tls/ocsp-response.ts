// Reads as much of an OCSP response (RFC 6960 section 4.2.1) as a server needs that staples it: for which certificate it is, and until when.
// Its signature is for the client to verify.

/** What a response says about its first certificate. */
export interface OcspResponse {
  /** The serial number, in the spelling of `X509Certificate.serialNumber`. */
  readonly serialNumber: string;
  /** What the authority says of the certificate. */
  readonly status: 'good' | 'revoked' | 'unknown';
  /** When it was known to be right, in milliseconds since 1970. */
  readonly thisUpdateMs: number;
  /** When there will be a newer one; `undefined` when there is one at any time. */
  readonly nextUpdateMs: number | undefined;
}

const tag = {
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  generalizedTime: 0x18,
  sequence: 0x30,
  /** Explicit [0], as everywhere in these structures. */
  first: 0xa0,
};

/** The choice of CertStatus: [0] and [2] are primitive, [1] has a time in it. */
const statusByTag: Readonly<Record<number, OcspResponse['status']>> = {
  0x80: 'good',
  0xa1: 'revoked',
  0x82: 'unknown',
};

/** Reads a response in DER form. @throws Error for what is none, and for one that says that there is none */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  const response = new DerCursor(Buffer.from(der.buffer, der.byteOffset, der.byteLength)).enter(tag.sequence);
  const [status = -1] = response.take(tag.enumerated);
  if (status !== 0) throw new Error(`the OCSP responder answered with status ${status}`);
  const bytes = response.enter(tag.first).enter(tag.sequence);
  // The type, of which there is one.
  bytes.skip();
  const data = new DerCursor(bytes.take(tag.octetString)).enter(tag.sequence).enter(tag.sequence);
  data.skipIf(tag.first);
  // The responder, and when it wrote this.
  data.skip();
  data.skip();
  const single = data.enter(tag.sequence).enter(tag.sequence);
  const id = single.enter(tag.sequence);
  // The hash, and those of the issuer's name and key.
  for (let field = 0; field < 3; field++) id.skip();
  const serialNumber = id
    .take(tag.integer)
    .toString('hex')
    .replace(/^00(?=.)/, '')
    .toUpperCase();
  const certStatus = statusByTag[single.skip()];
  if (certStatus === undefined) throw new Error('an OCSP response without a status');
  const thisUpdateMs = readTime(single.take(tag.generalizedTime));
  const nextUpdateMs = single.is(tag.first) ? readTime(single.enter(tag.first).take(tag.generalizedTime)) : undefined;
  return { serialNumber, status: certStatus, thisUpdateMs, nextUpdateMs };
}

/** RFC 5280 section 4.1.2.5.2: always with seconds, always in UTC. */
function readTime(bytes: Buffer): number {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(bytes.toString('latin1'))?.slice(1).map(Number);
  if (digits === undefined) throw new Error('an OCSP response with a time that is none');
  const [year = 0, month = 1, day, hour, minute, second] = digits;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Walks over DER values that follow each other. */
class DerCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  is(wanted: number): boolean {
    return this.#bytes[this.#at] === wanted;
  }

  /** The contents of the next value, which must have this tag. */
  take(wanted: number): Buffer {
    if (!this.is(wanted)) throw malformed();
    return this.#contents();
  }

  enter(wanted: number): DerCursor {
    return new DerCursor(this.take(wanted));
  }

  /** Steps over the next value. @returns its tag */
  skip(): number {
    const [found] = this.#bytes.subarray(this.#at);
    if (found === undefined) throw malformed();
    this.#contents();
    return found;
  }

  skipIf(wanted: number): void {
    if (this.is(wanted)) this.skip();
  }

  #contents(): Buffer {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let length = bytes[at++] ?? Infinity;
    if (length > 0x7f) {
      const lengthBytes = length & 0x7f;
      if (lengthBytes < 1 || lengthBytes > 3 || at + lengthBytes > bytes.length) throw malformed();
      length = bytes.readUIntBE(at, lengthBytes);
      at += lengthBytes;
    }
    if (at + length > bytes.length) throw malformed();
    this.#at = at + length;
    return bytes.subarray(at, at + length);
  }
}

function malformed(): Error {
  return new Error('no OCSP response in DER form');
}
