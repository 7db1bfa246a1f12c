// What an agent beside an endpoint says in HAProxy's agent-check protocol: one line of words, in any order. Pure.
import type { ProbeResult } from '@sluice/core';

const downWords: ReadonlySet<string> = new Set(['down', 'failed', 'stopped']);
const drainWords: ReadonlySet<string> = new Set(['drain', 'maint']);
const upWords: ReadonlySet<string> = new Set(['up', 'ready']);

/**
 * Reads a line such as `up 75%`, `drain`, `down # out of disk`.
 *
 * Words are separated by spaces, tabs and commas. `maxconn:` and words that are not known are passed over, as HAProxy does; a line without
 * any word that is known is no answer.
 */
export function readAgentReply(line: string): ProbeResult {
  const [words = '', description = ''] = line.split(/#(.*)/s, 2);
  let healthy = true;
  let drains = false;
  let weightPercent: number | undefined;
  let isKnown = false;
  for (const word of words.toLowerCase().split(/[\s,]+/)) {
    const percent = /^(\d{1,5})%$/.exec(word)?.[1];
    if (percent !== undefined) weightPercent = Math.min(100, Number(percent));
    else if (downWords.has(word)) healthy = false;
    else if (drainWords.has(word)) drains = true;
    else if (!upWords.has(word)) continue;
    isKnown = true;
  }
  const reason = `the agent said ${JSON.stringify(words.trim().slice(0, 60))}${describe(description)}`;
  if (!isKnown) return { healthy: false, reason };
  return { healthy, reason, weightPercent: drains ? 0 : weightPercent };
}

function describe(description: string): string {
  const text = description.trim();
  return text === '' ? '' : `: ${text.slice(0, 120)}`;
}
