// What becomes of sessions whose endpoint is taken out of rotation: the options. Who carries them out is endpoint-sessions.ts.
import type { OptionsReader } from '@sluice/core';

/** `keep`: the session goes on. `drain`: it has `drainMs` to end by itself. `cut`: both sides are reset. */
export type LossPolicy = 'keep' | 'drain' | 'cut';

/** What becomes of the sessions of an endpoint that is taken out of rotation. */
export interface EndpointLossOptions {
  /** When its health ejects it. @defaultValue `'keep'` */
  readonly onEjected?: LossPolicy;
  /** When an update removes it, or gives its id to another address. @defaultValue `'keep'` */
  readonly onRemoved?: LossPolicy;
  /** When the time of `upstream.drain` is over. @defaultValue `'keep'` */
  readonly onDrained?: 'keep' | 'cut';
  /** How long sessions may go on with `drain`, in milliseconds. @defaultValue 30000 */
  readonly drainMs?: number;
}

/** `EndpointLossOptions`, complete. */
export type ResolvedEndpointLoss = { readonly [Key in keyof EndpointLossOptions]-?: EndpointLossOptions[Key] & {} };

const policies: readonly LossPolicy[] = ['keep', 'drain', 'cut'];

/** Reads `EndpointLossOptions` as a part of other options. */
export function readEndpointLoss(reader: OptionsReader): ResolvedEndpointLoss {
  return Object.freeze({
    onEjected: reader.choice('onEjected', policies, { default: 'keep' }),
    onRemoved: reader.choice('onRemoved', policies, { default: 'keep' }),
    onDrained: reader.choice('onDrained', ['keep', 'cut'], { default: 'keep' }),
    drainMs: reader.milliseconds('drainMs', { default: 30_000 }),
  });
}
