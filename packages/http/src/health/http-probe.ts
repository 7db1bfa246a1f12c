// The active check of layer 7: whether an endpoint answers a request as it should. It speaks through our own transport, so that what a probe
// accepts is what a request would, and each time over a fresh connection, so that it sees what a new client sees.
import { resolveOptions, type AbortScope, type Endpoint, type Probe, type ProbeResult } from '@sluice/core';
import { emptyBody } from '../body/body.ts';
import { readBodyStart } from '../body/read-body-start.ts';
import { createHeaderList } from '../headers/header-list.ts';
import type { AttemptTimeouts, OutgoingRequest } from '../transport/transport.ts';
import { faultOfBody, faultOfHead } from './http-expectation.ts';
import { readHttpProbe, type HttpProbeOptions, type ResolvedHttpProbe } from './http-probe-options.ts';
import { parseWeightField } from './weight-field.ts';

/** The check bounds the whole probe, so no phase needs a limit but the connection's, which makes a name's next address be tried in time. */
const timeouts: AttemptTimeouts = Object.freeze({
  connectMs: 5_000,
  responseHeadMs: Infinity,
  requestBodyIdleMs: Infinity,
  responseBodyIdleMs: Infinity,
});

/**
 * Makes a probe that sends a request to an endpoint, over TLS or a Unix socket when its address says so, and judges the answer.
 *
 * @throws OptionsError with every issue
 * @example
 * ```ts
 * const up = httpProbe({ path: '/healthz', status: [200], expectBody: /"status":\s*"ok"/ });
 * ```
 */
export function httpProbe(options: HttpProbeOptions = {}): Probe {
  const settings = resolveOptions(options, 'httpProbe', readHttpProbe);
  const { name, transport, expected, maxBodyBytes, weightHeader } = settings;
  return {
    name,
    async check(endpoint, scope) {
      const { status, headers, body } = await transport.send(createRequest(settings, endpoint, scope));
      const fault = faultOfHead(expected, status, headers);
      if (fault !== undefined) {
        body.cancel(undefined);
        return { healthy: false, reason: fault };
      }
      const bytes = await readBodyStart(body, maxBodyBytes);
      const bodyFault = faultOfBody(expected, bytes.toString());
      if (bodyFault !== undefined) return { healthy: false, reason: `status ${status}, but ${bodyFault}` };
      return describeHealthy(status, weightHeader === undefined ? undefined : headers.get(weightHeader));
    },
  };
}

function describeHealthy(status: number, weight: string | undefined): ProbeResult {
  const weightPercent = weight === undefined ? undefined : parseWeightField(weight);
  if (weightPercent === undefined) return { healthy: true, reason: `status ${status}` };
  return { healthy: true, reason: `status ${status}, asks for ${weight}`, weightPercent };
}

function createRequest(settings: ResolvedHttpProbe, endpoint: Endpoint, scope: AbortScope): OutgoingRequest {
  const { method, path, host, addressOf } = settings;
  const address = addressOf(endpoint.address);
  const headers = createHeaderList();
  headers.set('Host', host ?? address.authority);
  headers.set('User-Agent', 'sluice-probe');
  headers.set('Accept', '*/*');
  for (const [name, value] of settings.headers) headers.set(name, value);
  return {
    endpoint: address === endpoint.address ? endpoint : relocate(endpoint, address),
    method,
    target: path,
    headers,
    body: emptyBody,
    expectContinue: false,
    upgrade: undefined,
    mayResend: false,
    scope,
    timeouts,
  };
}

/** The endpoint as it is now, somewhere else. */
function relocate(endpoint: Endpoint, address: Endpoint['address']): Endpoint {
  const { id, weight, currentWeight, backup, priority, zone, region, down, maxInFlight, metadata } = endpoint;
  const { inFlight, available, state } = endpoint;
  const place = { backup, priority, zone, region, down };
  return { id, address, weight, currentWeight, ...place, maxInFlight, metadata, inFlight, available, state };
}
