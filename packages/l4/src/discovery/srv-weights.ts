// What the priorities and weights of SRV records mean for endpoints (RFC 2782). Pure: names are looked up elsewhere.
import type { EndpointOptions } from '@sluice/core';
import type { SrvRecord } from 'node:dns';

/** A record, and the addresses of its target. */
export interface LocatedRecord {
  readonly record: SrvRecord;
  /** As endpoints have them, with the port. */
  readonly addresses: readonly string[];
}

/** The greatest weight of an endpoint. */
const maxWeight = 65_535;

/** How much finer the weights of endpoints are than those of records, if there is room: a record's weight is shared by its addresses. */
const precision = 100;

/**
 * Makes endpoints of records. Their priority numbers are those of the records, the lowest comes first; an address that several records have is one
 * endpoint, with the best priority and the sum of the weights that it has there.
 */
export function weighRecords(located: readonly LocatedRecord[]): readonly EndpointOptions[] {
  const shares = new Map<string, { priority: number; share: number; name: string }>();
  const isUsed = located.filter(({ addresses }) => addresses.length > 0);
  for (const { record, addresses } of isUsed) {
    const share = shareOf(record, located) / addresses.length;
    for (const address of addresses) {
      const other = shares.get(address);
      if (other === undefined || record.priority < other.priority)
        shares.set(address, { priority: record.priority, share, name: record.name });
      else if (record.priority === other.priority) other.share += share;
    }
  }
  const all = [...shares.values()];
  const scale = scaleOf(all.map(({ share }) => share));
  return Array.from(shares, ([address, { priority, share, name }]) => ({
    address,
    weight: Math.max(1, Math.round(share * scale)),
    priority,
    metadata: { name, priority },
  }));
}

/** A weight of 0 is a very small share beside others, and the same share as that of others that have it too. */
function shareOf({ priority, weight }: SrvRecord, located: readonly LocatedRecord[]): number {
  if (weight > 0) return weight;
  const hasOthers = located.some(({ record }) => record.priority === priority && record.weight > 0);
  return hasOthers ? 1 / precision : 1;
}

/** 1 while all shares are whole numbers; then weights are those of the records. */
function scaleOf(shares: readonly number[]): number {
  const most = Math.max(...shares);
  const wanted = shares.every(Number.isInteger) ? 1 : precision;
  return Math.min(wanted, maxWeight / most);
}
