// The PROXY header that tells an endpoint who has sent a datagram.
import { isIPv4 } from 'node:net';
import { formatProxyHeader } from '../proxy-protocol/format-proxy-header.ts';
import { isPlainIPv6 } from '../proxy-protocol/wire-address.ts';
import type { UdpClient } from './udp-client.ts';

/** Writes it in version 2, the only one that knows datagrams. An address that means something on one link only is not told. */
export function formatClientHeader({ remoteAddress, remotePort, localAddress, localPort }: UdpClient): Buffer {
  const isFour = isIPv4(remoteAddress);
  if (!isFour && !isPlainIPv6(remoteAddress)) {
    const transport = 'unknown';
    return formatProxyHeader({ version: 2, command: 'proxy', transport, source: undefined, destination: undefined });
  }
  return formatProxyHeader({
    version: 2,
    command: 'proxy',
    transport: isFour ? 'udp4' : 'udp6',
    source: { address: remoteAddress, port: remotePort },
    destination: { address: localAddressFor(isFour, localAddress), port: localPort },
  });
}

/** A socket of both families is bound to `::`, which is no address for an IPv4 client. */
function localAddressFor(isFour: boolean, localAddress: string): string {
  if (isFour) return isIPv4(localAddress) ? localAddress : '0.0.0.0';
  return isPlainIPv6(localAddress) ? localAddress : '::';
}
