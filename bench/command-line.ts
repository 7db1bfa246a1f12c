// The options of the bench.
import { parseArgs } from 'node:util';
import { peers, type Peer } from './peers/all.ts';
import type { Effort } from './rounds.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/** What the bench is asked to do. */
export interface Order {
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly Peer[];
  readonly effort: Effort;
  /** Where the JSON report goes. */
  readonly json: string | undefined;
}

export const help = `Measures proxies side by side: CPU time for each request, as a ratio to the first one.

Usage: npx -y pnpm@12 bench [options]
       npx -y pnpm@12 bench micro         picks of the balancers and speed of the parser, without a network
       npx -y pnpm@12 bench hardship [--peers NAMES]
                                          memory of idle connections and slow downloads, slowloris

  --only NAMES      scenarios, separated by commas: ${scenarios.map(({ name }) => name).join(', ')} (all)
  --peers NAMES     proxies, separated by commas; the first is what the others are compared with (all):
                    ${peers.map(({ name }) => name).join(', ')}
  --rounds NUMBER   turns that each proxy gets (5); a ratio near 1 needs 20
  --seconds NUMBER  length of a turn (3)
  --warm-up NUMBER  seconds of load before anything counts (4)
  --json FILE       writes the report as JSON, too
  --help            this text
`;

/** Reads the options. @throws Error with one line that says what is wrong */
export function readCommandLine(parameters: readonly string[]): Order | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      only: text,
      peers: text,
      rounds: text,
      seconds: text,
      'warm-up': text,
      json: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  return {
    scenarios: choose('--only', values.only, scenarios),
    peers: choose('--peers', values.peers, peers),
    effort: {
      rounds: readNumber('--rounds', values.rounds, 5),
      seconds: readNumber('--seconds', values.seconds, 3),
      warmUpSeconds: readNumber('--warm-up', values['warm-up'], 4),
    },
    json: values.json,
  };
}

function choose<Item extends { readonly name: string }>(
  option: string,
  value: string | undefined,
  all: readonly Item[],
): readonly Item[] {
  if (value === undefined) return all;
  return value.split(',').map((name) => {
    const found = all.find((item) => item.name.toLowerCase() === name.trim().toLowerCase());
    if (found === undefined)
      throw new Error(`${option} ${name} is unknown, choose from ${all.map((item) => item.name).join(', ')}`);
    return found;
  });
}

function readNumber(option: string, value: string | undefined, usual: number): number {
  const number = value === undefined ? usual : Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 1000)
    throw new Error(`${option} must be an integer from 0 to 1000`);
  return number;
}
