// What becomes of sessions whose endpoint is taken out of rotation: the options. Who carries them out is endpoint-sessions.ts.
import type { OptionsReader } from '@sluice/core';

/** `keep`: the session goes on. `drain`: it has `drainMs` to end by itself. `cut`: it ends at once; TCP connections are reset. */
export type LossPolicy = 'keep' | 'drain' | 'cut';

/** What becomes of the sessions of an endpoint that is taken out of rotation. */
export interface EndpointLossOptions {
  /** When its health ejects it, or its active checks find it unhealthy. @defaultValue `'keep'`; with UDP `'cut'` */
  readonly onEjected?: LossPolicy;
  /** When an update removes it, or gives its id to another address. @defaultValue `'keep'`; with UDP `'cut'` */
  readonly onRemoved?: LossPolicy;
  /** When the time of `upstream.drain` is over. @defaultValue `'keep'`; with UDP `'cut'` */
  readonly onDrained?: 'keep' | 'cut';
  /** How long sessions may go on with `drain`, in milliseconds. @defaultValue 30000 */
  readonly drainMs?: number;
}

/** `EndpointLossOptions`, complete. */
export type ResolvedEndpointLoss = { readonly [Key in keyof EndpointLossOptions]-?: EndpointLossOptions[Key] & {} };

const policies: readonly LossPolicy[] = ['keep', 'drain', 'cut'];

/** Reads `EndpointLossOptions` as a part of other options. @param usual - What happens without an option. */
export function readEndpointLoss(reader: OptionsReader, usual: 'keep' | 'cut' = 'keep'): ResolvedEndpointLoss {
  return Object.freeze({
    onEjected: reader.choice('onEjected', policies, { default: usual }),
    onRemoved: reader.choice('onRemoved', policies, { default: usual }),
    onDrained: reader.choice('onDrained', ['keep', 'cut'], { default: usual }),
    drainMs: reader.milliseconds('drainMs', { default: 30_000 }),
  });
}
