// Each source of endpoints in its world: real files, real name servers, a real origin. What is special about each of them has tests of its own.

import { pollEndpoints, pushEndpoints, staticEndpoints } from '@sluice/core';
import { dnsEndpoints, fileEndpoints, srvEndpoints } from '@sluice/l4';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { reservePort } from '../support/datagram-peer.ts';
import { createProgramFolder } from '../support/debian-program.ts';
import { startZone } from '../support/dns-servers.ts';
import { describeEndpointSource } from '../support/endpoint-source-contract.ts';

const before = ['10.0.0.1:80', '10.0.0.2:80'];
const after = ['10.0.0.2:80', '10.0.0.3:80'];
const lists = { first: before.join(' '), second: after.join(' ') };

/** Questions that follow one another at once, and are given up soon. */
const quick = { minTtlMs: 20, maxTtlMs: 20, timeoutMs: 2_000 };

describeEndpointSource('static', () => ({ source: staticEndpoints(before), first: lists.first }), false);

describeEndpointSource('pushed', () => {
  const source = pushEndpoints();
  source.push(before);
  const change = (): void => source.push(after);
  return { ...lists, source, change, fail: () => source.fail(new Error('gone')), mend: change };
});

describeEndpointSource('polled', () => {
  let endpoints: readonly string[] | undefined = before;
  const poll = async () => {
    if (endpoints === undefined) throw new Error('gone');
    return { endpoints };
  };
  const change = (): unknown => (endpoints = after);
  const source = pollEndpoints({ name: 'registry', poll, intervalMs: 20 });
  return { ...lists, source, change, fail: () => (endpoints = undefined), mend: change };
});

describeEndpointSource('file', () => {
  const file = path.join(createProgramFolder({ 'endpoints.json': JSON.stringify(before) }), 'endpoints.json');
  const change = (): void => writeFileSync(file, JSON.stringify({ endpoints: after }));
  const fail = (): void => writeFileSync(file, '["10.0.0.1:80",');
  return { ...lists, source: fileEndpoints(file, { intervalMs: 200, settleMs: 20 }), change, fail, mend: change };
});

describeEndpointSource('DNS', async () => {
  const server = await startZone({ hosts: { api: ['10.0.0.1', '10.0.0.2'] } });
  const source = dnsEndpoints('api.zone.test:80', { servers: [server.address], ...quick });
  const hosts = { api: ['10.0.0.2', '10.0.0.3'] };
  const mend = (): unknown => startZone({ hosts }, server.port);
  return { ...lists, source, change: () => server.rewrite(hosts), fail: () => server.program.kill(), mend };
});

describeEndpointSource('SRV', async () => {
  const services = [1, 2, 3].map((host) => `_http._tcp.zone.test,host${host}.zone.test,80`);
  const hosts = { host1: ['10.0.0.1'], host2: ['10.0.0.2'], host3: ['10.0.0.3'] };
  const port = await reservePort();
  const server = await startZone({ hosts, services: services.slice(0, 2) }, port);
  const source = srvEndpoints('_http._tcp.zone.test', { servers: [server.address], ...quick });
  const fail = (): Promise<void> => server.program.kill();
  const mend = (): unknown => startZone({ hosts, services: services.slice(1) }, port);
  const change = async (): Promise<void> => {
    await fail();
    await mend();
  };
  return { ...lists, source, change, fail, mend };
});
