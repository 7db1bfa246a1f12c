// What can be wrong with a header of the PROXY protocol, one word each, and the error that carries it.
import { ProxyError } from '@sluice/core';
import { l4Errors } from '../errors.ts';

/**
 * What is wrong with a header.
 *
 * - `missing`: there has to be one, and something else came, or nothing.
 * - `late`: it was not complete in time.
 * - `cut`: the connection ended within it.
 * - `untrusted`: its sender is nobody whose word counts.
 * - `line`: the line of version 1 is malformed.
 * - `version`, `command`, `transport`: values that the protocol does not have.
 * - `address`, `port`: no address of the family, no port.
 * - `length`: it is shorter than its addresses, or over the limit.
 * - `value`: a value (TLV) is malformed, there twice, or does not fit in.
 * - `checksum`: its CRC32C is not that of its bytes.
 */
export type ProxyHeaderFault =
  | 'missing'
  | 'late'
  | 'cut'
  | 'untrusted'
  | 'line'
  | 'version'
  | 'command'
  | 'transport'
  | 'address'
  | 'port'
  | 'length'
  | 'value'
  | 'checksum';

/** A header that is refused; code `SLUICE_PROXY_HEADER_INVALID`. */
export class ProxyHeaderError extends ProxyError {
  /** What is wrong, for counting. */
  readonly fault: ProxyHeaderFault;

  /** Makes an error; `detail` completes the sentence "the PROXY header …". */
  constructor(fault: ProxyHeaderFault, detail: string) {
    super('SLUICE_PROXY_HEADER_INVALID', l4Errors.SLUICE_PROXY_HEADER_INVALID, `the PROXY header ${detail}`);
    this.name = 'ProxyHeaderError';
    this.fault = fault;
  }
}
