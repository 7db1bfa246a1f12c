// The public API of @sluice/l4.
export { createAddressList, type AddressList } from './address-list.ts';
export { classifyConnectError } from './classify-connect-error.ts';
export { createDialer, dial, type Dialer, type DialerOptions, type DialRequest } from './dialer.ts';
export { l4Errors } from './errors.ts';
export { splice, type SpliceOptions, type SpliceResult } from './splice.ts';
export type { Pem, UpstreamTlsOptions } from './tls/upstream-tls.ts';
