// A proxy that is a Node program: a file in servers/, told by its environment where to listen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Layer } from '../scenarios.ts';
import { proxyCore, startOn } from '../tools.ts';
import type { Peer } from './peer.ts';

/** What the program of a peer is. */
interface NodePeer {
  readonly name: string;
  readonly title: string;
  /** The file in servers/. */
  readonly server: string;
  /** The package whose version counts; ours when `undefined`. */
  readonly module?: string;
  /** What the server is told besides. */
  readonly front?: string;
  /** @defaultValue 7 */
  readonly layer?: Layer;
  readonly servesTls?: boolean;
}

/** Makes the peer. */
export function nodePeer({ name, title, server, module, front = '', layer, servesTls = false }: NodePeer): Peer {
  return {
    name,
    title,
    needs: [],
    layer: layer ?? 7,
    servesTls,
    version: () => (module === undefined ? 'this checkout' : versionOfModule(module)),
    start({ port, originPorts, tls, fresh }) {
      const file = path.join(import.meta.dirname, '../servers', server);
      return startOn(proxyCore, process.execPath, [file], {
        NODE_ENV: 'production',
        PORT: String(port),
        ORIGINS: originPorts.map((origin) => `http://127.0.0.1:${origin}`).join(','),
        FRONT: front,
        FRESH: fresh ? 'yes' : '',
        TLS_CERT: tls?.cert ?? '',
        TLS_KEY: tls?.key ?? '',
      });
    },
  };
}

function versionOfModule(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const root = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  return (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
