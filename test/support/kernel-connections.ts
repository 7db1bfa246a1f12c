// What the system knows of TCP connections on loopback, from /proc: here, whether it keeps them alive.

import { readFileSync } from 'node:fs';

/** What the timer of a connection waits for, by the codes of `/proc/net/tcp`. */
const keepAliveTimer = '02';

/** Whether the end of a connection that has these ports will be asked whether it is still there. @throws Error when there is no such connection */
export function isKeptAlive(localPort: number, remotePort: number): boolean {
  const rows = readFileSync('/proc/net/tcp', 'latin1').trim().split('\n').slice(1);
  const row = rows
    .map((line) => line.trim().split(/\s+/))
    .find(([, local, remote]) => portOf(local) === localPort && portOf(remote) === remotePort);
  if (row === undefined) throw new Error(`no connection from port ${localPort} to port ${remotePort}`);
  return row[5]?.split(':')[0] === keepAliveTimer;
}

function portOf(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}
