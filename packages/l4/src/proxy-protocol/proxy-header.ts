// What a header of the PROXY protocol says. How it is read from bytes is parse-proxy-header.ts, how it is written format-proxy-header.ts.

/** Between whom the client's connection is, by family and protocol. `unknown`: the sender can not tell. */
export type ProxyTransport = 'tcp4' | 'tcp6' | 'udp4' | 'udp6' | 'unix-stream' | 'unix-datagram' | 'unknown';

/** One end of the client's connection. */
export interface ProxyAddress {
  /**
   * An IP address in its normal form; or the path of a Unix socket, `@name` for an abstract one, and `''` for one without a name, as most
   * clients have.
   */
  readonly address: string;
  /** 0 on a Unix socket. */
  readonly port: number;
}

/** What the sender knows about the client's TLS (`PP2_TYPE_SSL`). */
export interface ProxyTls {
  /** Whether the client connected with TLS. */
  readonly encrypted: boolean;
  /** Whether the client showed a certificate on this connection. */
  readonly certificateOnConnection: boolean;
  /** Whether the client has shown a certificate at least once in the TLS session of this connection. */
  readonly certificateInSession: boolean;
  /**
   * The result of the verification: 0 is success. HAProxy also writes 0 when there was nothing to verify: ask `isCertificateVerified`.
   */
  readonly verifyResult: number;
  /** Such as `TLSv1.3`. */
  readonly version?: string | undefined;
  /** Common name of the client's certificate. */
  readonly commonName?: string | undefined;
  /** Such as `ECDHE-RSA-AES128-GCM-SHA256`. */
  readonly cipher?: string | undefined;
  /** How the server's certificate was signed, such as `RSA-SHA256`. */
  readonly signatureAlgorithm?: string | undefined;
  /** The key of the server's certificate, such as `RSA2048`. */
  readonly keyAlgorithm?: string | undefined;
  /** Other values, in their order. */
  readonly others?: readonly ProxyTlv[] | undefined;
}

/** A value with its type number: what this version of the protocol does not name. */
export interface ProxyTlv {
  /** From 0xe0 to 0xef for values of one's own. */
  readonly type: number;
  /** The bytes; at most 65535. */
  readonly value: Uint8Array;
}

/** What stands in a header of version 2 besides addresses. */
export interface ProxyTlvs {
  /** The protocol that was agreed on, such as `h2`. */
  readonly alpn?: string | undefined;
  /** The host name that the client asked for; with TLS, its server name. */
  readonly authority?: string | undefined;
  /** Identifies the connection across proxies; at most 128 bytes. */
  readonly uniqueId?: Uint8Array | undefined;
  /** The client's TLS. */
  readonly tls?: ProxyTls | undefined;
  /** Name of the network namespace. */
  readonly networkNamespace?: string | undefined;
  /** Values of other types, in their order. */
  readonly others?: readonly ProxyTlv[] | undefined;
}

/** A header that stands in front of a connection's bytes, or of a datagram. */
export interface ProxyHeader extends ProxyTlvs {
  /** Which of the two formats it came in. */
  readonly version: 1 | 2;
  /** `proxy`: the connection is made for a client. `local`: the sender made it for itself, for a health check; it says nothing else. */
  readonly command: 'proxy' | 'local';
  /** `unknown` when the command is `local`. */
  readonly transport: ProxyTransport;
  /** The client; `undefined` when the transport is unknown. */
  readonly source: ProxyAddress | undefined;
  /** Where the client connected to; `undefined` when the transport is unknown. */
  readonly destination: ProxyAddress | undefined;
}

/** A header, and how many bytes it took. */
export interface ParsedProxyHeader {
  /** What it says. */
  readonly header: ProxyHeader;
  /** Its length: the client's bytes start here. */
  readonly bytesRead: number;
}

/** Whether the client has shown a certificate that was verified. */
export function isCertificateVerified(tls: ProxyTls): boolean {
  return tls.verifyResult === 0 && (tls.certificateOnConnection || tls.certificateInSession);
}
