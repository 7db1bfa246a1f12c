// How the parts of the ClientHello parser give up. Never leaves the parser: parse-client-hello.ts turns it into a value.
import type { ClientHelloFault } from './client-hello.ts';

/** Thrown where the bytes stop making sense. */
export class HelloMalformation extends Error {
  readonly fault: ClientHelloFault;

  constructor(fault: ClientHelloFault) {
    super(fault);
    this.fault = fault;
  }
}
