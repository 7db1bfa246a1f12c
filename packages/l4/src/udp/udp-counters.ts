// Counts what a UDP proxy does.
import type { UdpSessionEnd } from './udp-events.ts';

/** What is counted of a session. */
export interface UdpTraffic {
  /** Datagrams from clients. */
  readonly requests: number;
  /** Datagrams to clients. */
  readonly replies: number;
  /** The bytes of the requests. */
  readonly requestBytes: number;
  /** The bytes of the replies. */
  readonly replyBytes: number;
}

/** Counters of a UDP proxy at one moment. The traffic is that of all sessions, open or over. */
export interface UdpProxyStats extends UdpTraffic {
  /** Sessions that are open now. */
  readonly sessionsOpen: number;
  /** Sessions since the start. */
  readonly sessionsBegun: number;
  /** Sessions that are over, by how they ended. */
  readonly sessionsEnded: Readonly<Record<UdpSessionEnd, number>>;
  /** Sessions that failed, by error code. */
  readonly sessionsFailed: Readonly<Record<string, number>>;
  /** How often an endpoint refused a session, or did not reply in time. */
  readonly endpointsFailed: number;
  /** Datagrams that were dropped, by error code. */
  readonly datagramsDropped: Readonly<Record<string, number>>;
}

/** The counters of one proxy. */
export class UdpCounters {
  sessionsBegun = 0;
  endpointsFailed = 0;
  readonly #ended: Record<UdpSessionEnd, number> = { answered: 0, idle: 0, failed: 0, cut: 0 };
  readonly #failed = new Map<string, number>();
  readonly #dropped = new Map<string, number>();
  readonly #past: { -readonly [Key in keyof UdpTraffic]: number } = noTraffic();

  onDropped(code: string): void {
    count(this.#dropped, code);
  }

  onEnded(session: UdpTraffic, ended: UdpSessionEnd, code: string | undefined): void {
    this.#ended[ended]++;
    if (ended === 'failed' && code !== undefined) count(this.#failed, code);
    addTraffic(this.#past, session);
  }

  stats(open: readonly UdpTraffic[]): UdpProxyStats {
    const traffic = { ...this.#past };
    for (const session of open) addTraffic(traffic, session);
    return {
      sessionsOpen: open.length,
      sessionsBegun: this.sessionsBegun,
      sessionsEnded: { ...this.#ended },
      sessionsFailed: Object.fromEntries(this.#failed),
      endpointsFailed: this.endpointsFailed,
      datagramsDropped: Object.fromEntries(this.#dropped),
      ...traffic,
    };
  }
}

type MutableTraffic = { -readonly [Key in keyof UdpTraffic]: number };

function noTraffic(): MutableTraffic {
  return { requests: 0, replies: 0, requestBytes: 0, replyBytes: 0 };
}

function addTraffic(sum: MutableTraffic, { requests, replies, requestBytes, replyBytes }: UdpTraffic): void {
  sum.requests += requests;
  sum.replies += replies;
  sum.requestBytes += requestBytes;
  sum.replyBytes += replyBytes;
}

function count(counts: Map<string, number>, code: string): void {
  counts.set(code, (counts.get(code) ?? 0) + 1);
}
