// What a pick costs: each balancer over ten endpoints, in a process of its own, because an application has one kind of balancer and V8 knows.
import { execFileSync } from 'node:child_process';
import {
  boundedLoad,
  createUpstream,
  firstAvailable,
  hash,
  leastRequests,
  maglev,
  peakEwma,
  powerOfTwo,
  random,
  rendezvous,
  ringHash,
  roundRobin,
  smoothWeightedRoundRobin,
  sourceAddressHash,
  type Balancer,
  type PickHint,
} from '@sluice/core';
import { bytesOf, timeOf } from './measure.ts';

const makers: readonly (() => Balancer)[] = [
  roundRobin,
  smoothWeightedRoundRobin,
  random,
  leastRequests,
  powerOfTwo,
  peakEwma,
  sourceAddressHash,
  hash,
  ringHash,
  maglev,
  rendezvous,
  () => boundedLoad(ringHash()),
  firstAvailable,
];

/** The table, as Markdown. */
export function measureBalancers(): string[] {
  const rows = makers.map((_, index) =>
    execFileSync(process.execPath, [import.meta.filename, String(index)], { encoding: 'utf8' }).trim(),
  );
  return ['| balancer | million picks/s | ns per pick | bytes per pick |', '| --- | --: | --: | --: |', ...rows];
}

function measureOne(make: () => Balancer): string {
  const balancer = make();
  const addresses = Array.from({ length: 10 }, (_, index) => ({
    address: `10.0.0.${index}:80`,
    weight: 1 + (index % 3),
  }));
  const set = createUpstream({ endpoints: addresses }).endpointSet;
  const hints = Array.from({ length: 64 }, (_, index): PickHint => ({ key: `192.0.2.${index}`, accept: () => true }));
  let turn = 0;
  const pick = (): void => {
    const hint = hints[turn & 63];
    turn++;
    if (hint !== undefined) balancer.pick(set, hint);
  };
  const { median } = timeOf(pick);
  return `| ${balancer.name} | ${(1000 / median).toFixed(1)} | ${median.toFixed(0)} | ${bytesOf(pick).toFixed(1)} |`;
}

if (process.argv[1] === import.meta.filename) {
  const make = makers[Number(process.argv[2])];
  if (make !== undefined) console.log(measureOne(make));
}
