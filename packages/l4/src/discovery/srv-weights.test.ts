import type { SrvRecord } from 'node:dns';
import fc from 'fast-check';
import { createUpstream } from '@sluice/core';
import { expect, test } from 'vitest';
import { weighRecords, type LocatedRecord } from './srv-weights.ts';

const locate = (priority: number, weight: number, ...addresses: string[]): LocatedRecord => ({
  record: { name: `${addresses[0]?.split(':')[0]}.example`, port: 80, priority, weight },
  addresses,
});

const weigh = (...located: LocatedRecord[]): string[] =>
  weighRecords(located).map(({ address, weight, priority }) => `${address} ${weight} @${priority}`);

test.each([
  {
    title: 'weights are those of the records',
    records: [locate(1, 3, 'a:1'), locate(1, 1, 'b:1')],
    is: ['a:1 3 @1', 'b:1 1 @1'],
  },
  {
    title: 'priorities are those of the records',
    records: [locate(20, 1, 'a:1'), locate(10, 1, 'b:1'), locate(30, 1, 'c:1')],
    is: ['a:1 1 @20', 'b:1 1 @10', 'c:1 1 @30'],
  },
  {
    title: 'the addresses of a target share its weight',
    records: [locate(1, 3, 'a:1', 'a:2'), locate(1, 1, 'b:1')],
    is: ['a:1 150 @1', 'a:2 150 @1', 'b:1 100 @1'],
  },
  {
    title: 'all without weight are equal',
    records: [locate(1, 0, 'a:1'), locate(1, 0, 'b:1')],
    is: ['a:1 1 @1', 'b:1 1 @1'],
  },
  {
    title: 'one without weight beside others gets very little',
    records: [locate(1, 0, 'a:1'), locate(1, 10, 'b:1')],
    is: ['a:1 1 @1', 'b:1 1000 @1'],
  },
  {
    title: 'weights that leave no room are scaled',
    records: [locate(1, 65_535, 'a:1', 'a:2'), locate(1, 0, 'b:1')],
    is: ['a:1 65535 @1', 'a:2 65535 @1', 'b:1 1 @1'],
  },
  {
    title: 'an address of two records is one endpoint',
    records: [locate(1, 3, 'a:1'), locate(1, 2, 'a:1'), locate(2, 9, 'a:1')],
    is: ['a:1 5 @1'],
  },
  {
    title: 'an address keeps the best priority, wherever it stands',
    records: [locate(2, 9, 'a:1'), locate(1, 2, 'a:1')],
    is: ['a:1 2 @1'],
  },
  {
    title: 'a priority whose targets have no address is left out',
    records: [locate(1, 1), locate(2, 1, 'b:1')],
    is: ['b:1 1 @2'],
  },
  { title: 'nothing is nothing', records: [], is: [] },
])('$title', ({ records, is }) => {
  expect(weigh(...records)).toEqual(is);
});

test('whatever the records say, an upstream takes them', () => {
  const address = fc.constantFrom('10.0.0.1:80', '10.0.0.2:80', '[::1]:80', '10.0.0.1:81');
  const number = fc.nat(65_535);
  const record = fc.record<SrvRecord>({
    name: fc.constant('a.example'),
    port: number,
    priority: number,
    weight: number,
  });
  const located = fc.record({ record, addresses: fc.uniqueArray(address) });
  fc.assert(
    fc.property(fc.array(located), (records) => {
      const endpoints = weighRecords(records);
      expect(createUpstream({ endpoints }).stats().endpoints).toHaveLength(endpoints.length);
    }),
  );
});
