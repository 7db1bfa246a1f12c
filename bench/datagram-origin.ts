// The origin of datagrams: sends back what it gets, on two ports.
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import { loadCore, startOn, stop } from './tools.ts';
import { findDatagramFault } from './verify-datagrams.ts';

/** An origin that is up. */
export interface DatagramOrigin {
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/** Starts the origin. */
export async function startDatagramOrigin(): Promise<DatagramOrigin> {
  const ports = [await findFreePort(), await findFreePort()];
  const file = path.join(import.meta.dirname, 'servers/datagram-echo.ts');
  const child = startOn(loadCore, process.execPath, [file], { PORTS: ports.join(',') });
  const faults = await Promise.all(ports.map(findDatagramFault));
  const fault = faults.find((text) => text !== undefined);
  if (fault !== undefined) throw new Error(`the origin of datagrams: ${fault}`);
  return { ports, close: () => stop(child) };
}
