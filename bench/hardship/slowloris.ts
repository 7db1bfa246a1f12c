// Two thousand clients that never finish their request's head, and what good clients notice of them.
import type { Socket } from 'node:net';
import { runOpenLoop } from '../load/open-loop.ts';
import { smallGet } from '../scenarios.ts';
import { open, type Hardship } from './hardship.ts';

const attackers = 2_000;
const seconds = 8;
const rate = 1_000;

export const slowloris: Hardship = {
  name: 'slowloris',
  title: `${rate} good requests per second, beside ${attackers} connections that send a byte of a head each second`,
  layer: 7,
  columns: [
    ...['p99 ms without', 'p99 ms with', 'p50 ms without', 'p50 ms with'].map((title) => ({ title, digits: 2 })),
    { title: 'good requests that failed', digits: 0 },
    { title: 'attackers that stayed', digits: 0 },
  ],
  async run({ port }) {
    await load(port);
    const alone = await load(port);
    const sockets: Socket[] = [];
    for (let done = 0; done < attackers; done += 100)
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(port)))));
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-A: ');
    // A tenth of them at a time, so that their bytes come all through the second.
    let turn = 0;
    const drip = setInterval(() => {
      turn = (turn + 1) % 10;
      for (let index = turn; index < sockets.length; index += 10) sockets[index]?.write('b');
    }, 100);
    const attacked = await load(port);
    clearInterval(drip);
    const stayed = sockets.filter(({ destroyed }) => !destroyed).length;
    for (const socket of sockets) socket.destroy();
    return [alone.p99, attacked.p99, alone.p50, attacked.p50, attacked.failures, stayed];
  },
};

function load(port: number): ReturnType<typeof runOpenLoop> {
  return runOpenLoop({ scenario: { ...smallGet, rate }, port, seconds, folder: '' });
}
