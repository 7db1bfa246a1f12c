// Requests that wait for an endpoint, in their order.

/** The requests of one session. */
export class PendingRequests {
  readonly datagrams: Buffer[];
  #bytes: number;

  /** One may always wait, whatever its length. */
  constructor(first: Buffer) {
    this.datagrams = [first];
    this.#bytes = first.length;
  }

  /** Takes another one, unless there would be too much. @returns whether it does */
  add(datagram: Buffer, maxBytes: number): boolean {
    if (this.#bytes + datagram.length > maxBytes) return false;
    this.datagrams.push(datagram);
    this.#bytes += datagram.length;
    return true;
  }
}
