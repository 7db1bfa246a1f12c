// Bounds what waits in a socket that the system takes nothing from. Node queues such datagrams without a limit of its own.

/** As few as that: asking a socket for its queue costs as much as a tenth of a send. */
const sendsBetweenLooks = 16;

/** Says whether a socket may be given another datagram. */
export class SendGate {
  readonly #socket: { getSendQueueSize(): number };
  readonly #maxQueuedBytes: number;
  #sends = 0;
  #isFull = false;

  constructor(socket: { getSendQueueSize(): number }, maxQueuedBytes: number) {
    this.#socket = socket;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** To be asked before each send. The queue is looked at now and then, and each time while it is too long. */
  isOpen(): boolean {
    if (++this.#sends % sendsBetweenLooks !== 0 && !this.#isFull) return true;
    this.#isFull = this.#socket.getSendQueueSize() > this.#maxQueuedBytes;
    return !this.#isFull;
  }
}
