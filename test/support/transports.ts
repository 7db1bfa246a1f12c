// What can carry a proxy's requests to its endpoints. Behaviour must not depend on it, but for what undici can not do.

import { createUndiciTransport, createWireTransport, type Transport } from '@sluice/http';
import { onTestFinished } from 'vitest';
import { Agent } from 'undici';

export interface TransportKind {
  readonly name: string;
  /** A transport that is closed when the test ends. */
  create(): Transport;
  /** Why it can not do a thing, for tests that skip. */
  readonly lacks: Readonly<Partial<Record<'expectations' | 'request trailers' | 'stale connections', string>>>;
}

function closedWithTest(transport: Transport): Transport {
  onTestFinished(() => transport.close());
  return transport;
}

export const transports: readonly TransportKind[] = [
  { name: 'wire', create: () => closedWithTest(createWireTransport()), lacks: {} },
  {
    name: 'undici',
    create: () => closedWithTest(createUndiciTransport(new Agent())),
    lacks: {
      expectations: 'undici refuses to send Expect',
      'request trailers': 'undici has no way to send trailers',
      'stale connections': 'undici does not say whether a connection had served a request before',
    },
  },
];
