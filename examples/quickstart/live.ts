// The quickstart on show: traffic, the table, keys, and an orderly end.

import type { Upstream } from '@sluice/core';
import type { Listening, Proxy } from '@sluice/http';
import type { QuickstartOptions } from './command-line.ts';
import type { DemoOrigin } from './demo-origin.ts';
import { watchKeys } from './keys.ts';
import { showLiveTable, type LiveTable } from './live-table.ts';
import { watchStopSignals } from './stop-signal.ts';
import { demoPaths, sendSteadily } from './traffic.ts';
import { welcome } from './welcome.ts';

/** How long open requests may take after Ctrl-C. */
const graceMs = 5_000;

export interface Stage {
  readonly options: QuickstartOptions;
  readonly proxy: Proxy;
  readonly listening: Listening;
  /** None when the origins are the user's. */
  readonly origins: readonly DemoOrigin[];
  readonly table: () => readonly string[];
}

/** Runs until Ctrl-C, SIGINT or SIGTERM, and drains. A second one ends the process at once. */
export async function runLive({ options, proxy, listening, origins, table }: Stage): Promise<void> {
  const stop = watchStopSignals();
  console.log(welcome(listening, options, origins));
  const live = showLiveTable(process.stdout, table);
  noteHealth(proxy.upstream, live);
  const releaseKeys = watchKeys(process.stdin, (key) => {
    if (key === '\u0003') stop.request();
    else void toggle(origins[Number(key) - 1], live);
  });
  const stopTraffic = new AbortController();
  const paths = origins.length > 0 ? demoPaths : ['/'];
  const traffic = sendSteadily(listening.url, options.traffic, paths, stopTraffic.signal);

  await stop.requested;
  stopTraffic.abort();
  live.note('Draining: open requests may end, Ctrl-C again quits at once.');
  const cut = await proxy.drain(graceMs);
  await traffic;
  releaseKeys();
  live.note(cut === 0 ? 'Drained.' : `Drained, but for ${cut} that took longer than ${graceMs} ms.`);
  live.stop();
}

/** Kills an origin that runs, and restarts one that does not. */
async function toggle(origin: DemoOrigin | undefined, live: LiveTable): Promise<void> {
  if (origin === undefined) return;
  const verb = origin.running ? 'kill' : 'restart';
  try {
    await origin[verb]();
    live.note(`You ${verb}ed ${origin.name}.`);
  } catch (error) {
    live.note(`${origin.name} does not ${verb}: ${String(error)}`);
  }
}

function noteHealth(upstream: Upstream, live: LiveTable): void {
  upstream.on('endpoint-ejected', ({ endpoint, ejectedMs }) =>
    live.note(`${endpoint.id} failed: no requests for ${ejectedMs / 1_000} s, then one to try it.`),
  );
  upstream.on('endpoint-recovered', ({ endpoint }) => live.note(`${endpoint.id} is back.`));
}
