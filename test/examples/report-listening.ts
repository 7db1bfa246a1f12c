// Preloaded into the process of documented code: tells its parent each port that a server listens on.

import { subscribe } from 'node:diagnostics_channel';
import type { AddressInfo, Server } from 'node:net';

subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { server } = message as { readonly server: Server };
  process.send?.((server.address() as AddressInfo).port);
});
