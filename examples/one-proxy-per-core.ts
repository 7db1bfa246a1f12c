// One proxy for each core: worker threads that listen on the same port, over which the system spreads connections. (Linux, FreeBSD; not macOS.)

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

/** What each thread is told. */
interface Job {
  readonly port: number;
  readonly to: string;
}

if (isMainThread) await runAll();
else await runOne(workerData as Job);

async function runAll(): Promise<void> {
  const origin = await startDemoOrigin('the-origin');
  // The first thread finds a free port if it has to; the others join it there.
  const first = await startThread({ port: Number(process.env['PORT'] ?? 8080), to: origin.url });
  const others = Array.from({ length: Math.max(2, availableParallelism()) - 1 }, () =>
    startThread({ port: Number(new URL(first.url).port), to: origin.url }),
  );
  const threads = [first, ...(await Promise.all(others))];
  console.log(`${threads.length} threads listening on ${first.url}`);

  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await Promise.all(
    threads.map(({ worker }) => {
      worker.postMessage('drain');
      return once(worker, 'exit');
    }),
  );
  await origin.kill();
}

async function startThread(job: Job): Promise<{ readonly worker: Worker; readonly url: string }> {
  const worker = new Worker(import.meta.filename, { workerData: job });
  const [url] = (await once(worker, 'message')) as [string];
  return { worker, url };
}

async function runOne({ port, to }: Job): Promise<void> {
  const proxy = createProxy({
    to,
    middleware: [
      async (_exchange, next) => {
        const response = await next();
        response.headers.set('X-Thread', String(threadId));
        return response;
      },
    ],
  });
  const { url } = await proxy.listen({ port, reusePort: true });
  parentPort?.postMessage(url);
  parentPort?.once('message', () => void proxy.drain(8_000));
}
