// Reads the command line. What is wrong with it becomes one line for the user; nothing is started here.

import { OptionsError, parseEndpointAddress, type BalancerName, type EndpointOptions } from '@sluice/core';
import { parseArgs } from 'node:util';
import { balancers, defaultBalancer, isBalancerName } from './balancers.ts';

export interface QuickstartOptions {
  /** The origins to balance over; none: demo origins. */
  readonly endpoints: readonly EndpointOptions[];
  /** The port to listen on, 0 for any free one; `undefined`: 8080, or any free one if that is taken. */
  readonly port: number | undefined;
  readonly balancer: BalancerName;
  /** Requests per second that the quickstart sends by itself. */
  readonly traffic: number;
  /** Send 60 requests, print the table, and end. */
  readonly once: boolean;
  readonly help: boolean;
}

/** Something the user can put right; its message is one line. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): QuickstartOptions {
  const values = parseOptions(args);
  const endpoints = parseEndpoints(values.to ?? []);
  const demo = endpoints.length === 0;
  return {
    endpoints,
    port: values.port === undefined ? undefined : parseInteger('--port', values.port, 65_535),
    balancer: parseBalancer(values.balancer ?? defaultBalancer),
    // Demo origins get some traffic, so that there is something to see. Somebody's real servers get none unasked.
    traffic: parseInteger('--traffic', values.traffic ?? (demo ? '20' : '0'), 1_000),
    once: values.once ?? false,
    help: values.help ?? false,
  };
}

function parseOptions(args: readonly string[]) {
  try {
    // `start -- --once` is an npm habit; pnpm hands the `--` on.
    return parseArgs({
      args: args[0] === '--' ? args.slice(1) : [...args],
      options: {
        to: { type: 'string', multiple: true },
        port: { type: 'string' },
        balancer: { type: 'string' },
        traffic: { type: 'string' },
        once: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node's messages go on with advice; the first sentence says what is wrong.
    const [reason = ''] = (error as Error).message.split(/\.\s/);
    throw new UsageError(reason.replace(/\.$/, ''));
  }
}

function parseEndpoints(texts: readonly string[]): EndpointOptions[] {
  const endpoints = new Map<string, EndpointOptions>();
  for (const text of texts) {
    const endpoint = parseEndpoint(text);
    if (endpoints.has(endpoint.id)) throw new UsageError(`--to ${text} is there twice`);
    endpoints.set(endpoint.id, endpoint);
  }
  return [...endpoints.values()];
}

/** Reads `http://127.0.0.1:3000*3`: an address and, behind a star, its weight. */
function parseEndpoint(text: string): EndpointOptions & { id: string } {
  const [address = '', weight = '1', ...rest] = text.split('*');
  if (rest.length > 0) throw new UsageError(`--to ${text} has more than one weight`);
  return {
    id: parseAddress(address, text),
    address,
    weight: parseInteger(`the weight in --to ${text}`, weight, 65_535, 1),
  };
}

/** Checks an address. @returns it in its normal form */
function parseAddress(address: string, text: string): string {
  try {
    return parseEndpointAddress(address).href;
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new UsageError(`--to ${text}: an address ${error.issues.map((issue) => issue.message).join('; ')}`);
  }
}

function parseInteger(what: string, text: string, max: number, min = 0): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${what} must be an integer from ${min} to ${max}, got "${text}"`);
}

function parseBalancer(name: string): BalancerName {
  if (isBalancerName(name)) return name;
  throw new UsageError(`--balancer ${name} is unknown, choose one of ${Object.keys(balancers).join(', ')}`);
}
