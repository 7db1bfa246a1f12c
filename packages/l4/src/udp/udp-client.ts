// Who sends datagrams, as far as a datagram tells: its source address can be anybody's choice.

/** A client: where its datagrams come from, and where they come to. */
export interface UdpClient {
  /** Its address; IPv4 in its own form also on a socket of both families. Nothing proves that it is true. */
  readonly remoteAddress: string;
  /** Its port. */
  readonly remotePort: number;
  /** The address that is listened on; `0.0.0.0` or `::` when it is any. */
  readonly localAddress: string;
  /** The port that is listened on. */
  readonly localPort: number;
}
