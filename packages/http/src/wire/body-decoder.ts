// Finds the bytes of a body in the bytes of a connection, for each way of framing it (RFC 9112 section 6.3).
import type { HeaderList } from '../headers/header-list.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { Fault } from './fault.ts';
import type { FieldLimits } from './field-scanner.ts';
import type { BodyKind } from './message-framing.ts';

/** An incremental decoder for bodies of any kind, used over and over. */
export class BodyDecoder {
  /** Where the last `read` found data, and where that ends. */
  dataStart = 0;
  dataEnd = 0;
  /** The offset behind the bytes that the last `read` has taken. */
  position = 0;
  readonly #trailerLimits: FieldLimits;
  readonly #fault: Fault;
  /** Made for the first chunked body: most connections never see one. */
  #chunked: ChunkedDecoder | undefined;
  #kind: BodyKind = 'none';
  #remaining = 0;

  constructor(trailerLimits: FieldLimits, fault: Fault) {
    this.#trailerLimits = trailerLimits;
    this.#fault = fault;
  }

  /** Starts a new body. `length` counts for the kind `length` only. */
  begin(kind: BodyKind, length: number): void {
    this.#kind = kind;
    this.#remaining = kind === 'length' ? length : Infinity;
    if (kind !== 'chunked') return;
    this.#chunked ??= new ChunkedDecoder(this.#trailerLimits, this.#fault);
    this.#chunked.begin();
  }

  /** Whether the body is complete. One that lasts until the connection closes never knows. */
  get complete(): boolean {
    return this.#kind === 'chunked' ? this.#chunked?.complete === true : this.#remaining === 0;
  }

  /** Whether the end of the connection is a proper end of the body. */
  get endsWithConnection(): boolean {
    return this.#kind === 'until-close';
  }

  /** How many bytes are still to come; `Infinity` when nobody knows. */
  get remaining(): number {
    return this.#remaining;
  }

  /** The trailers, once the body is complete. */
  get trailers(): HeaderList | undefined {
    return this.#kind === 'chunked' ? this.#chunked?.trailers : undefined;
  }

  /**
   * Takes bytes up to the end of the next piece of data.
   *
   * @param bytes - Changed between `start` and `position` when chunks are small: their data is moved together.
   * @returns whether there is data, from `dataStart` to `dataEnd`.
   * @throws the fault, for a malformed chunked coding.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#kind === 'chunked' && this.#chunked !== undefined) {
      const found = this.#chunked.read(bytes, start, end);
      this.dataStart = this.#chunked.dataStart;
      this.dataEnd = this.#chunked.dataEnd;
      this.position = this.#chunked.position;
      return found;
    }
    this.dataStart = start;
    this.position = Math.min(end, start + this.#remaining);
    this.dataEnd = this.position;
    this.#remaining -= this.position - start;
    return this.position > start;
  }
}
