// What a client says before anything is encrypted: what is kept of a ClientHello, and what can be wrong with one. Reading it is parse-client-hello.ts.

/**
 * What the first message of a TLS client says in clear text. The client chose all of it, and nothing is proven: good for routing and logs,
 * never for access.
 */
export interface ClientHello {
  /**
   * The server that the client wants (SNI, RFC 6066 section 3), in lower case and without a final dot. `undefined` when it names none, or an
   * IP address, which RFC 6066 does not count as a name. With ECH this is the outer name, which many servers share.
   */
  readonly serverName: string | undefined;
  /** The protocols it offers (ALPN, RFC 7301), in its order of preference; each byte is a character. Without GREASE values (RFC 8701). */
  readonly alpnProtocols: readonly string[];
  /**
   * The TLS versions it offers, in its order: `'TLSv1.3'`, `'TLSv1.2'`; one without a name is written `'0x0305'`. Without GREASE values. A hello
   * without the extension `supported_versions` offers its `legacy_version` and older ones: only that one stands here.
   */
  readonly tlsVersions: readonly string[];
  /** Whether it has an Encrypted ClientHello, or a placeholder that looks like one (GREASE): nobody but the server can tell. */
  readonly hasEch: boolean;
}

/**
 * Why bytes are no ClientHello:
 *
 * - `not-tls`: they begin with something else than a TLS handshake
 * - `sslv2`: a hello in the format of SSL 2.0, which RFC 6176 forbids
 * - `not-a-hello`: a handshake, that begins with another message
 * - `malformed`: records or lengths do not fit
 * - `duplicate-extension`: an extension that is read here stands there twice, and the endpoint might look at the other one
 * - `server-name`: the name is none: other characters than those of host names, an empty or a long label, two names
 * - `too-large`: longer than the limit
 */
export type ClientHelloFault =
  'not-tls' | 'sslv2' | 'not-a-hello' | 'malformed' | 'duplicate-extension' | 'server-name' | 'too-large';

/** What is known after some bytes. */
export type ClientHelloReading =
  | {
      /** More bytes are needed. */
      readonly state: 'incomplete';
    }
  | {
      /** The hello is there. */
      readonly state: 'complete';
      /** What it says. */
      readonly hello: ClientHello;
    }
  | {
      /** There is none, and more bytes will not help. */
      readonly state: 'invalid';
      /** Why. */
      readonly fault: ClientHelloFault;
    };
