// What a race of attempts needs of its proxy, and tells it. The race itself is attempt-race.ts.
import type { Clock, Endpoint } from '@sluice/core';
import type { ProxyExchange } from '../exchange.ts';
import type { AttemptListener } from '../failed-attempt.ts';
import type { OutgoingHeadPolicy } from '../request/outgoing-head.ts';
import type { OutcomeJudge } from '../response/response-outcome.ts';
import type { Transport } from '../transport/transport.ts';

/** What a race needs of the proxy. */
export interface RaceHome extends AttemptListener {
  readonly transport: Transport;
  readonly head: OutgoingHeadPolicy;
  readonly judge: OutcomeJudge;
  readonly clock: Clock;
  /** Another endpoint is asked while an attempt runs. */
  readonly onHedged: (exchange: ProxyExchange, endpoint: Endpoint) => void;
  /** An attempt was given up because another one has answered. */
  readonly onOvertaken: (exchange: ProxyExchange, endpoint: Endpoint, winner: Endpoint) => void;
}
