// An HTTP origin in a process of its own, which a test can freeze and thaw: it keeps its port, takes connections, and says nothing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export interface StoppableOrigin {
  readonly address: string;
  freeze(): void;
  thaw(): void;
}

const program = `
  const server = require('node:http').createServer((req, res) => res.end('fine'));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Starts one; it is killed when the test ends. */
export async function startStoppableOrigin(): Promise<StoppableOrigin> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    address: `http://127.0.0.1:${Number(String(port))}`,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}
