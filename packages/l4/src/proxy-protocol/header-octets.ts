// The bytes that both directions of the PROXY protocol agree on: signatures, commands, families and types of values.
import type { ProxyTransport } from './proxy-header.ts';

/** Version 1 starts so. */
export const textSignature: Buffer = Buffer.from('PROXY ');
/** Version 2 starts so: it is made to break every other protocol. */
export const binarySignature: Buffer = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** The most bytes of a line of version 1, its end included. */
export const maxLineBytes = 107;
/** Signature, command, transport and length. */
export const fixedBytes = 16;

export const versionTwo = 0x20;
export const localCommand = 0x0;
export const proxyCommand = 0x1;

/** The byte that says family and protocol, of those that are known. */
export const transportByte: Readonly<Record<ProxyTransport, number>> = Object.freeze({
  unknown: 0x00,
  tcp4: 0x11,
  udp4: 0x12,
  tcp6: 0x21,
  udp6: 0x22,
  'unix-stream': 0x31,
  'unix-datagram': 0x32,
});

/** Bytes of one address, by family: none, IPv4, IPv6, Unix. */
export const addressBytes: readonly number[] = Object.freeze([0, 4, 16, 108]);
export const unixFamily = 3;

/** Type and length of a value. */
export const tlvHeadBytes = 3;
/** Flags, and the result of the verification, in front of the values inside that of TLS. */
export const tlsHeadBytes = 5;

/** Types of values. */
export const tlvType: Readonly<
  Record<'alpn' | 'authority' | 'checksum' | 'noop' | 'uniqueId' | 'tls' | 'networkNamespace', number>
> = Object.freeze({
  alpn: 0x01,
  authority: 0x02,
  checksum: 0x03,
  noop: 0x04,
  uniqueId: 0x05,
  tls: 0x20,
  networkNamespace: 0x30,
});
/** Types of values inside that of TLS. */
export const tlsTlvType: Readonly<
  Record<'version' | 'commonName' | 'cipher' | 'signatureAlgorithm' | 'keyAlgorithm', number>
> = Object.freeze({ version: 0x21, commonName: 0x22, cipher: 0x23, signatureAlgorithm: 0x24, keyAlgorithm: 0x25 });
/** Bits of the first byte of the value of TLS. */
export const tlsFlag: Readonly<Record<'encrypted' | 'certificateOnConnection' | 'certificateInSession', number>> =
  Object.freeze({ encrypted: 0x01, certificateOnConnection: 0x02, certificateInSession: 0x04 });
/** The most bytes of a unique id. */
export const maxUniqueIdBytes = 128;
