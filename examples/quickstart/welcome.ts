// What the quickstart says first: where it listens, what it does, and what to try.

import type { Listening } from '@sluice/http';
import type { QuickstartOptions } from './command-line.ts';
import type { DemoOrigin } from './demo-origin.ts';

export function welcome(
  { url }: Listening,
  { endpoints, balancer, traffic }: QuickstartOptions,
  origins: readonly DemoOrigin[],
): string {
  const behind = origins.length > 0 ? `${origins.length} demo origins` : `${endpoints.length} of your origins`;
  const sent = traffic === 0 ? 'no requests by itself (--traffic 20 does)' : `${traffic} requests per second by itself`;
  const suggestions = origins.length > 0 ? suggestWithDemo(url) : suggest(url);
  const lines = suggestions.map(([what, why]) => `  ${what.padEnd(56)}${why}`);
  return `Sluice listens on ${url} in front of ${behind}.
It balances by ${balancer} and sends ${sent}.

Try:
${lines.join('\n')}
`;
}

function suggest(url: string): [string, string][] {
  return [
    [`curl ${url}/`, 'a request of yours'],
    ['Ctrl-C', 'drain and leave'],
  ];
}

function suggestWithDemo(url: string): [string, string][] {
  return [
    [`curl ${url}/`, 'who answers?'],
    [`curl -N ${url}/stream`, 'events, relayed as they come'],
    [`curl -X POST ${url}/_demo/kill/2`, 'traffic moves, nothing fails; or press 2 here'],
    [`curl -X POST ${url}/_demo/restart/2`, 'it comes back; or press 2 again'],
    ['Ctrl-C', 'drain and leave'],
  ];
}
