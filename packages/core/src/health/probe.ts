// What an active check asks of an endpoint, and what it may answer. When it is asked is probe-schedule.ts, who asks is endpoint-check.ts.
import type { AbortScope } from '../abort-scope.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

/** What one probe found. */
export interface ProbeResult {
  /** Whether the endpoint can do its work. */
  readonly healthy: boolean;
  /** What was seen, in a few words for people: `status 500`. */
  readonly reason?: string | undefined;
  /**
   * How much of its weight the endpoint wants to have, from 0 to 100; 0 asks for no new work at all. A probe that fails changes nothing
   * about it. @defaultValue 100
   */
  readonly weightPercent?: number | undefined;
}

/**
 * Asks endpoints how they are. `tcpProbe`, `httpProbe` and `agentProbe` make some; pass one of your own to `health.checks` of an upstream for a protocol that
 * they do not speak, such as that of `grpc.health.v1`, with the client that you have for it.
 */
export interface Probe {
  /** What events and statistics call it. */
  readonly name: string;
  /**
   * Asks once. One that throws or rejects has failed, and the error's message is the reason. It leaves nothing behind: no socket, no timer.
   *
   * @param endpoint - Whom to ask.
   * @param scope - Aborted when the time is over, or when nobody wants to know any more; `scope.signal` is the same as an `AbortSignal`.
   */
  check(endpoint: Endpoint, scope: AbortScope): ProbeResult | Promise<ProbeResult>;
}

/** A probe that is nothing but its function. */
export type ProbeFunction = Probe['check'];
