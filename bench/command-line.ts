// The options of the bench, the same for each of its parts.
import { parseArgs } from 'node:util';
import type { Effort } from './rounds.ts';
import { describeMissing } from './tools.ts';

interface Named {
  readonly name: string;
}

/** Who can be measured, and what that needs. */
interface Subject extends Named {
  readonly needs: readonly string[];
}

/** What a part of the bench can do. */
export interface Menu<Task extends Named, Peer extends Subject> {
  readonly usage: string;
  readonly tasks: readonly Task[];
  readonly peers: readonly Peer[];
  /** Programs that are needed whoever is measured. */
  readonly needs: readonly string[];
}

/** What it is asked to do. */
export interface Order<Task extends Named, Peer extends Subject> {
  readonly tasks: readonly Task[];
  readonly peers: readonly Peer[];
  readonly effort: Effort;
  /** Where the JSON report goes. */
  readonly json: string | undefined;
}

/** Reads the options. @returns `undefined` when there is nothing to do but to end: all is said then, and the exit code is set */
export function takeOrder<Task extends Named, Peer extends Subject>(
  parameters: readonly string[],
  menu: Menu<Task, Peer>,
): Order<Task, Peer> | undefined {
  try {
    const order = readCommandLine(parameters, menu);
    if (order === 'help') {
      process.stdout.write(helpFor(menu));
      return undefined;
    }
    const missing = describeMissing([...new Set([...menu.needs, ...order.peers.flatMap(({ needs }) => needs)])]);
    if (missing === undefined) return order;
    console.error(missing);
    process.exitCode = 1;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)} (--help lists the options)`);
    process.exitCode = 2;
  }
  return undefined;
}

function helpFor({ usage, tasks, peers }: Menu<Named, Subject>): string {
  const names = (all: readonly Named[]): string => all.map(({ name }) => name).join(', ');
  return `${usage}
  --only NAMES      what is measured, separated by commas (all):
                    ${names(tasks)}
  --peers NAMES     proxies, separated by commas; the first is what the others are compared with (all):
                    ${names(peers)}
  --rounds NUMBER   turns that each proxy gets (5); a ratio near 1 needs 20
  --seconds NUMBER  length of a turn (3)
  --warm-up NUMBER  seconds of load before anything counts (4)
  --json FILE       writes the report as JSON, too
  --help            this text
`;
}

function readCommandLine<Task extends Named, Peer extends Subject>(
  parameters: readonly string[],
  { tasks, peers }: Menu<Task, Peer>,
): Order<Task, Peer> | 'help' {
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
    tasks: choose('--only', values.only, tasks),
    peers: choose('--peers', values.peers, peers),
    effort: {
      rounds: readNumber('--rounds', values.rounds, 5),
      seconds: readNumber('--seconds', values.seconds, 3),
      warmUpSeconds: readNumber('--warm-up', values['warm-up'], 4),
    },
    json: values.json,
  };
}

function choose<Item extends Named>(option: string, value: string | undefined, all: readonly Item[]): readonly Item[] {
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
