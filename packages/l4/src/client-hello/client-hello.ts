// What a TLS client says before anything is encrypted. Reading it is parse-client-hello.ts; what can be wrong with it, client-hello-error.ts.

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
