// Pipelined requests, cut anywhere, whose bodies middleware reads, ignores, reads late or gives up: every one gets its own answer, in order. One answer
// too few or too many, and a client takes the answer to somebody else's request for its own.
import { createProxy } from '@sluice/http';
import { expect, onTestFinished, test } from 'vitest';
import { Dice } from './dice.ts';
import { answer, playDamaged, playPipeline } from './pipeline.ts';

async function listen(): Promise<number> {
  const proxy = createProxy({ to: 'http://127.0.0.1:9', middleware: [answer] });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  return port;
}

test('each request of a pipeline gets its own answer, in order', async () => {
  const port = await listen();
  for (let seed = 1; seed <= 300; seed++) {
    const { expected, received } = await playPipeline(port, new Dice(seed));
    expect(received, `seed ${seed}`).toEqual(expected);
  }
});

test('behind a refusal nothing is answered any more, and every connection ends', async () => {
  const port = await listen();
  let refusals = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const statuses = await playDamaged(port, new Dice(seed));
    expect(statuses.join(' '), `seed ${seed}`).toMatch(/^(?:(?:200|500) ?)*(?:4\d\d|505)?$/);
    if (/^4|^505/.test(statuses.at(-1) ?? '')) refusals++;
  }
  expect(refusals).toBeGreaterThan(50);
});
