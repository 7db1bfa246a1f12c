// Asks an agent beside an endpoint how the endpoint is and how much work it wants: HAProxy's agent-check.
import { resolveOptions, type Probe } from '@sluice/core';
import { passDialRules, type DialRules } from '../dial-guard.ts';
import { createDialer } from '../dialer.ts';
import { readAgentReply } from './agent-reply.ts';
import { askEndpoint } from './first-answer.ts';
import { besideEndpoint } from './probe-address.ts';

/** What `agentProbe` takes. */
export interface AgentProbeOptions extends DialRules {
  /** The agent's port, on the endpoint's host. */
  readonly port: number;
  /** What events and statistics call it. @defaultValue `'agent'` */
  readonly name?: string;
  /** Said first; the line end is yours. @defaultValue nothing */
  readonly send?: string;
}

const maxReplyBytes = 1_024;

/**
 * Makes a probe of an agent that speaks HAProxy's agent-check protocol: it answers a connection with one line of words, such as `up 75%`,
 * `drain` or `down # out of disk`. Unlike HAProxy, an agent that can not be reached counts as a failure.
 *
 * @throws OptionsError with every issue
 */
export function agentProbe(options: AgentProbeOptions): Probe {
  const { name, send, port, rules } = resolveOptions(options, 'agentProbe', (reader) => {
    if (!reader.has('port')) reader.issue('port', 'must be the port of the agent');
    const text = reader.string('send');
    return {
      name: reader.string('name', { default: 'agent' }),
      send: text === undefined ? undefined : Buffer.from(text),
      port: reader.integer('port', { default: 0, min: 1, max: 65_535 }),
      rules: passDialRules(reader),
    };
  });
  const dialer = createDialer(rules);
  return {
    name,
    async check({ address }, scope) {
      const conversation = { send, quit: undefined, maxBytes: maxReplyBytes, understand: readLine };
      const { value, failure = '' } = await askEndpoint(
        dialer,
        { address: besideEndpoint(address, port, false) },
        scope,
        conversation,
      );
      return value === undefined ? { healthy: false, reason: `no line ${failure}` } : readAgentReply(value);
    },
  };
}

function readLine(bytes: Buffer): string | undefined {
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  return end < 0 ? undefined : bytes.toString('latin1', 0, end);
}
