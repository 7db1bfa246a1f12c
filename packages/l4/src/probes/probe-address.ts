// Where a probe goes: to the endpoint's address, or to another port of the same host, such as that of its health service.
import { parseEndpointAddress, type EndpointAddress, type OptionsReader } from '@sluice/core';

/** What probes can be told about where they go. */
export interface ProbeAddressOptions {
  /** Another port than the endpoint's. Unix sockets have none. @defaultValue the endpoint's */
  readonly port?: number;
  /** Whether TLS is spoken there. @defaultValue as the endpoint's address says */
  readonly secure?: boolean;
}

/** Says where to probe an endpoint that is at an address. */
export type ProbeAddress = (address: EndpointAddress) => EndpointAddress;

/** Reads the options of where to probe. */
export function readProbeAddress(reader: OptionsReader): ProbeAddress {
  const port = reader.integer('port', { min: 1, max: 65_535 });
  const secure = reader.boolean('secure');
  return (address) => {
    if (address.kind === 'unix' || (port === undefined && secure === undefined)) return address;
    return besideEndpoint(address, port ?? address.port, secure ?? address.secure);
  };
}

/** Another port of the same host; a Unix socket stays what it is. */
export function besideEndpoint(address: EndpointAddress, port: number, secure: boolean): EndpointAddress {
  if (address.kind === 'unix') return address;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return parseEndpointAddress(`${secure ? 'https' : 'http'}://${host}:${port}`);
}
