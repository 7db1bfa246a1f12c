// Opens one connection, for those who have no use for a dialer.
import { parseEndpointAddress, type EndpointAddress } from '@sluice/core';
import type { Socket } from 'node:net';
import type { DialerOptions } from './dialer-options.ts';
import { createDialer, type DialRequest } from './dialer.ts';

/** What `dial` takes besides the address. */
export type DialOptions = DialerOptions & Pick<DialRequest, 'cancellation' | 'servername' | 'onRead'>;

/**
 * Opens one connection; see {@link Dialer.dial}. A dialer is the better choice for many: it resumes TLS sessions.
 *
 * @example
 * ```ts
 * const socket = await dial('https://example.org', { connectTimeoutMs: 2_000 });
 * ```
 */
export async function dial(address: string | EndpointAddress, options: DialOptions = {}): Promise<Socket> {
  const { cancellation, servername, onRead, ...dialerOptions } = options;
  return createDialer(dialerOptions).dial({
    address: typeof address === 'string' ? parseEndpointAddress(address) : address,
    cancellation,
    servername,
    onRead,
  });
}
