// Looks whether a peer sends back what goes through it. Nothing says when a datagram socket is there, so it is asked until it answers.
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks for ten seconds at most. @returns what is wrong with the answer, or `undefined` */
export async function findDatagramFault(port: number): Promise<string | undefined> {
  const question = 'does it come back?';
  const socket = createSocket('udp4');
  let answer: string | undefined;
  socket.on('message', (datagram) => (answer = datagram.toString()));
  socket.on('error', () => {});
  for (let tries = 0; tries < 100 && answer === undefined; tries++) {
    socket.send(question, port, '127.0.0.1');
    await sleep(100);
  }
  socket.close();
  if (answer === undefined) return 'no answer';
  return answer === question ? undefined : `another answer: ${answer}`;
}
