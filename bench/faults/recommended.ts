// What we recommend when failures matter, in one place; the guide shows the same text.
import { httpProbe, type ProxyOptions } from '@sluice/http';

/** Options for a proxy in front of equal endpoints that answer within a second and have a health page. */
export function resilient(endpoints: readonly string[]): ProxyOptions {
  return {
    upstream: {
      endpoints,
      health: {
        // Finds endpoints that are gone or frozen, and tells when they are back.
        checks: [
          { probe: httpProbe({ path: '/healthz' }), intervalMs: 1_000, fastIntervalMs: 250, timeoutMs: 500, fall: 2 },
        ],
        // Finds endpoints that answer, but worse or more slowly than the others.
        outliers: { intervalMs: 1_000, baseEjectionMs: 5_000, latency: {} },
      },
    },
    // Hides what happens until then, from everyone whose request may be repeated. The budget keeps an outage from growing.
    retry: {
      maxAttempts: 3,
      on: ['connect', 'refused', 'unanswered', 'timeout', 'invalid'],
      statuses: ['5xx'],
      perTryTimeoutMs: 1_000,
      budget: { ratio: 0.2, minPerSecond: 10 },
    },
    // Only if your application answers 500 when it is broken and at no other time; 502, 503 and 504 count anyway.
    failureStatuses: ['5xx'],
  };
}
