// What a proxy goes through besides load: many connections, slow clients, clients that mean harm. Each experiment has a proxy for itself.
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { requestFields } from '../load/request-fields.ts';
import type { Layer } from '../scenarios.ts';

/** One experiment. */
export interface Hardship {
  readonly name: string;
  readonly title: string;
  /** Who takes part. */
  readonly layer: Layer;
  /** What is found out, and with how many digits after the point it is told. */
  readonly columns: readonly Column[];
  /** Puts a proxy through it. @returns a figure for each column */
  run(subject: Subject): Promise<readonly number[]>;
}

/** A column of an experiment's table. */
export interface Column {
  readonly title: string;
  readonly digits: number;
}

/** The proxy under test. */
export interface Subject {
  readonly port: number;
  /** The memory of its process and of the children of that, now, in MiB. */
  readonly residentMiB: () => number;
  /** Loads it for so many seconds. */
  readonly warmUp: (seconds: number) => Promise<void>;
}

/** A GET as a browser sends it. */
export function requestFor(path: string): string {
  const fields = Object.entries(requestFields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields.join('')}\r\n`;
}

/** A connection to the proxy. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket.on('error', () => {});
}
