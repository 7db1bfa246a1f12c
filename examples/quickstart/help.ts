// The text of --help.

import { balancers } from './balancers.ts';

const balancerLines = Object.entries(balancers).map(([name, { summary }]) => `  ${name.padEnd(29)}${summary}`);

export const helpText: string = `Starts four demo origins with a proxy in front, and shows who gets which share of the requests.

Usage: npx -y pnpm@12 start [options]

  --to ADDRESS[*WEIGHT]        an origin of yours instead of the demo origins; may be repeated:
                               --to 'http://127.0.0.1:3000*3' --to http://127.0.0.1:3001
  --port PORT                  where the proxy listens: 8080, or any free port if that is taken
  --balancer NAME              who gets the next request, see below
  --traffic NUMBER             requests per second that are sent by themselves, up to 1000:
                               20 to the demo origins, 0 to yours
  --once                       send 60 requests, print the table, and end
  --help                       this text

Balancers:
${balancerLines.join('\n')}
`;
