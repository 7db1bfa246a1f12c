// The quickstart: origins, a proxy in front of them, and a table of who got what. Start reading here.

import { createProxy, type Listening, type Proxy } from '@sluice/http';
import { balancers } from './balancers.ts';
import { parseCommandLine, UsageError, type QuickstartOptions } from './command-line.ts';
import { demoControl } from './demo-control.ts';
import { startDemoOrigin, type DemoOrigin } from './demo-origin.ts';
import { formatTable } from './distribution-table.ts';
import { helpText } from './help.ts';
import { runLive } from './live.ts';
import { watchRecentRequests } from './recent-requests.ts';
import { tallyExchanges } from './tally.ts';
import { sendRequests } from './traffic.ts';

const demoWeights = [3, 1, 1, 1];

async function main(): Promise<number> {
  const options = parseCommandLine(process.argv.slice(2));
  if (options.help) {
    console.log(helpText);
    return 0;
  }
  const origins = options.endpoints.length > 0 ? [] : await startDemoOrigins();
  try {
    return await run(options, origins);
  } finally {
    await Promise.all(origins.map((origin) => origin.kill()));
  }
}

async function run(options: QuickstartOptions, origins: readonly DemoOrigin[]): Promise<number> {
  // This is all there is to a load balancer; the rest of the quickstart is the show around it.
  const proxy = createProxy({
    upstream: {
      name: 'quickstart',
      endpoints: origins.length > 0 ? demoEndpoints(origins) : options.endpoints,
      balancer: options.balancer,
      health: { failTimeoutMs: 2_000 },
    },
    middleware: [demoControl(origins)],
    // Besides requests that could not be sent at all: GETs whose origin died before it answered go to another one.
    retry: { on: ['connect', 'unanswered'] },
  });

  try {
    const tally = tallyExchanges(proxy);
    const listening = await listen(proxy, options);
    const countRecent = watchRecentRequests();
    const table = (): string[] => {
      const { endpoints } = proxy.stats().upstream;
      return [
        ...formatTable(endpoints, countRecent(endpoints), balancers[options.balancer].sharesBy),
        `  requests failed: ${tally.failed}, saved by a second try: ${tally.rescued}`,
      ];
    };
    if (!options.once) {
      await runLive({ options, proxy, listening, origins, table });
      return 0;
    }
    await sendRequests(listening.url, 60);
    await proxy.drain();
    console.log(table().join('\n'));
    return tally.failed === 0 ? 0 : 1;
  } finally {
    await proxy.close();
  }
}

function startDemoOrigins(): Promise<DemoOrigin[]> {
  return Promise.all(demoWeights.map((_, index) => startDemoOrigin(`origin-${index + 1}`)));
}

function demoEndpoints(origins: readonly DemoOrigin[]): { id: string; address: string; weight: number }[] {
  return origins.map(({ name, url }, index) => ({ id: name, address: url, weight: demoWeights[index] ?? 1 }));
}

/** Listens on the port that was asked for; without a wish on 8080, or on any free port when there is no need for that one or it is taken. */
async function listen(proxy: Proxy, { port, once }: QuickstartOptions): Promise<Listening> {
  try {
    return await proxy.listen({ port: port ?? (once ? 0 : 8080) });
  } catch (error) {
    if (port === undefined) return proxy.listen({ port: 0 });
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError(`--port ${port} can not be had (${code}); --port 0 takes any free one`);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message} (--help lists the options)`);
  process.exitCode = 2;
}
