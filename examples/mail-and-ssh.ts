// Mail, SSH and Redis, each on a port of its own, over servers whose greeting is checked: one that accepts connections and says nothing good gets none.

import { createTcpProxy, tcpProbe, type TcpProbeOptions, type TcpProxy } from '@sluice/l4';
import { once } from 'node:events';
import { startDemoGreeter } from './quickstart/demo-greeter.ts';

interface Service {
  readonly name: string;
  /** What its servers say first. Yours would be machines of their own, and the second one well, too. */
  readonly greetings: readonly string[];
  readonly probe: TcpProbeOptions;
  /** How long nobody may speak. Mail clients that wait for news (IDLE), and shells, are silent for long. */
  readonly idleMs: number;
}

const hour = 3_600_000;
const services: readonly Service[] = [
  {
    name: 'smtp',
    greetings: ['220 one.example ESMTP', '421 two.example is busy'],
    probe: { expect: '220', quit: 'QUIT\r\n' },
    idleMs: 600_000,
  },
  {
    name: 'imap',
    greetings: ['* OK one.example', '* BYE two.example'],
    probe: { expect: '* OK', quit: 'a LOGOUT\r\n' },
    idleMs: hour,
  },
  { name: 'ssh', greetings: ['SSH-2.0-one', 'go away'], probe: { expect: 'SSH-2.0-' }, idleMs: 24 * hour },
  // The servers of Redis do not speak first; these here do.
  {
    name: 'redis',
    greetings: ['+PONG', '-LOADING'],
    probe: { send: 'PING\r\n', expect: '+PONG', quit: 'QUIT\r\n' },
    idleMs: hour,
  },
];

async function startService({ name, greetings, probe, idleMs }: Service, port: number): Promise<TcpProxy> {
  const proxy = createTcpProxy({
    upstream: {
      name,
      endpoints: await Promise.all(greetings.map((greeting) => startDemoGreeter(greeting))),
      balancer: 'least-requests',
      // Nobody is sent anywhere before the first answer of a probe.
      health: { checks: [{ probe: tcpProbe(probe), intervalMs: 2_000, initialState: 'unknown' }] },
    },
    timeouts: { idleMs },
  });
  proxy.upstream?.on('endpoint-unhealthy', ({ endpoint, reason }) => console.log(`${name} ${endpoint.id}: ${reason}`));
  const { url } = await proxy.listen(port);
  console.log(`${name} listening on ${url}`);
  return proxy;
}

const firstPort = Number(process.env['PORT'] ?? 8080);
const proxies = await Promise.all(
  services.map((service, place) => startService(service, firstPort === 0 ? 0 : firstPort + place)),
);
console.log('try: nc 127.0.0.1 and one of these ports; with real servers swaks, mutt, ssh -p, redis-cli -p');

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await Promise.all(proxies.map((proxy) => proxy.drain(2_000)));
