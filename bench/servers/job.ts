// What the servers of this folder are told.
import { readFileSync } from 'node:fs';

export const port = Number(process.env['PORT']);
export const origins: readonly string[] = (process.env['ORIGINS'] ?? '').split(',');
export const front = process.env['FRONT'] ?? '';
export const fresh = process.env['FRESH'] === 'yes';

/** For peers that know one target only: the next origin in turn, as their users would do it. */
export function nextOrigin(): string {
  turn = (turn + 1) % origins.length;
  return origins[turn] ?? '';
}

let turn = -1;

const cert = process.env['TLS_CERT'] ?? '';
const key = process.env['TLS_KEY'] ?? '';
export const tls = cert === '' ? undefined : { cert: readFileSync(cert), key: readFileSync(key) };
