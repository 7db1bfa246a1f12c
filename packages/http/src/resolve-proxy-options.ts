// Reads the options of createProxy once: checks them all, fills in defaults, and makes the parts that the user did not bring.
import {
  readClock,
  readPart,
  readUpstream,
  resolveOptions,
  systemRandom,
  type Clock,
  type OptionsReader,
  type Random,
  type UpstreamOptions,
} from '@sluice/core';
import { readConnect } from './connect/connect-options.ts';
import { readClientResolver } from './headers/client-resolver.ts';
import { isToken } from './headers/field-syntax.ts';
import { forwardedFamily, type ForwardedMode } from './headers/forwarded-fields.ts';
import { readStatusList, type StatusRange } from './health/status-list.ts';
import { readWeightFeedback } from './health/weight-feedback.ts';
import type { Middleware } from './middleware.ts';
import {
  timeoutDefaults,
  type ProxyOptions,
  type ResolvedProxyOptions,
  type ResolvedTimeouts,
} from './proxy-options.ts';
import type { UpgradePolicy } from './request/upgrade-protocol.ts';
import { readResponseEdits } from './response/response-edits.ts';
import { readRetry } from './retry/retry-options.ts';
import type { Transport } from './transport/transport.ts';
import { createWireTransport } from './transport/wire-transport.ts';
import type { WireTransportOptions } from './transport/wire-transport-options.ts';

const forwardedModes: readonly ForwardedMode[] = ['x-forwarded', 'rfc7239', 'both', 'off'];
/** What a gateway says for an endpoint that it could not ask. */
const gatewayFailures: readonly StatusRange[] = ['502-504'];

/** Completes and checks the options. @throws OptionsError with everything that is wrong in one message */
export function resolveProxyOptions(options: ProxyOptions): ResolvedProxyOptions {
  return resolveOptions(options, 'proxy', (reader) => {
    const clock = readClock(reader);
    const random = reader.function<Random>('random') ?? systemRandom;
    const forwarded = reader.choice('forwarded', forwardedModes, { default: 'x-forwarded' });
    const target = readTarget(reader, { clock, random });
    return {
      ...target,
      ...readTransport(reader, clock),
      middleware: readMiddleware(reader),
      timeouts: reader.nested('timeouts', readTimeouts),
      retry: reader.nested('retry', readRetry),
      failureStatuses: readStatusList(reader, 'failureStatuses', gatewayFailures),
      resolveClient: readClientResolver(reader, forwardedFamily(forwarded)),
      forwarded,
      viaPseudonym: readVia(reader, random),
      host: reader.string('host', { default: 'preserve' }),
      upgrades: readUpgrades(reader),
      connect: readConnect(reader, clock),
      passErrors: reader.boolean('passErrors', { default: false }),
      mountPath: reader.choice('mountPath', ['remove', 'keep'], { default: 'remove' }),
      // What endpoints say comes first, because fields may be hidden.
      responseEdits: [...readWeightFeedback(reader, target.upstream), ...reader.nested('response', readResponseEdits)],
      clock,
      random,
    };
  });
}

function readTarget(
  reader: OptionsReader,
  injected: Pick<UpstreamOptions, 'clock' | 'random'>,
): Pick<ResolvedProxyOptions, 'upstream' | 'ownsUpstream'> {
  if (!reader.has('to') && !reader.has('upstream')) reader.issue('to', 'must be given, or upstream instead');
  return readUpstream(reader, injected) ?? { upstream: undefined as never, ownsUpstream: true };
}

function readTransport(reader: OptionsReader, clock: Clock): Pick<ResolvedProxyOptions, 'transport' | 'ownsTransport'> {
  const transport = (reader.raw('transport') ?? undefined) as Transport | undefined;
  const wire: WireTransportOptions | undefined = reader.raw('wire') ?? undefined;
  if (transport === undefined) {
    const made = readPart(reader, 'wire', () => createWireTransport({ clock, ...wire }));
    return { transport: made ?? (undefined as never), ownsTransport: true };
  }
  if (typeof transport.send !== 'function') reader.issue('transport', 'must be a transport');
  if (wire !== undefined) reader.issue('wire', 'is for the default transport and can not go with transport');
  return { transport, ownsTransport: false };
}

function readMiddleware(reader: OptionsReader): readonly Middleware[] {
  return reader.list('middleware', (value, path) => {
    if (typeof value === 'function') return value as Middleware;
    reader.issue(path, 'must be a function (exchange, next)');
    return undefined;
  });
}

function readTimeouts(reader: OptionsReader): ResolvedTimeouts {
  const read = (key: keyof ResolvedTimeouts): number =>
    reader.milliseconds(key, { default: timeoutDefaults[key], min: 1 });
  return {
    connectMs: read('connectMs'),
    responseHeadMs: read('responseHeadMs'),
    requestBodyIdleMs: read('requestBodyIdleMs'),
    responseBodyIdleMs: read('responseBodyIdleMs'),
    totalMs: read('totalMs'),
    upgradeIdleMs: read('upgradeIdleMs'),
    requestHeadMs: read('requestHeadMs'),
    keepAliveMs: read('keepAliveMs'),
  };
}

function readVia(reader: OptionsReader, random: Random): string | undefined {
  const via = reader.raw('via');
  if (via === false) return undefined;
  if (via === undefined)
    return `sluice-${Math.floor(random() * 16 ** 8)
      .toString(16)
      .padStart(8, '0')}`;
  if (typeof via === 'string' && isToken(via)) return via;
  reader.issue('via', 'must be false or a name without spaces');
  return undefined;
}

function readUpgrades(reader: OptionsReader): UpgradePolicy {
  const upgrades = reader.raw('upgrades') ?? 'any';
  if (upgrades === 'any' || upgrades === false) return upgrades;
  if (Array.isArray(upgrades)) return upgrades.map((protocol) => String(protocol).toLowerCase());
  reader.issue('upgrades', "must be 'any', a list of protocols, or false");
  return false;
}
