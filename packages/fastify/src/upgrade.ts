// Leads upgrades through Fastify's routes, so that the hooks that guard a route guard its WebSockets too. Upgrades that are not the proxy's are
// left to the other listeners of the server.
import type { FastifyInstance } from 'fastify';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** An upgrade on its way through the routes. */
interface PendingUpgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly response: ServerResponse;
}

const pending: unique symbol = Symbol('sluice.upgrade');
/** Marks our listeners among those of a server. */
const ours: unique symbol = Symbol('sluice.listener');

interface UpgradingRequest extends IncomingMessage {
  [pending]?: PendingUpgrade | undefined;
}

/** Leads a server's upgrades to paths that begin like `prefix` through the routes of an application. @returns a function that stops it */
export function routeUpgrades(app: FastifyInstance, prefix: string): () => void {
  const pattern = prefixPattern(prefix);
  const { server } = app;
  const onUpgrade = (req: UpgradingRequest, socket: Duplex, head: Buffer): void => {
    // Without us and anybody else, Node would have served it as a request.
    const areOthers = server.listeners('upgrade').some((listener) => !(ours in listener));
    if (areOthers && !pattern.test(req.url ?? '')) return;
    // Several plugins may listen; the route decides whose it is.
    if (req[pending] !== undefined) return;
    socket.on('error', () => {});
    if (socket.destroyed) return;
    const response = new ServerResponse(req);
    response.shouldKeepAlive = false;
    try {
      response.assignSocket(socket as Socket);
    } catch {
      // Node still writes the answer to the request before. No client asks for an upgrade before it has that.
      socket.destroy();
      return;
    }
    response.once('finish', () => (socket as Socket).destroySoon());
    req[pending] = { socket, head, response };
    app.routing(req, response);
  };
  server.on('upgrade', Object.assign(onUpgrade, { [ours]: true }));
  return () => void server.off('upgrade', onUpgrade);
}

/** The upgrade that a request is, freed from its response. */
export function takeUpgrade(req: UpgradingRequest): Omit<PendingUpgrade, 'response'> | undefined {
  const upgrade = req[pending];
  if (upgrade === undefined) return undefined;
  upgrade.response.detachSocket(upgrade.socket as Socket);
  return upgrade;
}

/** A prefix with its parameters, as a pattern of whole segments. */
function prefixPattern(prefix: string): RegExp {
  const segments = prefix.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/?#]+';
    return segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}(?:[/?#]|$)`);
}
